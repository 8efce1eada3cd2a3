import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Extension, Verdict } from '../src/call.ts';
import type { FetchOptions } from '../src/index.ts';
import { createFetch } from '../src/index.ts';
import { DOORS } from './support/doors.ts';
import { rejected } from './support/foreign.ts';
import { logbook, quick } from './support/logbook.ts';
import { OK, RESET, refusedUrl, type Step, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);

type Ask = NonNullable<Extension['verdict']>;

const stop: Verdict = { kind: 'stop', because: 'vetoed' };
const retry: Verdict = { kind: 'retry', delayMs: 1, delayFrom: 'backoff' };

describe.each(DOORS)('verdict, through %s', (_, door) => {
  const run = async (
    script: readonly Step[],
    verdict: Ask | Ask[],
    init: RequestInit = {},
    options: FetchOptions = {},
  ) => {
    const book = logbook();
    server.script(...script);
    const use = [verdict].flat().map((each, index) => ({ name: `e${index}`, verdict: each }));
    const result = await door({ retry: quick, use: [...use, book.log], ...options })(server.origin, init);
    return { result, story: book.story, records: book.records };
  };

  test('sees verdict, attempt and outcome with its class, after each attempt that failed', async () => {
    const seen: unknown[] = [];
    await run([status(503), RESET, OK], (verdict, { number, call }, outcome) => {
      const { kind, classification } = outcome;
      seen.push([verdict, number, call.attempts, kind, outcome.kind === 'answer' && outcome.status, classification]);
      return undefined;
    });
    expect(seen).toEqual([
      [retry, 1, 1, 'answer', 503, 'server-error'],
      [retry, 2, 2, 'failure', false, 'network-error'],
    ]);
  });

  test('each sees what the one before made of it', async () => {
    const seen: unknown[] = [];
    const tell: Ask = verdict => void seen.push(verdict) as undefined;
    const longer: Ask = () => ({ ...retry, delayMs: 7 });
    const { result } = await run([status(503), OK], [tell, longer, tell]);
    expect(result).toBe(200);
    expect(seen).toEqual([retry, { ...retry, delayMs: 7 }]);
  });

  test.each<[string, Ask]>([
    ['at once', () => stop],
    ['after a while', async () => new Promise(resolve => setImmediate(() => resolve(stop)))],
    ['in a promise of another make', () => thenable(stop)],
  ])('may always stop, %s', async (_what, verdict) => {
    const { result, story } = await run([status(503), OK], verdict);
    expect(result).toBe(503);
    expect(story).toEqual(['failed: vetoed']);
    expect(server.seen).toHaveLength(1);
  });
  const thenable = (value: Verdict): Promise<Verdict> => {
    const foreign = {};
    Reflect.set(foreign, 'then', (resolve: (value: Verdict) => void) => void resolve(value));
    return foreign as Promise<Verdict>;
  };

  test('one stop is enough, and a later one may not be asked to undo it beyond the rules', async () => {
    expect((await run([status(503)], [() => undefined, () => stop, () => undefined])).story).toEqual([
      'failed: vetoed',
    ]);
    expect((await run([status(503), OK], [() => stop, () => retry])).story).toEqual(['retry', 'recovered']);
  });

  test.each<[string, Step]>([
    ['a final answer', status(404)],
    ['a veto of the server', status(503, { 'x-should-retry': 'false' })],
    ['a wait that is too long', status(503, { 'retry-after': '3600' })],
  ])('may turn a stop into a retry: %s', async (_what, step) => {
    const { result, story, records } = await run([step, OK], (verdict, { number }) => {
      expect(number === 1 && verdict.kind).toBe('stop');
      return { ...retry, delayMs: 3, delayFrom: 'server' };
    });
    expect(result).toBe(200);
    expect(story).toEqual(['retry', 'recovered']);
    expect(records[0]).toMatchObject({ delayMs: 3, delayFrom: 'server' });
    expect(server.seen).toHaveLength(2);
  });

  test.each<[string, string, Step[], RequestInit, FetchOptions, number]>([
    ['what is beyond the limit', 'limit', [status(404)], {}, { retry: { ...quick, limit: 1 } }, 2],
    ['where none is allowed', 'limit', [status(404)], {}, { retry: 0 }, 1],
    [
      'a write without a key',
      'not-replayable',
      [status(503)],
      { method: 'POST', body: 'x' },
      { idempotency: false },
      1,
    ],
    [
      'a body that can be read once',
      'not-replayable',
      [status(503)],
      { method: 'PUT', body: new Blob(['x']).stream(), duplex: 'half' } as RequestInit,
      {},
      1,
    ],
    ['what would end too late', 'deadline', [status(404)], {}, { totalTimeout: 1_000 }, 1],
  ])('never repeats %s: %s', async (_what, because, script, init, options, requests) => {
    const late = { ...retry, delayMs: because === 'deadline' ? 60_000 : 1 };
    const { result, story } = await run(script, () => late, init, options);
    expect(result).toBe(script[0]!.status);
    expect(story.at(-1)).toBe(`failed: ${because}`);
    expect(server.seen).toHaveLength(requests);
  });

  test('repeats a write without a key where it was proved that nothing was applied', async () => {
    const init = { method: 'POST', body: 'x' };
    const { result, story } = await run([status(429, { 'retry-after': '3600' }), OK], () => retry, init, {
      idempotency: false,
    });
    expect(result).toBe(200);
    expect(story).toEqual(['retry', 'recovered']);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a word', 'retry'],
    ['a verdict that is none', { kind: 'again' }],
    ['a wait that is none', { kind: 'retry', delayMs: Number.NaN, delayFrom: 'backoff' }],
    ['a wait in the past', { kind: 'retry', delayMs: -1, delayFrom: 'backoff' }],
    ['an acceptance', { kind: 'accept' }],
  ])('%s leaves the verdict as it is', async (_what, wanted) => {
    const { result, story } = await run([status(503), status(404)], () => wanted as Verdict);
    expect(result).toBe(404);
    expect(story).toEqual(['retry', 'failed: final']);
  });

  describe('is never asked', () => {
    const asked = vi.fn(() => retry);
    beforeEach(() => void asked.mockClear());

    test('about a success', async () => {
      await run([OK], asked);
      expect(asked).not.toHaveBeenCalled();
    });

    test('about an abort', async () => {
      const controller = new AbortController();
      const on: Extension['on'] = ({ type }) => void (type === 'attempt' && setImmediate(() => controller.abort()));
      const use = [
        { name: 'abort', on },
        { name: 'ask', verdict: asked },
      ];
      server.script({ ending: 'stall' });
      const { signal } = controller;
      expect(await door({ retry: quick, use })(server.origin, { signal })).toMatchObject({ name: 'AbortError' });
      expect(asked).not.toHaveBeenCalled();
    });

    test('about what was refused before it was sent, by the platform or an extension', async () => {
      const refuse: Extension = {
        name: 'refuse',
        around: async () => {
          throw new Error('closed');
        },
      };
      const use = [{ name: 'ask', verdict: asked }];
      await door({ retry: quick, use })('ftp://api.test/');
      await door({ retry: quick, use: [refuse, ...use] })(server.origin);
      expect(asked).not.toHaveBeenCalled();
    });

    test('about an error of a fetch’s own', async () => {
      const mine = new Error('mine');
      const fetch = async () => Promise.reject(mine);
      expect(await door({ retry: quick, fetch, use: [{ name: 'ask', verdict: asked }] })('https://api.test/')).toBe(
        mine,
      );
      expect(asked).not.toHaveBeenCalled();
    });
  });

  describe('that throws', () => {
    const mine = new TypeError('fetch failed');
    test.each<[string, Ask]>([
      [
        'throws',
        () => {
          throw mine;
        },
      ],
      ['rejects', () => Promise.reject(mine)],
      ['rejects in a promise of another make', () => rejected(mine) as Promise<never>],
    ])('%s: ends the call with that object', async (_what, verdict) => {
      const later = vi.fn();
      const { result, story, records } = await run([status(503), OK], [verdict, later], { method: 'POST', body: 'x' });
      expect(result).toBe(mine);
      expect(story).toEqual(['failed: final']);
      expect(records[0]).toMatchObject({ attempts: 1, kind: 'thrown', delivery: 'unknown' });
      expect(later).not.toHaveBeenCalled();
      expect(server.seen).toHaveLength(1);
    });
  });

  describe('that never comes', () => {
    test('ends with an abort, with its reason', async () => {
      const reason = new Error('gone');
      const controller = new AbortController();
      const { result } = await run(
        [status(503), OK],
        () => {
          setImmediate(() => controller.abort(reason));
          return new Promise<never>(() => {});
        },
        { signal: controller.signal },
      );
      expect(result).toBe(reason);
      expect(server.seen).toHaveLength(1);
    });
  });
});

describe.each(DOORS)('a verdict that never comes, through %s', (_, door) => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('ends with the total timeout, and the answer is what the call comes to', async () => {
    const book = logbook();
    const use = [{ name: 'never', verdict: () => new Promise<never>(() => {}) }, book.log];
    const fetch = async () => new Response('busy', { status: 503 });
    const call = door({ retry: quick, use, fetch, totalTimeout: 5_000 })('https://api.test/');
    await vi.advanceTimersByTimeAsync(4_999);
    expect(book.records).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await call).toBe(503);
    expect(book.story).toEqual(['failed: deadline']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('an answer whose retry was refused is still whole', async () => {
  server.script(status(503), OK);
  const fetch = createFetch({ retry: quick, use: [{ name: 'no', verdict: async () => stop }] });
  const response = await fetch(server.origin);
  expect(response.bodyUsed).toBe(false);
  expect(await response.text()).toBe('status 503');
});

test('a failure whose retry was refused is the sender’s own, and says what is known of a write', async () => {
  const book = logbook();
  const fetch = createFetch({ retry: quick, use: [{ name: 'no', verdict: () => stop }, book.log] });
  await expect(fetch(await refusedUrl(), { method: 'POST', body: 'x' })).rejects.toMatchObject({
    cause: { code: 'ECONNREFUSED' },
  });
  expect(book.records).toMatchObject([{ stopped: 'vetoed', delivery: 'not-sent', attempts: 1 }]);
});
