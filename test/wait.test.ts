import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFetch } from '../src/fetch.ts';
import type { FetchOptions } from '../src/options.ts';
import type { BackoffState } from '../src/policy/backoff.ts';

/** When a call is repeated, under fake timers, with a stub in the platform's place. */
const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const random = () => 0.5;

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

/** When each attempt of a call was made, in milliseconds since it began, and how it ended. */
const timesOf = async (answers: readonly (Response | Error)[], options: FetchOptions = {}, method = 'GET') => {
  const times: number[] = [];
  const startedAt = Date.now();
  const stub = async () => {
    const answer = answers[times.length] ?? answers.at(-1)!;
    times.push(Date.now() - startedAt);
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  const fetch = createFetch({ fetch: stub, runtime: { random, now: () => Date.now() }, ...options });
  const call = fetch('http://x.test', { method });
  await vi.runAllTimersAsync();
  return { times, status: (await call).status };
};

const busy = (headers: Record<string, string>, code = 503) => new Response('busy', { status: code, headers });
const ok = new Response('ok');
const at = (ms: number) => new Date(NOW + ms);
const imf = at(20_000).toUTCString();

test.each<[string, Record<string, string>, number, number]>([
  ['seconds', { 'retry-after': '3' }, 503, 4_500],
  ['seconds on a 500', { 'retry-after': '3' }, 500, 4_500],
  ['seconds with a fraction', { 'retry-after': '1.5' }, 429, 1_575],
  ['throttled: at most a second after it', { 'retry-after': '40' }, 429, 40_500],
  ['IMF-fixdate', { 'retry-after': imf }, 503, 30_000],
  ['RFC 850', { 'retry-after': 'Sunday, 22-Nov-26 12:00:20 GMT' }, 503, 30_000],
  ['asctime', { 'retry-after': 'Sun Nov 22 12:00:20 2026' }, 503, 30_000],
  ['milliseconds', { 'retry-after-ms': '250.5' }, 503, 375.75],
  ['milliseconds before seconds', { 'retry-after-ms': '250', 'retry-after': '3' }, 503, 375],
  ['RateLimit', { ratelimit: '"day";r=0;t=4' }, 429, 4_200],
  ['RateLimit malformed', { ratelimit: 'day;r=0;t=4' }, 429, 500],
  ['RateLimit after Retry-After', { ratelimit: '"day";r=0;t=4', 'retry-after': '3' }, 429, 3_150],
  ['RateLimit-Reset', { 'ratelimit-reset': '5' }, 429, 5_250],
  ['X-RateLimit-Reset as an epoch', { 'x-ratelimit-reset': String(NOW / 1000 + 5) }, 429, 5_250],
  ['X-Rate-Limit-Reset', { 'x-rate-limit-reset': '5' }, 429, 5_250],
  ['X-RateLimit-Retry-After', { 'x-ratelimit-retry-after': '5' }, 429, 5_250],
  ['an older RateLimit', { ratelimit: 'limit=100, remaining=0, reset=7' }, 503, 10_500],
  ['the same from two layers', { 'retry-after': '7, 7' }, 503, 10_500],
  ['a reset that does not count', { 'x-ratelimit-reset': '5', 'x-ratelimit-remaining': '9' }, 503, 250],
  ['zero', { 'retry-after': '0' }, 503, 250],
  ['negative', { 'retry-after': '-5' }, 503, 250],
  ['in the past', { 'retry-after': at(-20_000).toUTCString() }, 503, 250],
  ['no time at all', { 'retry-after': 'soon' }, 503, 250],
  ['none', {}, 503, 250],
  ['none of a server that throttles', {}, 429, 500],
])('Retry-After: %s', async (_, headers, code, waitMs) => {
  const { times, status } = await timesOf([busy(headers, code), ok], {}, 'POST');
  expect(status).toBe(200);
  expect(times[0]).toBe(0);
  expect(times[1]).toBeGreaterThanOrEqual(Math.floor(waitMs));
  expect(times[1]).toBeLessThanOrEqual(Math.ceil(waitMs) + 1);
});

test.each(['61', '86400', '99999999999', imf.replace('2026', '2027')])(
  'a server that asks for %s gets its answer through at once',
  async value => {
    const { times, status } = await timesOf([busy({ 'retry-after': value }, 429), ok]);
    expect({ times, status }).toEqual({ times: [0], status: 429 });
  },
);

test('maxRetryAfterMs', async () => {
  const options = { retry: { maxRetryAfterMs: 2_000 } };
  expect((await timesOf([busy({ 'retry-after': '2' }), ok], options)).times).toEqual([0, 3_000]);
  expect((await timesOf([busy({ 'retry-after': '3' }), ok], options)).times).toEqual([0]);
});

test('a wait after the server’s time is cut to what the call has left', async () => {
  const options = { totalTimeout: 3_200 };
  expect((await timesOf([busy({ 'retry-after': '3' }), ok], options)).times).toEqual([0, 3_100]);
  expect((await timesOf([busy({ 'retry-after': '4' }), ok], options)).times).toEqual([0]);
});

test('the backoff grows, and starts anew with each call', async () => {
  const { times } = await timesOf([busy({})], { retry: { limit: 6 } });
  expect(times).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 11_750]);
});

test('a backoff of one’s own is asked with the attempt, the wait before, and what it came to', async () => {
  const asked: BackoffState[] = [];
  const backoff = (state: BackoffState) => {
    asked.push(state);
    return state.attempt * 10;
  };
  const failure = new TypeError('fetch failed');
  await timesOf([busy({}), failure, busy({}, 429)], { retry: { limit: 3, backoff } });
  expect(asked).toMatchObject([
    {
      attempt: 1,
      previousMs: undefined,
      random,
      outcome: { kind: 'answer', status: 503, classification: 'server-error' },
    },
    { attempt: 2, previousMs: 10, outcome: { kind: 'failure', error: failure, classification: 'network-error' } },
    { attempt: 3, previousMs: 20, outcome: { kind: 'answer', status: 429, classification: 'throttled' } },
  ]);
});

test('a backoff that returns no wait is told so', async () => {
  const call = createFetch({ fetch: async () => busy({}), retry: { backoff: () => Number.NaN } })('http://x.test');
  await expect(call).rejects.toThrow(/`retry\.backoff` must return milliseconds/);
});

test('no wait begins that would pass the total timeout', async () => {
  const backoff = () => 400;
  const { times, status } = await timesOf([busy({})], { totalTimeout: 1_000, retry: { limit: 9, backoff } });
  expect({ times, status }).toEqual({ times: [0, 400, 800], status: 503 });
});

test('a service’s own way to name a time is asked before the headers', async () => {
  const asked: number[] = [];
  const retryAfter = ({ status, headers }: Response) => {
    asked.push(status);
    return headers.has('x-wait') ? Number(headers.get('x-wait')) : undefined;
  };
  const options = { retry: { retryAfter } };
  expect((await timesOf([busy({ 'x-wait': '4000', 'retry-after': '9' }, 429), ok], options)).times).toEqual([0, 4_200]);
  expect((await timesOf([busy({ 'retry-after': '9' }, 429), ok], options)).times).toEqual([0, 9_450]);
  expect((await timesOf([busy({ 'x-wait': '61000' }, 429), ok], options)).times).toEqual([0]);
  expect(asked).toEqual([429, 429, 429]);
});

test('waits of one’s own count, though the clock stands still', async () => {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const runtime = { random, now: () => 0, sleep };
  const options = { runtime, totalTimeout: 1_000, retry: { limit: 9, backoff: () => 400 } };
  const { times, status } = await timesOf([busy({})], options);
  expect(waits).toEqual([400, 400]);
  expect({ times, status }).toEqual({ times: [0, 0, 0], status: 503 });
  expect(vi.getTimerCount()).toBe(0);
});

test('waits that overlap don’t add up: a hundred calls at once, each within its own time', async () => {
  const runtime = { now: () => 0, sleep: async () => {} };
  const answers = new Map<string, number>();
  const stub = async (input: unknown) => {
    const count = answers.get(String(input)) ?? 0;
    answers.set(String(input), count + 1);
    return count < 2 ? busy({}) : ok.clone();
  };
  const retry = { backoff: () => 500, outage: false } as const;
  const fetch = createFetch({ fetch: stub, runtime, totalTimeout: 10_000, retry });
  const calls = await Promise.all(Array.from({ length: 100 }, (_, n) => fetch(`http://x.test/${n}`)));
  expect(calls.map(({ status }) => status)).toEqual(Array(100).fill(200));
});

test('a clock that runs counts as it does, and waits within it not twice', async () => {
  const options = { totalTimeout: 1_000, retry: { limit: 9, backoff: () => 300 } };
  expect((await timesOf([busy({})], options)).times).toEqual([0, 300, 600, 900]);
});

test('afterwards no timer is left', async () => {
  await timesOf([busy({}), new TypeError('fetch failed'), ok], { timeout: 5_000, totalTimeout: 50_000 });
  expect(vi.getTimerCount()).toBe(0);
});
