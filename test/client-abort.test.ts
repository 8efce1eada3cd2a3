import ky from 'ky';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallEvent, createClient } from '../src/index.ts';
import { logbook } from './support/logbook.ts';
import { OK, STALL, serve, status } from './support/server.ts';

const server = await serve();
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(async () => {
  process.off('unhandledRejection', note);
  await server.close();
});

/** Abort reasons, among them none that is an Error. */
const REASONS: readonly (readonly [string, unknown])[] = [
  ['an error', new RangeError('mine')],
  ['a DOMException', new DOMException('mine', 'TimeoutError')],
  ['a string', 'why'],
  ['null', null],
  ['an object', { why: 1 }],
  ['none given', undefined],
];

/** Runs a call, aborts it when `ready` says so, and tells what came of it and how long that took. */
const aborted = async (
  start: (signal: AbortSignal) => Promise<unknown>,
  reason: unknown,
  ready: () => Promise<unknown>,
) => {
  const controller = new AbortController();
  const call = start(controller.signal).then(
    () => 'resolved',
    error => ({ error }),
  );
  await ready();
  const began = performance.now();
  controller.abort(reason);
  const result = await call;
  return { result, ms: performance.now() - began, reason: controller.signal.reason };
};

/** Every turn of the event loop that something queued could take. */
const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

describe.each(REASONS)('aborted with %s', (_, reason) => {
  const api = createClient({ retry: { backoff: () => 10_000 } });

  test('before: nothing is sent', async () => {
    server.script();
    const signal = AbortSignal.abort(reason);
    await expect(api(server.origin, { signal })).rejects.toBe(signal.reason);
    expect(server.seen.length).toBe(0);
  });

  test('in flight', async () => {
    server.script(STALL);
    const {
      result,
      ms,
      reason: given,
    } = await aborted(
      signal => api.post(server.origin, { signal, json: 1 }),
      reason,
      () => server.arrived(1),
    );
    expect(result).toEqual({ error: given });
    expect((result as { error: unknown }).error).toBe(given);
    expect(ms).toBeLessThan(50);
    expect(server.seen.length).toBe(1);
  });

  test.each([
    ['the backoff', status(503)],
    ['the wait that the server named', status(503, { 'retry-after': '30' })],
  ])('in %s', async (_, step) => {
    server.script(step, OK);
    let waiting = () => {};
    const wait = new Promise<void>(resolve => {
      waiting = resolve;
    });
    const watched = api.extend({ use: [{ name: 'watch', on: ({ type }) => void (type === 'retry' && waiting()) }] });
    const {
      result,
      ms,
      reason: given,
    } = await aborted(
      signal => watched.post(server.origin, { signal }),
      reason,
      async () => {
        await wait;
        await settle();
      },
    );
    expect((result as { error: unknown }).error).toBe(given);
    expect(ms).toBeLessThan(50);
    await settle();
    expect(server.seen.length).toBe(1);
  });

  test("by a Request's own signal", async () => {
    server.script(STALL);
    const { result, reason: given } = await aborted(
      signal => api(new Request(server.origin, { signal })),
      reason,
      () => server.arrived(1),
    );
    expect((result as { error: unknown }).error).toBe(given);
    expect(server.seen.length).toBe(1);
  });

  test.each([
    ['a shortcut', {}],
    ['a shortcut, without limits', { timeout: false, totalTimeout: false }],
    ['a shortcut, with a bound on silence', { totalTimeout: false }],
  ] as const)('while the body is read by %s', async (_, options) => {
    server.script({ status: 200, body: 'part', ending: 'stall' });
    const ends: CallEvent[] = [];
    let answered: Promise<unknown> | undefined;
    const watched = api.extend({ ...options, use: [{ name: 'watch', on: event => void ends.push(event) }] });
    const { result, reason: given } = await aborted(
      signal => {
        const call = watched.post(server.origin, { signal });
        answered = call;
        return call.text();
      },
      reason,
      async () => {
        await answered;
        await settle();
      },
    );
    expect((result as { error: unknown }).error).toBe(given);
    expect(ends.filter(({ type }) => type === 'end')).toMatchObject([{ outcome: { kind: 'aborted' } }]);
  });

  test.each(['beforeRequest', 'afterResponse'] as const)('in a hook that waits: %s', async name => {
    server.script();
    let waiting = () => {};
    const wait = new Promise<void>(resolve => {
      waiting = resolve;
    });
    const hook = () => {
      waiting();
      return new Promise<never>(() => {});
    };
    const ends: CallEvent[] = [];
    const hooked = api.extend({
      hooks: { [name]: [hook] },
      use: [{ name: 'watch', on: event => void (event.type === 'end' && ends.push(event)) }],
    });
    const { result, reason: given } = await aborted(
      signal => hooked.post(server.origin, { signal }),
      reason,
      () => wait,
    );
    expect((result as { error: unknown }).error).toBe(given);
    expect(server.seen.length).toBe(name === 'beforeRequest' ? 0 : 1);
    expect(ends).toMatchObject([{ outcome: { kind: 'aborted' } }]);
  });

  test('in the wait of `ky.retry()`', async () => {
    server.script(OK);
    let waiting = () => {};
    const wait = new Promise<void>(resolve => {
      waiting = resolve;
    });
    const again = () => {
      setImmediate(waiting);
      return ky.retry();
    };
    const { result, reason: given } = await aborted(
      signal => api.post(server.origin, { signal, hooks: { afterResponse: [again] } }),
      reason,
      () => wait,
    );
    expect((result as { error: unknown }).error).toBe(given);
    expect(server.seen.length).toBe(1);
  });

  test('while the body of an error is read', async () => {
    server.script({ status: 404, body: 'part', ending: 'stall' });
    const {
      result,
      ms,
      reason: given,
    } = await aborted(
      signal => api.post(server.origin, { signal }),
      reason,
      async () => {
        await server.arrived(1);
        await settle();
      },
    );
    expect((result as { error: unknown }).error).toBe(given);
    expect(ms).toBeLessThan(50);
  });

  test('while the body is read', async () => {
    server.script({ status: 200, body: 'part', ending: 'stall' });
    const controller = new AbortController();
    const response = await api(server.origin, { signal: controller.signal });
    const reader = response.body!.getReader();
    await reader.read();
    const rest = reader.read();
    controller.abort(reason);
    // undici puts an error of its own in the place of `null` here.
    if (reason === null) await expect(rest).rejects.toThrow('aborted');
    else await expect(rest).rejects.toBe(controller.signal.reason);
  });
});

test('a signal of a request that a hook put in its place ends the call, unretried', async () => {
  server.script(STALL);
  const controller = new AbortController();
  const book = logbook();
  const call = createClient({ use: [book.log] })(server.origin, {
    hooks: { beforeRequest: [() => new Request(server.origin, { signal: controller.signal })] },
  });
  const failed = expect(call).rejects.toBe('why');
  await server.arrived(1);
  controller.abort('why');
  await failed;
  expect(server.seen.length).toBe(1);
  expect(book.records).toEqual([]);
});

/** On Node 22 ky's own clone for any `afterResponse` hook leaves a rejection behind: there, ours are none. */
const HOOKS = process.versions.node.startsWith('22.') ? [{}] : [{}, { afterResponse: [() => {}] }];

test.each([
  ['an abort with the body unread', 200],
  ['an abort while an error body stalls', 503],
])('%s leaves no rejection that nobody handles', async (_, code) => {
  for (const hooks of HOOKS) {
    server.script({ status: code, body: 'x', ending: 'stall' });
    const controller = new AbortController();
    const call = createClient({ hooks, retry: 0 })(server.origin, { signal: controller.signal }).catch(() => {});
    await server.arrived(1);
    if (code === 200) await call;
    controller.abort();
    await call;
    await settle();
  }
  expect(unhandled).toEqual([]);
});
