import { getEventListeners } from 'node:events';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { isTimeout, reasonOf, within } from '../src/attempt.ts';
import type { Extension } from '../src/call.ts';
import { createFetch } from '../src/fetch.ts';
import type { FetchOptions } from '../src/options.ts';
import { logbook, quick } from './support/logbook.ts';
import { OK, STALL, type Step, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);

const REASONS = [undefined, null, 0, '', 'a word', { plain: true }, new RangeError('mine')];
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
const MODES: readonly (readonly [string, FetchOptions])[] = [
  ['as it comes', {}],
  ['with timers', { timeout: 10_000, totalTimeout: 20_000 }],
  ['with an extension', { use: [{ name: 'watch' }] }],
];

/** Does something in the wait before a retry. */
const onRetry = (run: () => void): Extension => ({
  name: 'on retry',
  on: ({ type }) => void (type === 'retry' && setImmediate(run)),
});

describe.each(MODES)('abort, %s', (_, options) => {
  /** Runs a call whose signal aborts when `arrange` says so: the rejection is the reason itself, and comes at once. */
  const aborted = async (script: readonly Step[], arrange: (abort: () => void) => FetchOptions, reason: unknown) => {
    const controller = new AbortController();
    const book = logbook();
    let abortedAt = 0;
    server.script(...script);
    const more = arrange(() => {
      abortedAt = performance.now();
      controller.abort(reason);
    });
    const fetch = createFetch({ ...options, ...more, use: [book.log, ...(more.use ?? [])] });
    const error = await fetch(server.origin, { method: 'POST', body: 'x', signal: controller.signal }).then(
      () => expect.fail('answered'),
      (thrown: unknown) => thrown,
    );
    expect(performance.now() - abortedAt).toBeLessThan(50);
    expect(error).toBe(controller.signal.reason);
    return book;
  };
  const onArrival = (count: number) => (abort: () => void) => {
    void server.arrived(count).then(abort);
    return { retry: quick };
  };

  test.each(REASONS)('before: %s', async reason => {
    const book = await aborted(
      [OK],
      abort => {
        abort();
        return {};
      },
      reason,
    );
    expect([server.seen.length, book.story]).toEqual([0, []]);
  });

  test.each(REASONS)('in flight: %s', async reason => {
    const book = await aborted([STALL], onArrival(1), reason);
    expect([server.seen.length, book.story]).toEqual([1, []]);
  });

  test.each(REASONS)('in the wait: %s', async reason => {
    const script = [status(503, { 'retry-after': '10' }), OK];
    const book = await aborted(script, abort => ({ use: [onRetry(abort)] }), reason);
    expect(book.story).toEqual(['retry']);
    // Nothing of the call is sent afterwards.
    await createFetch()(`${server.origin}/after`);
    expect(server.seen.map(({ url }) => url)).toEqual(['/', '/after']);
  });

  test.each(REASONS)('in a later attempt: %s', async reason => {
    const book = await aborted([status(503), STALL], onArrival(2), reason);
    expect([server.seen.length, book.story]).toEqual([2, ['retry']]);
  });

  test('while the body is read', async () => {
    server.script(status(503), { status: 200, body: 'part', ending: 'stall' });
    const controller = new AbortController();
    const response = await createFetch({ ...options, retry: quick })(server.origin, { signal: controller.signal });
    const reader = response.body!.getReader();
    await reader.read();
    const reading = reader.read();
    controller.abort('mine');
    await expect(reading).rejects.toBe('mine');
  });
});

test('the signal of a Request ends the wait', async () => {
  server.script(status(503, { 'retry-after': '10' }));
  const controller = new AbortController();
  const fetch = createFetch({ use: [onRetry(() => controller.abort('mine'))] });
  await expect(fetch(new Request(server.origin, { signal: controller.signal }))).rejects.toBe('mine');
  server.script(status(503), OK);
  const request = new Request(server.origin, { signal: AbortSignal.abort() });
  expect((await createFetch({ retry: quick })(request, { signal: null })).status).toBe(200);
});

test.each<[string, (signal: AbortSignal) => Promise<void>]>([
  [
    'gives up its wait on an abort',
    signal => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ],
  ['hears no signal', () => new Promise(() => {})],
])('an extension that %s leaves the reason as it is', async (_, wait) => {
  server.script(OK);
  const controller = new AbortController();
  const book = logbook();
  const gate: Extension = {
    name: 'gate',
    around: async ({ signal }, send) => {
      await wait(signal);
      return send();
    },
  };
  const call = createFetch({ use: [book.log, gate] })(server.origin, { signal: controller.signal });
  controller.abort('mine');
  await expect(call).rejects.toBe('mine');
  expect([server.seen.length, book.story]).toEqual([0, []]);
});

test('a signal that is aborted already ends the call as fetch does, with nothing sent', async () => {
  server.script(OK);
  const order: string[] = [];
  const signal = AbortSignal.abort('mine');
  const fetches = { bare: globalThis.fetch, ours: createFetch() };
  const note = (name: string) => (reason: unknown) => void order.push(`${name}: ${String(reason)}`);
  await Promise.all([
    fetches.ours(server.origin, { signal }).catch(note('ours')),
    fetches.bare(server.origin, { signal }).catch(note('bare')),
  ]);
  expect(order).toEqual(['ours: mine', 'bare: mine']);
  expect(server.seen).toHaveLength(0);
});

/** A signal of another make: polyfills have no `reason`. */
const polyfilled = () => {
  const target = new EventTarget();
  const added = new Map<unknown, number>();
  const signal = {
    aborted: false,
    addEventListener: (type: string, listener: () => void) => {
      added.set(listener, 1);
      target.addEventListener(type, listener);
    },
    removeEventListener: (type: string, listener: () => void) => {
      added.delete(listener);
      target.removeEventListener(type, listener);
    },
  };
  const abort = () => {
    signal.aborted = true;
    target.dispatchEvent(new Event('abort'));
  };
  return { signal: signal as unknown as AbortSignal, abort, listeners: () => added.size };
};
const ABORTED = { name: 'AbortError', constructor: DOMException };

describe('a signal of another make', () => {
  test('ends a wait with an AbortError, where it has no reason', async () => {
    const { signal, abort, listeners: left } = polyfilled();
    const stub = async () => new Response('busy', { status: 503, headers: { 'retry-after': '10' } });
    const call = createFetch({ fetch: stub, use: [onRetry(abort)] })('http://x.test', { signal });
    await expect(call).rejects.toMatchObject(ABORTED);
    expect(left()).toBe(0);
  });

  test('ends an attempt, and one that is aborted already begins none', async () => {
    const { signal, abort, listeners: left } = polyfilled();
    const stub = vi.fn(() => new Promise<Response>(() => {}));
    const fetch = createFetch({ fetch: stub });
    const call = fetch('http://x.test', { signal });
    await vi.waitFor(() => expect(stub).toHaveBeenCalledOnce());
    abort();
    await expect(call).rejects.toMatchObject(ABORTED);
    await expect(fetch('http://x.test', { signal })).rejects.toMatchObject(ABORTED);
    expect([stub.mock.calls.length, left()]).toEqual([1, 0]);
  });
});

describe('reasonOf', () => {
  test('is the reason, whatever it is but `undefined`', () => {
    for (const reason of [null, 0, '', 'a word', new RangeError('mine')])
      expect(reasonOf(AbortSignal.abort(reason))).toBe(reason);
    expect(reasonOf({ aborted: true } as AbortSignal)).toMatchObject(ABORTED);
  });
});

const FOREVER = Number.POSITIVE_INFINITY;
const never = () => new Promise<never>(() => {});

describe('within', () => {
  test('gives what its task gives, and leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    const error = new Error('mine');
    expect(await within(1_000, signal, async () => 'done')).toBe('done');
    await expect(within(1_000, signal, () => Promise.reject(error))).rejects.toBe(error);
    const thrown = () => {
      throw error;
    };
    await expect(within(1_000, signal, thrown)).rejects.toBe(error);
    await expect(within(1, signal, never)).rejects.toSatisfy(isTimeout);
    expect(listeners(signal)).toBe(0);
  });

  test('ends a task that ignores its signal, with the reason or with a TimeoutError that is known', async () => {
    const controller = new AbortController();
    const call = within(FOREVER, controller.signal, never);
    controller.abort('mine');
    await expect(call).rejects.toBe('mine');
    await expect(within(1_000, controller.signal, never)).rejects.toBe('mine');
    await expect(within(1, undefined, never)).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'No answer within 1 ms',
    });
    expect(isTimeout(new DOMException('No answer within 1 ms', 'TimeoutError'))).toBe(false);
  });

  test('is not begun where the signal is aborted already', async () => {
    const task = vi.fn(never);
    await expect(within(FOREVER, AbortSignal.abort('mine'), task)).rejects.toBe('mine');
    expect(task).not.toHaveBeenCalled();
  });

  test('the task’s signal aborts with either, and with the caller’s also once it has settled', async () => {
    const controller = new AbortController();
    let given!: AbortSignal;
    const take = async (signal: AbortSignal) => {
      given = signal;
    };
    await within(FOREVER, controller.signal, take);
    controller.abort('mine');
    expect(given.reason).toBe('mine');
    const linger = (signal: AbortSignal) => Promise.all([take(signal), never()]);
    await within(1, undefined, linger).catch(() => {});
    expect(isTimeout(given.reason)).toBe(true);
  });

  test('leaves no timer', async () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      const calls = [
        within(5_000, controller.signal, async () => 'done'),
        within(5_000, controller.signal, never),
        within(5_000, undefined, async () => 'done'),
        within(5_000, undefined, () => Promise.reject(new Error('mine'))),
      ];
      controller.abort();
      await Promise.allSettled(calls);
      expect(vi.getTimerCount()).toBe(0);
      const late = within(5_000, undefined, never);
      const settled = vi.fn();
      late.catch(settled);
      await vi.advanceTimersByTimeAsync(4_999);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(settled).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('takes a promise of another make', async () => {
    const theirs: Promise<string> = runInNewContext(`Promise.resolve('theirs')`);
    expect(theirs).not.toBeInstanceOf(Promise);
    expect(await within(FOREVER, undefined, () => theirs)).toBe('theirs');
  });
});

test('many waits on one signal give no warning, and all end with it', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  const controller = new AbortController();
  const { signal } = controller;
  const answers = Array.from({ length: 40 }, (_, n) => n);
  const stub = async () => new Response('busy', { status: 503, headers: { 'retry-after': '10' } });
  const waiting = Promise.withResolvers<void>();
  let waits = 0;
  const watch: Extension = {
    name: 'watch',
    on: ({ type }) => void (type === 'retry' && ++waits === answers.length && setImmediate(waiting.resolve)),
  };
  const fetch = createFetch({ fetch: stub, use: [watch] });
  const calls = answers.map(() => fetch('http://x.test', { signal }));
  await waiting.promise;
  controller.abort('mine');
  const outcomes = await Promise.allSettled(calls);
  // Node warns in a later tick.
  await new Promise(setImmediate);
  process.off('warning', warn);
  expect(outcomes).toEqual(answers.map(() => ({ status: 'rejected', reason: 'mine' })));
  expect(warnings).toEqual([]);
  expect(listeners(signal)).toBe(0);
});
