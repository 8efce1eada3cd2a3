import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Extension } from '../../src/call.ts';
import {
  CoolDownError,
  type CoolDownOptions,
  coolDown,
  type HoldStore,
  type RateLimitOptions,
  RateLimitQueueError,
  rateLimit,
  redisStore,
  type TurnStore,
} from '../../src/extensions/rate-limit.ts';
import { instantly, recorder } from '../../src/extensions/testing.ts';
import { createFetch, type FetchOptions } from '../../src/index.ts';
import { logbook } from '../support/logbook.ts';
import { OK, serve } from '../support/server.ts';

const URL_ = 'https://api.example.com/v1/things?token=s3cret';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'timers that are left').toBe(0);
  vi.useRealTimers();
});

/** A fetch with this extension, and the times at which its attempts arrive. */
const using = (extension: Extension, answer = () => new Response('ok'), more: FetchOptions = {}) => {
  const arrivals: number[] = [];
  const began = performance.now();
  const fetch = createFetch({
    ...more,
    use: [extension, ...(more.use ?? [])],
    fetch: async () => {
      arrivals.push(performance.now() - began);
      return answer();
    },
  });
  return { fetch, arrivals };
};

const limited = (options: RateLimitOptions, answer?: () => Response, more?: FetchOptions) =>
  using(rateLimit(options), answer, more);

const cooled = (options?: CoolDownOptions, answer?: () => Response, more?: FetchOptions) =>
  using(coolDown(options), answer, more);

/** The most that any window of this length holds. */
const worst = (arrivals: readonly number[], windowMs: number): number =>
  Math.max(...arrivals.map(from => arrivals.filter(at => at >= from && at - from < windowMs).length));

const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

const answers = (...script: readonly [status: number, headers?: Record<string, string>][]) => {
  const left = script.map(([status, headers = {}]) => new Response('', { status, headers }));
  return () => left.shift() ?? new Response('ok');
};

const times = <T>(count: number, run: () => Promise<T>) => Promise.all(Array.from({ length: count }, run));

describe('a pace', () => {
  test('lets one attempt begin at once, and then one a gap', async () => {
    const { fetch, arrivals } = limited({ limit: 3, intervalMs: 300 });
    const calls = times(5, () => fetch(URL_));
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals).toEqual([0, 100, 200, 300, 400]);
  });

  test('lets a burst begin at once, at the price of the rate', async () => {
    const { fetch, arrivals } = limited({ limit: 4, intervalMs: 300, burst: 2 });
    const calls = times(5, () => fetch(URL_));
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals).toEqual([0, 0, 100, 200, 300]);
  });

  test('rests while nothing is sent, and saves up no more than a burst', async () => {
    const { fetch, arrivals } = limited({ limit: 3, intervalMs: 200, burst: 2 });
    await times(2, () => fetch(URL_));
    await vi.advanceTimersByTimeAsync(5_000);
    const calls = times(3, () => fetch(URL_));
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals).toEqual([0, 0, 5_000, 5_000, 5_100]);
  });

  test('is one an origin', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000 });
    await times(1, () => fetch('https://one.example.com/'));
    await times(1, () => fetch('https://two.example.com/'));
    expect(arrivals).toEqual([0, 0]);
  });

  test('is one a key', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000, key: ({ method }) => method });
    const calls = [
      fetch('https://one.example.com/'),
      fetch('https://two.example.com/'),
      fetch(URL_, { method: 'PUT' }),
    ];
    await vi.runAllTimersAsync();
    await Promise.all(calls);
    expect(arrivals).toEqual([0, 0, 1_000]);
  });

  test('counts retries', async () => {
    const { fetch, arrivals } = limited({ limit: 2, intervalMs: 1_000 }, answers([503]), {
      retry: { backoff: () => 10 },
    });
    const call = fetch(URL_).then(() => fetch(URL_));
    await vi.runAllTimersAsync();
    await call;
    expect(arrivals).toEqual([0, 500, 1_000]);
  });

  test('never lets more than the limit begin in any window, whenever attempts come and go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.record({ pause: fc.integer({ min: 0, max: 400 }), leaves: fc.boolean() }), { minLength: 1 }),
        async (limit, most, callers) => {
          const burst = Math.min(limit, most);
          const { fetch, arrivals } = limited({ limit, burst, intervalMs: 500, maxQueueMs: 1_000_000 });
          const calls: Promise<unknown>[] = [];
          let left = 0;
          for (const { pause, leaves } of callers) {
            const controller = new AbortController();
            calls.push(errorOf(fetch(URL_, { signal: controller.signal })).then(error => (left += error ? 1 : 0)));
            await vi.advanceTimersByTimeAsync(pause);
            if (leaves) controller.abort();
          }
          await vi.runAllTimersAsync();
          await Promise.all(calls);
          expect(worst(arrivals, 500)).toBeLessThanOrEqual(limit);
          expect(arrivals).toHaveLength(callers.length - left);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('holds although timers are late', async () => {
    // A wait that takes up to 60 ms longer than it should: its window moves with it.
    const late = [60, 0, 0, 35, 0, 60, 10, 0, 0, 60];
    let waits = 0;
    const sleep = (ms: number) => new Promise<void>(wake => setTimeout(wake, ms + late[waits++ % late.length]!));
    const { fetch, arrivals } = limited({ limit: 5, intervalMs: 100 }, undefined, { runtime: { sleep } });
    const calls = times(60, () => fetch(URL_));
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals).toHaveLength(60);
    expect(worst(arrivals, 100)).toBe(5);
  });

  test('keeps its word on the wire, at nearly its whole rate', async () => {
    vi.useRealTimers();
    const server = await serve();
    server.script(OK);
    try {
      const starts: number[] = [];
      const fetch = createFetch({
        use: [rateLimit({ limit: 100, intervalMs: 500 })],
        fetch: (...args) => {
          starts.push(performance.now());
          return globalThis.fetch(...args);
        },
      });
      await times(200, () => fetch(server.origin).then(response => response.text()));
      expect(server.seen).toHaveLength(200);
      // What is sent in time may arrive in a bunch, on a busy machine.
      expect(worst(starts, 499.999)).toBeLessThanOrEqual(100);
      expect(worst(starts, 499.999)).toBeGreaterThan(90);
    } finally {
      await server.close();
      vi.useFakeTimers();
    }
  });
});

describe('a queue', () => {
  test('that is too long refuses at once, sends nothing and is not retried', async () => {
    const book = logbook();
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000, maxQueueMs: 1_500 }, undefined, {
      use: [book.log],
    });
    const calls = times(2, () => fetch(URL_));
    const error = await errorOf(fetch(URL_, { method: 'POST' }));
    expect(error).toBeInstanceOf(RateLimitQueueError);
    expect(error).toMatchObject({ name: 'RateLimitQueueError', waitMs: 2_000, delivery: 'not-sent' });
    expect((error as RateLimitQueueError).retryAt).toEqual(new Date(Date.now() + 2_000));
    expect(String(error)).toBe(
      'RateLimitQueueError: rate-limit: the next turn of https://api.example.com is 2000 ms away, more than it may wait (1500)',
    );
    expect(book.records).toMatchObject([{ event: 'failed', kind: 'invalid', stopped: 'final', delivery: 'not-sent' }]);
    await vi.runAllTimersAsync();
    await calls;
    // The one that was refused has taken no turn.
    expect(arrivals).toEqual([0, 1_000]);
  });

  test('refuses at once whose turn would come after the end of the call', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000 }, undefined, { totalTimeout: 1_500 });
    const calls = times(2, () => fetch(URL_));
    expect(await errorOf(fetch(URL_))).toMatchObject({ name: 'RateLimitQueueError', waitMs: 2_000 });
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals).toEqual([0, 1_000]);
  });

  test('is left at once by a caller who aborts, and the turn is free again', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000 });
    await fetch(URL_);
    const controller = new AbortController();
    const left = errorOf(fetch(URL_, { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(10);
    expect(vi.getTimerCount()).toBe(1);
    const reason = new Error('left');
    controller.abort(reason);
    expect(await left).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    const next = fetch(URL_);
    await vi.runAllTimersAsync();
    await next;
    expect(arrivals).toEqual([0, 1_000]);
  });

  test('gives a retry that would be refused its answer, and not an error in its place', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000, maxQueueMs: 1_500 }, answers([503]), {
      retry: { backoff: () => 10 },
    });
    const [first, second] = [fetch(URL_), fetch(URL_)];
    expect((await first).status).toBe(503);
    await vi.runAllTimersAsync();
    expect((await second).status).toBe(200);
    expect(arrivals).toEqual([0, 1_000]);
  });
});

describe('a 429 that names a time', () => {
  test.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ ratelimit: '"default";r=0;t=3' }, 3_000],
    [{ 'retry-after': '86400' }, 4_900],
  ])('%o holds the other calls to that origin, which go on at the pace', async (headers, until) => {
    const options = { limit: 10, intervalMs: 1_000, maxQueueMs: 4_900 };
    const { fetch, arrivals } = limited(options, answers([429, headers]), { retry: 0 });
    expect((await fetch(URL_)).status).toBe(429);
    await vi.advanceTimersByTimeAsync(100);
    const calls = times(2, () => fetch(URL_));
    await fetch('https://other.example.com/');
    expect(arrivals).toEqual([0, 100]);
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals.slice(2)).toEqual([until, until + 100]);
  });

  test('holds those that were waiting when it came', async () => {
    const { fetch, arrivals } = limited({ limit: 20, intervalMs: 1_000 }, answers([429, { 'retry-after': '2' }]), {
      retry: 0,
    });
    const calls = times(40, () => fetch(URL_));
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals.filter(at => at > 0 && at < 2_000)).toEqual([]);
    expect(arrivals.slice(1)).toEqual(Array.from({ length: 39 }, (_, index) => 2_000 + 50 * index));
  });

  test('that names none holds nothing', async () => {
    const { fetch, arrivals } = limited({ limit: 10, intervalMs: 1_000 }, answers([429]), { retry: 0 });
    await fetch(URL_);
    const next = fetch(URL_);
    await vi.runAllTimersAsync();
    await next;
    expect(arrivals).toEqual([0, 100]);
  });

  test('does not hold its own retry for longer than the wait that was asked for', async () => {
    const { fetch, arrivals } = limited({ limit: 10, intervalMs: 1_000 }, answers([429, { 'retry-after': '2' }]), {
      runtime: { random: () => 0 },
    });
    const call = fetch(URL_);
    await vi.runAllTimersAsync();
    await call;
    expect(arrivals).toEqual([0, 2_000]);
  });
});

test('an answer that is no 429 or 503 holds nothing, whatever it says of time', async () => {
  const headers = { 'retry-after': '2', 'x-ratelimit-reset': '30' };
  const limit = limited({ limit: 1_000, intervalMs: 1_000 }, () => new Response('ok', { headers }));
  const cool = cooled({}, () => new Response('ok', { headers }));
  for (const { fetch, arrivals } of [limit, cool]) {
    await fetch(URL_);
    await vi.advanceTimersByTimeAsync(10);
    const began = arrivals[0]!;
    await fetch(URL_);
    expect(arrivals[1]! - began).toBe(10);
  }
});

test('of many origins, those at rest are forgotten, and no other', async () => {
  const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000 });
  for (let index = 0; index < 1_100; index++) {
    await fetch(`https://h${index}.example.com/`);
    if (index === 500) await vi.advanceTimersByTimeAsync(2_000);
  }
  const busy = fetch('https://h900.example.com/');
  await vi.advanceTimersByTimeAsync(999);
  expect(arrivals).toHaveLength(1_100);
  await vi.runAllTimersAsync();
  await busy;
});

describe('under instantly()', () => {
  test('nothing waits, no timer is set, and a long test is no queue', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 10_000 }, undefined, instantly());
    for (let index = 0; index < 20; index++) await fetch(URL_);
    await times(5, () => fetch(URL_));
    expect(arrivals).toHaveLength(25);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a wait is counted once, by the retry and not by the hold as well', async () => {
    const script = answers([429, { 'retry-after': '40' }]);
    const { fetch, arrivals } = cooled({}, script, { ...instantly(), totalTimeout: 60_000 });
    const call = fetch(URL_);
    expect((await call).status).toBe(200);
    expect(arrivals).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the deadline still holds', async () => {
    const { fetch } = limited({ limit: 1, intervalMs: 10_000 }, undefined, { ...instantly(), totalTimeout: 5_000 });
    const calls = times(2, () => errorOf(fetch(URL_)));
    expect((await calls)[1]).toBeInstanceOf(RateLimitQueueError);
  });
});

describe('coolDown', () => {
  test.each([
    ['a 429', 429, 2_000, 200],
    ['a 503', 503, 2_000, 2_000],
  ])('after %s nothing goes to that origin until its time, and then not all at once', async (_, status, ms, spread) => {
    const { fetch, arrivals } = cooled({}, answers([status, { 'retry-after': '2' }]), { retry: 0 });
    expect((await fetch(URL_)).status).toBe(status);
    const calls = times(40, () => fetch(URL_));
    await fetch('https://other.example.com/');
    expect(arrivals).toEqual([0, 0]);
    await vi.runAllTimersAsync();
    await calls;
    const back = arrivals.slice(2);
    expect(back).toHaveLength(40);
    expect(Math.min(...back)).toBeGreaterThanOrEqual(ms);
    expect(Math.max(...back)).toBeLessThanOrEqual(ms + spread + 1);
    expect(Math.max(...back) - Math.min(...back)).toBeGreaterThan(spread / 2);
  });

  test('its own retry waits no longer than it would without', async () => {
    const { fetch, arrivals } = cooled({}, answers([503, { 'retry-after': '2' }]), { runtime: { random: () => 0.5 } });
    const alone = using({ name: 'none' }, answers([503, { 'retry-after': '2' }]), { runtime: { random: () => 0.5 } });
    const calls = [fetch(URL_), alone.fetch(URL_)];
    await vi.runAllTimersAsync();
    await Promise.all(calls);
    expect(arrivals).toEqual(alone.arrivals);
  });

  test('who can not wait for so long fails at once, with the time', async () => {
    const script = answers([429, { 'retry-after': '3600' }]);
    const seen = recorder();
    const { fetch, arrivals } = cooled({ maxMs: 5_000 }, script, { retry: 0, use: [seen] });
    await fetch(URL_);
    await vi.advanceTimersByTimeAsync(600_000);
    const error = await errorOf(fetch(URL_, { method: 'POST', body: 'x' }));
    expect(error).toBeInstanceOf(CoolDownError);
    expect(error).toMatchObject({ name: 'CoolDownError', delivery: 'not-sent', waitMs: 3_000_000 });
    expect((error as CoolDownError).retryAt).toEqual(new Date(Date.now() + 3_000_000));
    expect(arrivals).toEqual([0]);
    expect(seen.events.at(-1)).toMatchObject({ type: 'end', delivery: 'not-sent', stopped: 'final' });
    await vi.advanceTimersByTimeAsync(2_999_000);
    const late = fetch(URL_);
    await vi.runAllTimersAsync();
    await late;
    expect(arrivals.at(-1)).toBeGreaterThanOrEqual(3_600_000);
  });

  test('nor does one whose total timeout ends before', async () => {
    const { fetch } = cooled({}, answers([429, { 'retry-after': '10' }]), { retry: 0, totalTimeout: 9_000 });
    await fetch(URL_);
    expect(await errorOf(fetch(URL_))).toBeInstanceOf(CoolDownError);
  });

  test('a wait ends with its call', async () => {
    const { fetch, arrivals } = cooled({}, answers([429, { 'retry-after': '10' }]), { retry: 0 });
    await fetch(URL_);
    const controller = new AbortController();
    const left = errorOf(fetch(URL_, { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(10);
    const reason = new Error('left');
    controller.abort(reason);
    expect(await left).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    expect(arrivals).toEqual([0]);
  });

  test('another call that is to be retried in the meantime ends with its answer', async () => {
    const slow = Promise.withResolvers<Response>();
    const script = [slow.promise, new Response('', { status: 429, headers: { 'retry-after': '30' } })];
    const fetch = createFetch({
      use: [coolDown({ maxMs: 5_000 })],
      retry: { backoff: () => 10, maxRetryAfterMs: 1 },
      fetch: async () => script.shift()!,
    });
    const call = fetch(URL_);
    expect((await fetch(URL_)).status).toBe(429);
    slow.resolve(new Response('', { status: 500 }));
    expect((await call).status).toBe(500);
    expect(script).toHaveLength(0);
  });
});

/** A store in memory, whose turns come `gapMs` apart; it can fail, or be slow. */
const memoryStore = () => {
  let nextMs = 0;
  let heldMs = 0;
  const store = {
    fails: false,
    slowMs: 0,
    asked: 0,
    forget: () => {
      nextMs = 0;
    },
    answer: async <T>(value: () => T): Promise<T> => {
      store.asked++;
      if (store.slowMs) await new Promise(wake => setTimeout(wake, store.slowMs));
      if (store.fails) throw new Error('the store is down');
      return value();
    },
    reserve: ((_, { gapMs, maxWaitMs }) =>
      store.answer(() => {
        const now = performance.now();
        const waitMs = Math.max(0, nextMs - now);
        const taken = waitMs <= maxWaitMs;
        if (taken) nextMs = now + waitMs + gapMs;
        return { waitMs, taken };
      })) as TurnStore['reserve'],
    hold: ((_, ms) => store.answer(() => (heldMs = Math.max(heldMs, performance.now() + ms)))) as HoldStore['hold'],
    held: (() => store.answer(() => heldMs - performance.now())) as HoldStore['held'],
  };
  return store;
};

describe('a store', () => {
  test('shares one pace among processes, one reservation a call', async () => {
    const store = memoryStore();
    const began = performance.now();
    const processes = times(4, async () => {
      const { fetch, arrivals } = limited({ limit: 10, intervalMs: 1_000, store });
      await times(5, () => fetch(URL_));
      return arrivals;
    });
    await vi.runAllTimersAsync();
    const arrivals = (await processes).flat().sort((one, other) => one - other);
    expect(arrivals).toEqual(Array.from({ length: 20 }, (_, index) => index * 100));
    expect(performance.now() - began).toBe(1_900);
    expect(store.asked).toBe(20);
  });

  test('is told how long a call can wait, and gives no turn after that', async () => {
    const store = memoryStore();
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000, maxQueueMs: 1_500, store });
    const calls = times(2, () => fetch(URL_));
    expect(await errorOf(fetch(URL_))).toMatchObject({ name: 'RateLimitQueueError', waitMs: 2_000 });
    await vi.runAllTimersAsync();
    await calls;
    const next = fetch(URL_);
    await vi.runAllTimersAsync();
    await next;
    expect(arrivals).toEqual([0, 1_000, 2_000]);
  });

  test('that gives no turns but times is asked again after them', async () => {
    const windows = new Map<number, number>();
    const store: TurnStore = {
      async reserve(_, { limit, intervalMs }) {
        const now = performance.now();
        const window = Math.floor(now / intervalMs);
        const used = windows.get(window) ?? 0;
        windows.set(window, used + 1);
        return used < limit ? { waitMs: 0, taken: true } : { waitMs: (window + 1) * intervalMs - now, taken: false };
      },
    };
    await vi.advanceTimersByTimeAsync(1_000 - (performance.now() % 1_000));
    const processes = times(2, async () => {
      const { fetch, arrivals } = limited({ limit: 2, intervalMs: 1_000, store });
      await times(3, () => fetch(URL_));
      return arrivals;
    });
    await vi.runAllTimersAsync();
    const arrivals = (await processes).flat().sort((one, other) => one - other);
    expect(arrivals).toEqual([0, 0, 1_000, 1_000, 2_000, 2_000]);
  });

  test('that fails or is slow leaves each process its share, said once', async () => {
    const store = memoryStore();
    const onStoreError = vi.fn(() => {
      throw new Error('of the log');
    });
    const { fetch, arrivals } = limited({ limit: 10, intervalMs: 1_000, shares: 2, store, onStoreError });
    store.slowMs = 10_000;
    const calls = times(20, () => fetch(URL_));
    await vi.advanceTimersByTimeAsync(6_000);
    await calls;
    expect(arrivals).toHaveLength(20);
    expect(worst(arrivals, 1_000)).toBe(5);
    expect(arrivals[0]).toBeGreaterThanOrEqual(250);
    expect(arrivals[0]).toBeLessThanOrEqual(252);
    // Of those that come later, one a second asks.
    const asked = store.asked;
    const more = times(10, () => fetch(URL_));
    await vi.advanceTimersByTimeAsync(6_000);
    await more;
    expect(store.asked - asked).toBe(1);
    expect(onStoreError).toHaveBeenCalledTimes(1);
    expect(onStoreError).toHaveBeenCalledWith(expect.objectContaining({ message: 'no answer within 250 ms' }));
    await vi.runAllTimersAsync();
  });

  test('that comes back is no storm, though processes learn of it one after the other', async () => {
    const store = memoryStore();
    let backAt = Number.POSITIVE_INFINITY;
    const onStoreError = vi.fn();
    const arrivals: number[] = [];
    const ends: Promise<unknown>[] = [];
    const stop = performance.now() + 20_000;
    for (let process = 0; process < 4; process++) {
      const own: TurnStore = {
        reserve: async (key, request) => {
          const isCut = backAt < Number.POSITIVE_INFINITY && performance.now() < backAt + 700 * process;
          if (isCut) throw new Error('not connected');
          return store.reserve(key, request);
        },
      };
      const { fetch } = using(rateLimit({ limit: 100, intervalMs: 1_000, shares: 4, store: own, onStoreError }), () => {
        arrivals.push(performance.now());
        return new Response('ok');
      });
      const caller = async () => {
        while (performance.now() < stop) await fetch(URL_);
      };
      ends.push(...Array.from({ length: 50 }, caller));
    }
    await vi.advanceTimersByTimeAsync(4_000);
    backAt = performance.now() + 4_000;
    store.forget();
    await vi.advanceTimersByTimeAsync(24_000);
    await Promise.all(ends);
    expect(worst(arrivals, 1_000)).toBeLessThanOrEqual(130);
    expect(arrivals.length).toBeGreaterThan(1_900);
    expect(onStoreError).toHaveBeenCalledTimes(4);
  });

  test('shares a cool-down', async () => {
    const store = memoryStore();
    const one = cooled({ store }, answers([429, { 'retry-after': '2' }]), { retry: 0 });
    const other = cooled({ store });
    await one.fetch(URL_);
    const calls = times(20, () => other.fetch(URL_));
    await vi.runAllTimersAsync();
    await calls;
    expect(Math.min(...other.arrivals)).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...other.arrivals)).toBeLessThanOrEqual(2_201);
    expect(new Set(other.arrivals).size).toBeGreaterThan(10);
  });

  test('is told of one hold where many are asked for at once', async () => {
    const store = memoryStore();
    const { fetch } = cooled({ store }, () => new Response('', { status: 429, headers: { 'retry-after': '2' } }), {
      retry: 0,
    });
    await times(50, () => fetch(URL_));
    expect(store.asked).toBe(51);
  });

  test('that fails leaves each process its own cool-down', async () => {
    const store = memoryStore();
    store.fails = true;
    const { fetch, arrivals } = cooled({ store }, answers([429, { 'retry-after': '2' }]), { retry: 0 });
    await fetch(URL_);
    const call = fetch(URL_);
    await vi.runAllTimersAsync();
    await call;
    expect(arrivals[1]).toBeGreaterThanOrEqual(2_000);
  });
});

describe('redisStore', () => {
  const client = (shape: object, answer: unknown) => {
    const seen: unknown[][] = [];
    const evaluate = async (...args: unknown[]) => {
      seen.push(args.slice(1));
      return answer;
    };
    return { seen, store: redisStore({ eval: evaluate, ...shape }, { prefix: 'p:' }) };
  };
  const request = { limit: 4, intervalMs: 300, burst: 2, gapMs: 100, maxWaitMs: 500 };

  test('calls node-redis as it wants to be called', async () => {
    const { store, seen } = client({ evalSha: () => {} }, 500);
    expect(await store.reserve('k', request)).toEqual({ waitMs: 500, taken: true });
    await store.hold('k', 1.5);
    expect(seen).toEqual([
      [{ keys: ['p:k'], arguments: ['100', '100', '500'] }],
      [{ keys: ['p:k:held'], arguments: ['2'] }],
    ]);
  });

  test('calls ioredis as it wants to be called', async () => {
    const { store, seen } = client({ evalsha: () => {} }, '501');
    expect(await store.reserve('k', request)).toEqual({ waitMs: 501, taken: false });
    expect(await store.held('k')).toBe(501);
    expect(seen).toEqual([
      [1, 'p:k', '100', '100', '500'],
      [1, 'p:k:held', '-2'],
    ]);
  });
});

test.each<[object | undefined, string]>([
  [undefined, '`limit` must be a whole number from 1 to 2147483647, got undefined'],
  [{ intervalMs: 1_000 }, '`limit` must be a whole number from 1 to 2147483647, got undefined'],
  [{ limit: 1 }, '`intervalMs` must be milliseconds from 1 to 2147483647, got undefined'],
  [{ limit: 0, intervalMs: 1_000 }, '`limit` must be a whole number from 1 to 2147483647, got 0'],
  [{ limit: 1.5, intervalMs: 1_000 }, '`limit` must be a whole number from 1 to 2147483647, got 1.5'],
  [{ limit: '1', intervalMs: 1_000 }, '`limit` must be a whole number from 1 to 2147483647, got string'],
  [{ limit: 1, intervalMs: 0 }, '`intervalMs` must be milliseconds from 1 to 2147483647, got 0'],
  [{ limit: 1, intervalMs: Number.NaN }, '`intervalMs` must be milliseconds from 1 to 2147483647, got NaN'],
  [{ limit: 1, intervalMs: 1_000, maxQueueMs: -1 }, '`maxQueueMs` must be milliseconds from 0 to 2147483647, got -1'],
  [{ limit: 1, intervalMs: 1_000, burst: 2 }, '`burst` must be at most `limit`, got 2'],
  [{ limit: 1, intervalMs: 1_000, key: 'a' }, '`key` must be a function, got string'],
  [{ limit: 1, intervalMs: 1_000, store: {} }, '`store` must be an object with reserve(), got object'],
  [
    { limit: 1, intervalMs: 1_000, maxQueueMS: 5 },
    '`maxQueueMS` is no option, but limit, intervalMs, burst, maxQueueMs, key, store, shares, storeTimeoutMs, onStoreError are',
  ],
])('rateLimit: %o is refused', (options, message) => {
  expect(() => rateLimit(options as RateLimitOptions)).toThrow(`rateLimit: ${message}`);
});

test('coolDown: wrong options are refused', () => {
  expect(() => coolDown({ maxMs: -1 })).toThrow(RangeError);
  expect(() => coolDown({ limit: 1 } as CoolDownOptions)).toThrow('coolDown: `limit` is no option, but maxMs, key,');
});
