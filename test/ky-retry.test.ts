import ky, { type KyInstance, type Options, type RetryOptions } from 'ky';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ClientOptions, createClient } from '../src/index.ts';
import { kyRules, numberAsGroup } from '../src/ky-retry.ts';

/** One answer of a platform without a network: a status, a status with Retry-After, a failure, or silence. */
type Answer = number | readonly [status: number, retryAfter: string] | 'failure' | 'silence';

interface Row {
  readonly name: string;
  readonly retry: RetryOptions | number;
  readonly answers: readonly Answer[];
  readonly method?: string;
  readonly random?: number;
  readonly timeout?: number;
}

const delay = (attempt: number) => attempt * 100;

/** ky's own retry options; `delay` stands in most rows, since without it the backoff is ours. */
const ROWS: readonly Row[] = [
  { name: 'delay', retry: { limit: 3, delay }, answers: [503, 500, 502, 504] },
  { name: 'delay, and a success', retry: { delay }, answers: [503, 200] },
  { name: 'delay of a network failure', retry: { delay }, answers: ['failure', 'failure', 200] },
  { name: 'methods that name the method', retry: { methods: ['post'], delay }, answers: [503, 200], method: 'post' },
  { name: 'methods that do not', retry: { methods: ['post'], delay }, answers: [503, 200] },
  { name: 'methods in another case', retry: { methods: ['POST' as 'post'], delay }, answers: [503, 200], method: 'post' },
  { name: 'methods, and a method of our user', retry: { methods: ['purge'], delay }, answers: [503, 200], method: 'PURGE' },
  { name: 'methods, none', retry: { methods: [], delay }, answers: [503, 200] },
  { name: 'statusCodes that name the status', retry: { statusCodes: [404], delay }, answers: [404, 200] },
  { name: 'statusCodes that do not', retry: { statusCodes: [404], delay }, answers: [503, 200] },
  { name: 'statusCodes, and a network failure', retry: { statusCodes: [404], delay }, answers: ['failure', 200] },
  { name: 'statusCodes with 413 that names no time', retry: { statusCodes: [413], delay }, answers: [413, 200] },
  { name: 'statusCodes with 413 that names one', retry: { statusCodes: [413], maxRetryAfter: 9_000 }, answers: [[413, '2'], 200] },
  { name: 'afterStatusCodes that name the status', retry: { afterStatusCodes: [503], delay }, answers: [[503, '2'], 200] },
  { name: 'afterStatusCodes that do not', retry: { afterStatusCodes: [429], delay }, answers: [[503, '2'], 200] },
  { name: 'maxRetryAfter bounds the wait', retry: { maxRetryAfter: 1_000 }, answers: [[429, '86400'], [503, '5'], 200], random: 0.9 },
  { name: 'maxRetryAfter leaves a shorter wait', retry: { maxRetryAfter: 5_000 }, answers: [[429, '2'], 200] },
  { name: 'jitter: true', retry: { delay, jitter: true }, answers: [503, 503, 503], random: 0.5 },
  { name: 'jitter: true, over the default delay', retry: { jitter: true }, answers: [503, 503, 200], random: 0.5 },
  { name: 'jitter as a function', retry: { delay, jitter: ms => ms + 7 }, answers: [503, 503, 200] },
  { name: 'jitter that is no number', retry: { delay, jitter: () => Number.NaN }, answers: [503, 503, 200] },
  { name: 'jitter below zero', retry: { delay, jitter: () => -1 }, answers: [503, 200] },
  { name: 'backoffLimit', retry: { limit: 4, delay, backoffLimit: 150 }, answers: [503, 503, 503, 503, 503] },
  { name: 'backoffLimit over the default delay', retry: { limit: 4, backoffLimit: 1_000 }, answers: [503, 503, 503, 200] },
  { name: 'shouldRetry: true', retry: { shouldRetry: () => true, delay }, answers: [404, 418, 200] },
  { name: 'shouldRetry: true takes no time of the server', retry: { shouldRetry: () => true, delay }, answers: [[503, '9'], 200] },
  { name: 'shouldRetry: false', retry: { shouldRetry: () => false, delay }, answers: [503, 200] },
  { name: 'shouldRetry: undefined', retry: { shouldRetry: () => undefined, delay }, answers: [503, 404] },
  { name: 'shouldRetry, async', retry: { shouldRetry: async ({ retryCount }) => retryCount < 2, delay }, answers: [503, 503, 200] },
  { name: 'shouldRetry by the error', retry: { shouldRetry: ({ error }) => error.name === 'HTTPError', delay }, answers: [409, 'failure', 200] },
  { name: 'shouldRetry of a method that is not named', retry: { methods: ['post'], shouldRetry: () => true, delay }, answers: [503, 200] },
  { name: 'shouldRetry that throws', retry: { shouldRetry: () => { throw new RangeError('mine'); }, delay }, answers: [503, 200] },
  { name: 'shouldRetry up to the limit', retry: { limit: 1, shouldRetry: () => true, delay }, answers: [404, 404, 200] },
  { name: 'retryOnTimeout: true', retry: { retryOnTimeout: true, delay }, answers: ['silence', 200], timeout: 50 },
  { name: 'retryOnTimeout: false', retry: { retryOnTimeout: false, delay }, answers: ['silence', 200], timeout: 50 },
  { name: 'a number', retry: 0, answers: [503, 200] },
]; // biome-ignore format: a table

/** A fetch that plays the answers, and writes down when it was asked. */
const player = (answers: readonly Answer[], times: number[]) => {
  const rest = [...answers];
  return async (input: unknown): Promise<Response> => {
    times.push(performance.now());
    const answer = rest.shift() ?? 200;
    if (answer === 'failure') throw new TypeError('fetch failed');
    if (answer === 'silence') {
      const { signal } = input as Request;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }
    const [status, retryAfter] = typeof answer === 'number' ? [answer] : answer;
    return new Response('', { status, headers: retryAfter ? { 'retry-after': retryAfter } : {} });
  };
};

/** Where the options are given. */
const PLACES: Record<
  string,
  (make: (options: Options) => KyInstance, common: Options, own: Options) => Promise<Response>
> = {
  'at creation': (make, common, own) => make({ ...common, ...own })('http://x.test/'),
  'in extend': (make, common, own) => make({ ...common, retry: 2 }).extend(own)('http://x.test/'),
  'in an extend of an extend': (make, common, own) =>
    make(common)
      .extend({ retry: { limit: 2 } })
      .extend(own)('http://x.test/'),
  'per call': (make, common, own) => make(common)('http://x.test/', own),
  'in an init hook': (make, common, { retry }) =>
    make({ ...common, hooks: { init: [options => void Object.assign(options, { retry })] } })('http://x.test/'),
};

const run = async (
  make: (options: Options) => KyInstance,
  place: string,
  { answers, method = 'get', timeout, retry }: Row,
) => {
  const times: number[] = [];
  const common = { fetch: player(answers, times), method, ...(timeout && { timeout }) };
  const settled = PLACES[place]!(make, common, { retry }).then(
    response => response.status,
    error => error.response?.status ?? (error instanceof RangeError ? error.message : 'no answer'),
  );
  await vi.runAllTimersAsync();
  return {
    result: await settled,
    waits: times.slice(1).map((time, index) => Math.round(time - times[index]!)),
  };
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each(Object.keys(PLACES))("ky's retry options mean what they mean in ky, %s", place => {
  test.each(ROWS.map(row => [row.name, row] as const))('%s', async (_, row) => {
    vi.spyOn(Math, 'random').mockReturnValue(row.random ?? 0);
    const theirs = await run(options => ky.create(options), place, row);
    const ours = await run(options => createClient(options as ClientOptions) as unknown as KyInstance, place, row);
    expect(ours).toEqual(theirs);
  });
});

describe('beside ours', () => {
  const calls = async (retry: ClientOptions['retry'], answers: readonly Answer[], call: ClientOptions = {}) => {
    const times: number[] = [];
    const api = createClient({ fetch: player(answers, times) as typeof fetch, retry });
    const settled = api.post('http://x.test/', call).then(
      () => 'ok',
      error => error.stopped,
    );
    await vi.runAllTimersAsync();
    return [await settled, times.length];
  };

  test('a number given with the call keeps what is ours, and forgets what is ky’s, as in ky', async () => {
    const classify = () => 'client-error' as const;
    expect(await calls({ limit: 2, classify }, [503], { retry: 1 })).toEqual(['final', 1]);
    expect(await calls({ limit: 2, statusCodes: [404] }, [404, 200], { retry: 1 })).toEqual(['final', 1]);
    expect(await calls({ limit: 2, statusCodes: [404] }, [404, 200])).toEqual(['ok', 2]);
  });

  test('the deadline and the budget go on', async () => {
    expect(
      await calls({ shouldRetry: () => true, delay: () => 1, budget: { capacity: 1 }, limit: 5 }, [404, 404, 404]),
    ).toEqual(['budget', 2]);
    expect(await calls({ methods: ['post'], delay: () => 61_000 }, [503])).toEqual(['deadline', 1]);
  });

  test('where none is given there are no rules', () => {
    expect(kyRules({})).toBeUndefined();
    expect(kyRules({ limit: 3 })).toBeUndefined();
    expect(kyRules(numberAsGroup(3))).toBeUndefined();
  });
});
