import { getEventListeners } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { createFetch } from '../src/fetch.ts';
import type { FetchOptions } from '../src/options.ts';
import { onAbort } from '../src/signal.ts';
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
    const fetch = createFetch({ ...options, log: book.log, ...more });
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
    const records: unknown[] = [];
    const script = [status(503, { 'retry-after': '10' }), OK];
    await aborted(script, abort => ({ log: record => records.push(record) && setImmediate(abort) }), reason);
    expect(records).toMatchObject([{ event: 'retry' }]);
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
  const fetch = createFetch({ log: () => void setImmediate(() => controller.abort('mine')) });
  await expect(fetch(new Request(server.origin, { signal: controller.signal }))).rejects.toBe('mine');
  server.script(status(503), OK);
  const request = new Request(server.origin, { signal: AbortSignal.abort() });
  expect((await createFetch({ retry: quick })(request, { signal: null })).status).toBe(200);
});

test('an extension that gives up its wait on an abort leaves the reason as it is', async () => {
  server.script(OK);
  const controller = new AbortController();
  const book = logbook();
  const beforeAttempt = ({ signal }: { signal: AbortSignal | undefined }) =>
    new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  const call = createFetch({ log: book.log, use: [{ name: 'gate', beforeAttempt }] })(server.origin, {
    signal: controller.signal,
  });
  controller.abort('mine');
  await expect(call).rejects.toBe('mine');
  expect([server.seen.length, book.story]).toEqual([0, []]);
});

describe('onAbort: one listener a signal', () => {
  test('however many calls share it', () => {
    const controller = new AbortController();
    let runs = 0;
    const releases = Array.from({ length: 100 }, () => onAbort(controller.signal, () => runs++));
    expect(listeners(controller.signal)).toBe(1);
    releases.pop()?.();
    releases.pop()?.();
    controller.abort();
    expect(runs).toBe(98);
    expect(listeners(controller.signal)).toBe(0);
    for (const release of releases) release();
  });

  test('none is left when all are released, twice does no harm, and it can begin anew', () => {
    const { signal } = new AbortController();
    const first = onAbort(signal, () => {});
    first();
    first();
    expect(listeners(signal)).toBe(0);
    const second = onAbort(signal, () => {});
    first();
    expect(listeners(signal)).toBe(1);
    second();
    expect(listeners(signal)).toBe(0);
  });

  test('an aborted signal runs at once', () => {
    let runs = 0;
    onAbort(AbortSignal.abort(), () => runs++)();
    expect(runs).toBe(1);
  });
});
