import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RateLimitOptions, RateLimitQueueError, rateLimit } from '../../src/extensions/rate-limit.ts';
import { createFetch, type FetchOptions } from '../../src/index.ts';

const URL_ = 'https://api.example.com/v1/things?token=s3cret';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'timers that are left').toBe(0);
  vi.useRealTimers();
});

/** A fetch with this limit, and the times at which its attempts arrive. */
const limited = (options: RateLimitOptions, answer = () => new Response('ok'), more: FetchOptions = {}) => {
  const arrivals: number[] = [];
  const began = performance.now();
  const fetch = createFetch({
    ...more,
    use: [rateLimit(options)],
    fetch: async () => {
      arrivals.push(performance.now() - began);
      return answer();
    },
  });
  return { fetch, arrivals };
};

const times = (count: number, run: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, run));

describe('a bucket', () => {
  test('lets a limit of attempts begin at once, and then one a gap', async () => {
    const { fetch, arrivals } = limited({ limit: 3, intervalMs: 300 });
    const calls = times(6, () => fetch(URL_));
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals).toEqual([0, 0, 0, 100, 200, 300]);
  });

  test('fills again while nothing is sent, and never beyond the limit', async () => {
    const { fetch, arrivals } = limited({ limit: 2, intervalMs: 200 });
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

  test('counts retries', async () => {
    const answers = [503, 200, 200];
    const { fetch, arrivals } = limited(
      { limit: 2, intervalMs: 1_000 },
      () => new Response('', { status: answers.shift()! }),
      { retry: { backoff: () => 10 } },
    );
    const call = fetch(URL_).then(() => fetch(URL_));
    await vi.runAllTimersAsync();
    await call;
    expect(arrivals).toEqual([0, 10, 500]);
  });

  test('is never overdrawn, whenever attempts come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 30 }),
        async (limit, pauses) => {
          const { fetch, arrivals } = limited({ limit, intervalMs: 500, maxQueueMs: 1_000_000 });
          const calls: Promise<unknown>[] = [];
          for (const ms of pauses) {
            calls.push(fetch(URL_));
            await vi.advanceTimersByTimeAsync(ms);
          }
          await vi.runAllTimersAsync();
          await Promise.all(calls);
          // A bucket that was full at the first of them, and what has come into it since; a timer is exact to 1 ms.
          for (const [index, from] of arrivals.entries()) {
            for (const [more, to] of arrivals.slice(index).entries()) {
              expect(more + 1).toBeLessThanOrEqual(limit + ((to - from + 1) * limit) / 500 + 1e-6);
            }
          }
          expect(arrivals).toHaveLength(pauses.length);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a queue', () => {
  test('that is too long refuses at once, sends nothing and is not retried', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000, maxQueueMs: 1_500 });
    const calls = times(2, () => fetch(URL_));
    const error = await fetch(URL_).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitQueueError);
    expect(error).toMatchObject({ name: 'RateLimitQueueError', waitMs: 2_000 });
    expect(String(error)).toBe(
      'RateLimitQueueError: rate-limit: the next turn of https://api.example.com is 2000 ms away, more than `maxQueueMs` (1500)',
    );
    await vi.runAllTimersAsync();
    await calls;
    // The one that was refused has taken no turn.
    expect(arrivals).toEqual([0, 1_000]);
  });

  test('is left at once by a caller who aborts, and the turn is free again', async () => {
    const { fetch, arrivals } = limited({ limit: 1, intervalMs: 1_000 });
    await fetch(URL_);
    const controller = new AbortController();
    const left = fetch(URL_, { signal: controller.signal }).catch((thrown: unknown) => thrown);
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
});

describe('a 429 that names a time', () => {
  const throttled = (headers: Record<string, string>) => {
    const answers = [new Response('', { status: 429, headers })];
    return () => answers.shift() ?? new Response('ok');
  };

  test.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ ratelimit: '"default";r=0;t=3' }, 3_000],
    [{ 'retry-after': '86400' }, 5_000],
    [{}, 0],
  ])('%o holds the other calls to that origin', async (headers, until) => {
    const { fetch, arrivals } = limited({ limit: 10, intervalMs: 1_000, maxQueueMs: 5_000 }, throttled(headers), {
      retry: 0,
    });
    expect((await fetch(URL_)).status).toBe(429);
    const calls = times(2, () => fetch(URL_));
    await fetch('https://other.example.com/');
    expect(arrivals).toHaveLength(until === 0 ? 4 : 2);
    await vi.runAllTimersAsync();
    await calls;
    expect(arrivals.filter(at => at === until).length).toBeGreaterThanOrEqual(2);
  });

  test('does not hold its own retry for longer than the wait that was asked for', async () => {
    const { fetch, arrivals } = limited({ limit: 10, intervalMs: 1_000 }, throttled({ 'retry-after': '2' }), {
      runtime: { random: () => 0 },
    });
    const call = fetch(URL_);
    await vi.runAllTimersAsync();
    await call;
    expect(arrivals).toEqual([0, 2_000]);
  });
});

test('an answer that is no 429 holds nothing, whatever it says of time', async () => {
  const headers = { 'retry-after': '2', 'x-ratelimit-reset': '30' };
  const { fetch, arrivals } = limited({ limit: 10, intervalMs: 1_000 }, () => new Response('ok', { headers }));
  await fetch(URL_);
  await fetch(URL_);
  expect(arrivals).toEqual([0, 0]);
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

test.each<[object | undefined, string]>([
  [undefined, '`limit` must be a whole number from 1, got undefined'],
  [{ intervalMs: 1_000 }, '`limit` must be a whole number from 1, got undefined'],
  [{ limit: 1 }, '`intervalMs` must be milliseconds from 1 to 2147483647, got undefined'],
  [{ limit: 0, intervalMs: 1_000 }, '`limit` must be a whole number from 1, got 0'],
  [{ limit: 1.5, intervalMs: 1_000 }, '`limit` must be a whole number from 1, got 1.5'],
  [{ limit: 1, intervalMs: 0 }, '`intervalMs` must be milliseconds from 1 to 2147483647, got 0'],
  [{ limit: 1, intervalMs: 1_000, maxQueueMs: -1 }, '`maxQueueMs` must be milliseconds from 0 to 2147483647, got -1'],
  [{ limit: 1, intervalMs: 1_000, maxQueueMS: 5 }, '`maxQueueMS` is no option, but limit, intervalMs, maxQueueMs are'],
])('%o is refused', (options, message) => {
  expect(() => rateLimit(options as RateLimitOptions)).toThrow(`rateLimit: ${message}`);
});
