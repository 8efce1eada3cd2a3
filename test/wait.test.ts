import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFetch } from '../src/fetch.ts';
import type { FetchOptions } from '../src/options.ts';

/** Rules 4 and 5 under fake timers, with a stub in the platform's place. */
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
  ['seconds', { 'retry-after': '3' }, 503, 3_150],
  ['seconds on a 500', { 'retry-after': '3' }, 500, 3_150],
  ['seconds with a fraction', { 'retry-after': '1.5' }, 429, 1_575],
  ['at most a second of jitter', { 'retry-after': '40' }, 429, 40_500],
  ['IMF-fixdate', { 'retry-after': imf }, 503, 20_500],
  ['RFC 850', { 'retry-after': 'Sunday, 22-Nov-26 12:00:20 GMT' }, 503, 20_500],
  ['asctime', { 'retry-after': 'Sun Nov 22 12:00:20 2026' }, 503, 20_500],
  ['milliseconds', { 'retry-after-ms': '250.5' }, 503, 263.025],
  ['milliseconds before seconds', { 'retry-after-ms': '250', 'retry-after': '3' }, 503, 262.5],
  ['RateLimit', { ratelimit: '"day";r=0;t=4' }, 429, 4_200],
  ['RateLimit malformed', { ratelimit: 'day;r=0;t=4' }, 429, 250],
  ['RateLimit after Retry-After', { ratelimit: '"day";r=0;t=4', 'retry-after': '3' }, 429, 3_150],
  ['RateLimit-Reset', { 'ratelimit-reset': '5' }, 429, 5_250],
  ['X-RateLimit-Reset as an epoch', { 'x-ratelimit-reset': String(NOW / 1000 + 5) }, 429, 5_250],
  ['zero', { 'retry-after': '0' }, 503, 250],
  ['negative', { 'retry-after': '-5' }, 503, 250],
  ['in the past', { 'retry-after': at(-20_000).toUTCString() }, 503, 250],
  ['no time at all', { 'retry-after': 'soon' }, 503, 250],
  ['none', {}, 503, 250],
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
  expect((await timesOf([busy({ 'retry-after': '2' }), ok], options)).times).toEqual([0, 2_100]);
  expect((await timesOf([busy({ 'retry-after': '3' }), ok], options)).times).toEqual([0]);
});

test('the backoff grows, and starts anew with each call', async () => {
  const { times } = await timesOf([busy({})], { retry: { limit: 6 } });
  expect(times).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 11_750]);
});

test('a backoff of one’s own is asked with the attempt and the wait before', async () => {
  const asked: unknown[] = [];
  const backoff = ({ attempt, previousMs }: { attempt: number; previousMs: number | undefined }) => {
    asked.push([attempt, previousMs]);
    return attempt * 10;
  };
  await timesOf([busy({})], { retry: { limit: 3, backoff } });
  expect(asked).toEqual([
    [1, undefined],
    [2, 10],
    [3, 20],
  ]);
});

test('a backoff that returns no wait is told so', async () => {
  const call = createFetch({ fetch: async () => busy({}), retry: { backoff: () => Number.NaN } })('http://x.test');
  await expect(call).rejects.toThrow(/retry\.backoff must return milliseconds/);
});

test('no wait begins that would pass the total timeout', async () => {
  const backoff = () => 400;
  const { times, status } = await timesOf([busy({})], { totalTimeout: 1_000, retry: { limit: 9, backoff } });
  expect({ times, status }).toEqual({ times: [0, 400, 800], status: 503 });
});

test('afterwards no timer is left', async () => {
  await timesOf([busy({}), new TypeError('fetch failed'), ok], { timeout: 5_000, totalTimeout: 50_000 });
  expect(vi.getTimerCount()).toBe(0);
});
