import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type CircuitBreakerOptions,
  CircuitOpenError,
  type CircuitState,
  circuitBreaker,
} from '../../src/extensions/circuit-breaker.ts';
import { recorder } from '../../src/extensions/testing.ts';
import { createFetch, type FetchOptions } from '../../src/index.ts';
import { logbook } from '../support/logbook.ts';
import { OK, serve, status } from '../support/server.ts';

const URL_ = 'https://api.example.com/v1/things?token=s3cret';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'timers that are left').toBe(0);
  vi.useRealTimers();
});

type Answer = number | 'network-error';

/** A fetch with a breaker, whose service answers as it is told; the times at which it is asked, and the states. */
const broken = (options: CircuitBreakerOptions = {}, more: FetchOptions = {}) => {
  const began = performance.now();
  const arrivals: number[] = [];
  const states: string[] = [];
  const service = { answer: 503 as Answer };
  const onState = (state: CircuitState, key: string) => void states.push(`${state} ${key}`);
  const fetch = createFetch({
    retry: 0,
    runtime: { random: () => 0 },
    ...more,
    use: [circuitBreaker({ onState, ...options }), ...(more.use ?? [])],
    fetch: async () => {
      arrivals.push(performance.now() - began);
      if (service.answer === 'network-error')
        throw Object.assign(new TypeError('fetch failed'), { code: 'ECONNRESET' });
      return new Response(null, { status: service.answer });
    },
  });
  const call = (url = URL_, init: RequestInit = {}) =>
    fetch(url, init).then(
      ({ status }) => status,
      (error: Error) => error.name,
    );
  /** Six failures, the last of them 1,000 ms after the first. */
  const fail = async (count = 6) => {
    for (let index = 0; index < count; index++) {
      await call();
      await vi.advanceTimersByTimeAsync(200);
    }
  };
  return { fetch, call, fail, service, arrivals, states };
};

describe('opens', () => {
  test('after six failures in a row, the first of them a second ago: one probe, then nothing is sent', async () => {
    const { call, fail, arrivals, states } = broken();
    await fail();
    expect(arrivals).toHaveLength(6);
    expect(await Promise.all([call(), call(), call()])).toEqual([503, 'CircuitOpenError', 'CircuitOpenError']);
    expect(arrivals).toHaveLength(7);
    expect(states).toEqual(['open https://api.example.com', 'half-open https://api.example.com']);
  });

  test.each<[string, Answer]>([
    ['a broken connection', 'network-error'],
    ['a 500', 500],
    ['a 599', 599],
  ])('after %s', async (_, answer) => {
    const { call, fail, service } = broken();
    service.answer = answer;
    await fail();
    await call();
    expect(await call()).toBe('CircuitOpenError');
  });

  test('after attempts that took too long', async () => {
    const fetch = createFetch({
      retry: 0,
      timeout: 200,
      use: [circuitBreaker()],
      fetch: () => new Promise<never>(() => {}),
    });
    const names: string[] = [];
    for (let index = 0; index < 8; index++) {
      const call = fetch(URL_).catch((error: Error) => names.push(error.name));
      await vi.advanceTimersByTimeAsync(200);
      await call;
    }
    expect(names).toEqual([...Array(7).fill('TimeoutError'), 'CircuitOpenError']);
  });

  test.each([200, 304, 404, 429])('not where a %d is among the failures', async answer => {
    const { call, fail, service, states } = broken();
    await fail(5);
    service.answer = answer;
    await call();
    service.answer = 503;
    await fail(6);
    expect(await call()).toBe(503);
    expect(await call()).toBe(503);
    expect(states).toEqual([]);
  });

  test('later where a service fails in part: the answers of a dozen in a row', async () => {
    const { call, fail, service } = broken();
    await fail(5);
    service.answer = 200;
    await call();
    service.answer = 503;
    await fail(12);
    expect(await call()).toBe(503);
    expect(await call()).toBe('CircuitOpenError');
  });

  test('not for failures that came at once', async () => {
    const { call, states } = broken();
    for (let index = 0; index < 50; index++) await call();
    expect(await call()).toBe(503);
    expect(states).toEqual([]);
  });

  test('not for callers who leave, nor for refusals of another extension', async () => {
    const { call, fail, states } = broken(
      {},
      {
        use: [
          {
            name: 'refuses',
            around: async ({ headers }, send) => {
              if (headers.has('x-no')) throw new Error('no');
              return send();
            },
          },
        ],
      },
    );
    for (let index = 0; index < 6; index++) {
      expect(await call(URL_, { signal: AbortSignal.abort() })).toBe('AbortError');
      expect(await call(URL_, { headers: { 'x-no': '1' } })).toBe('Error');
      await vi.advanceTimersByTimeAsync(300);
    }
    await fail(5);
    await call();
    expect(states).toEqual([]);
  });

  test('not for calls that ended before they were sent', async () => {
    const waits = { name: 'waits', around: () => new Promise<never>(() => {}) };
    const { call, states } = broken({}, { totalTimeout: 300, use: [waits] });
    for (let index = 0; index < 10; index++) {
      const waiting = call();
      await vi.advanceTimersByTimeAsync(300);
      expect(await waiting).toBe('TimeoutError');
    }
    expect(states).toEqual([]);
  });

  test('for its own key alone', async () => {
    const { call, fail, states } = broken({ key: ({ url }) => new URL(url).pathname });
    await fail();
    await call();
    expect(await call()).toBe('CircuitOpenError');
    expect(await call('https://api.example.com/v1/others')).toBe(503);
    expect(states).toEqual(['open /v1/things', 'half-open /v1/things']);
  });
});

describe('while it is open', () => {
  test('the error says when to ask again, and that nothing was sent; no timer is kept', async () => {
    const book = logbook();
    const { fetch, call, fail, arrivals } = broken({}, { use: [book.log] });
    await fail();
    await call();
    const error = await fetch(URL_, { method: 'POST', body: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ name: 'CircuitOpenError', delivery: 'not-sent' });
    // As long again as it has failed.
    expect((error as CircuitOpenError).retryAt).toEqual(new Date(Date.now() + 1_200));
    expect(String(error)).toBe(
      'CircuitOpenError: circuit-breaker: https://api.example.com is down, the next probe is 1200 ms away',
    );
    expect(book.records.at(-1)).toMatchObject({ event: 'failed', kind: 'invalid', delivery: 'not-sent', attempts: 1 });
    expect(arrivals).toHaveLength(7);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one probe a gap, each gap longer, none longer than the cap', async () => {
    const { call, fail, arrivals } = broken({ maxCooldownMs: 10_000 });
    await fail();
    const from = performance.now();
    while (performance.now() - from < 60_000) {
      await Promise.all([call(), call()]);
      await vi.advanceTimersByTimeAsync(100);
    }
    const probes = arrivals.slice(6);
    const gaps = probes.slice(1).map((at, index) => at - probes[index]!);
    expect(gaps.slice(0, 4)).toEqual([1_200, 2_400, 4_800, 9_600]);
    expect(gaps.slice(4).every(ms => ms === 10_000)).toBe(true);
    expect(probes.length).toBeLessThan(11);
  });

  test('probes of a fleet are spread', async () => {
    const { call, fail, arrivals } = broken({}, { runtime: { random: () => 0.9 } });
    await fail();
    await call();
    while (arrivals.length < 8) {
      await vi.advanceTimersByTimeAsync(10);
      await call();
    }
    expect(arrivals[7]! - arrivals[6]!).toBe(660);
  });

  test('a call that began before keeps its retries', async () => {
    const { call, arrivals } = broken({}, { retry: { limit: 2, backoff: () => 900, outage: false } });
    const before = call();
    await vi.advanceTimersByTimeAsync(0);
    const others = [call(), call(), call(), call(), call()];
    await vi.advanceTimersByTimeAsync(1_100);
    // Twelve failures by now: the next one is a probe, the one after it refused.
    const probe = call();
    expect(await call()).toBe('CircuitOpenError');
    expect(await probe).toBe(503);
    expect(arrivals).toHaveLength(13);
    await vi.advanceTimersByTimeAsync(700);
    expect(await Promise.all([before, ...others])).toEqual(Array(6).fill(503));
    expect(arrivals).toHaveLength(19);
  });

  test('a probe is not repeated', async () => {
    const seen = recorder();
    const retry = { limit: 1, backoff: () => 500, outage: false } as const;
    const { call, arrivals } = broken({}, { retry, use: [seen] });
    for (let index = 0; index < 3; index++) {
      const before = call();
      await vi.advanceTimersByTimeAsync(500);
      expect(await before).toBe(503);
    }
    expect(arrivals).toHaveLength(6);
    const early = call();
    expect(await call()).toBe('CircuitOpenError');
    expect(await early).toBe(503);
    expect(arrivals).toHaveLength(7);
    expect(seen.story.slice(-3)).toEqual(['attempt', 'final', 'outage']);
  });

  test('an answer of a probe closes it', async () => {
    const { call, fail, service, arrivals, states } = broken();
    await fail();
    await call();
    expect(await call()).toBe('CircuitOpenError');
    service.answer = 404;
    await vi.advanceTimersByTimeAsync(1_200);
    expect(await call()).toBe(404);
    service.answer = 200;
    expect(await Promise.all([call(), call(), call()])).toEqual([200, 200, 200]);
    expect(arrivals).toHaveLength(11);
    const key = 'https://api.example.com';
    expect(states).toEqual([`open ${key}`, `half-open ${key}`, `closed ${key}`]);
  });

  test('it is forgotten where nothing failed for long', async () => {
    const { call, fail, states } = broken({ maxCooldownMs: 5_000 });
    await fail();
    await call();
    await vi.advanceTimersByTimeAsync(5_001);
    expect(await Promise.all([call(), call()])).toEqual([503, 503]);
    expect(states.map(state => state.split(' ')[0])).toEqual(['open', 'half-open', 'closed']);
  });

  test('an `onState` that throws or rejects touches no call', async () => {
    const onState = vi
      .fn<(state: CircuitState, key: string) => void>()
      .mockImplementationOnce(() => {
        throw new Error('of the log');
      })
      .mockImplementation((async () => {
        throw new Error('of the log, later');
      }) as () => never);
    const { call, fail } = broken({ onState });
    await fail();
    expect(await call()).toBe(503);
    expect(onState).toHaveBeenCalledTimes(2);
  });
});

test('of many keys the oldest are forgotten', async () => {
  const { call, fail, states } = broken();
  await fail();
  for (let index = 0; index < 1_000; index++) await call(`https://h${index}.example.com/`);
  expect(await call()).toBe(503);
  expect(states).toEqual([]);
});

describe('on the wire', async () => {
  const server = await serve();
  afterAll(server.close);

  test('nothing of a refused call arrives', async () => {
    vi.useRealTimers();
    server.script(status(503));
    let now = 0;
    const fetch = createFetch({ retry: 0, runtime: { now: () => now }, use: [circuitBreaker()] });
    const call = () => fetch(server.origin, { method: 'POST', body: 'x' });
    for (let index = 0; index < 7; index++) {
      await (await call()).text();
      now += 200;
    }
    const results = await Promise.allSettled(Array.from({ length: 50 }, call));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(server.seen).toHaveLength(7);
    server.script(OK);
    now += 1_200;
    expect((await call()).status).toBe(200);
    expect((await call()).status).toBe(200);
    vi.useFakeTimers();
  });
});

test.each([{ spanMs: -1 }, { cooldownMs: Number.NaN }, { maxCooldownMs: 'long' as never }])(
  '%o is refused',
  options => {
    const [name] = Object.keys(options);
    expect(() => circuitBreaker(options)).toThrow(`circuitBreaker: \`${name}\` must be milliseconds`);
  },
);
