import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpResponse, http, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { flaky, instantly, recorder, type ScriptStep } from '../../src/extensions/testing.ts';
import { createClient, createFetch, type Extension, type FetchOptions, isApiError } from '../../src/index.ts';
import { logbook } from '../support/logbook.ts';

const URL_ = 'https://api.example.com/things';
const server = setupServer();
beforeAll(() => server.listen());
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

describe('flaky', () => {
  test('plays its script, then its last step for ever', async () => {
    server.use(http.get(URL_, flaky(503, 429, HttpResponse.json({ id: 1 }, { status: 201 }))));
    const answers = [];
    for (let i = 0; i < 5; i++) {
      const response = await fetch(URL_);
      answers.push([response.status, await response.text()]);
    }
    expect(answers).toEqual([
      [503, ''],
      [429, ''],
      [201, '{"id":1}'],
      [201, '{"id":1}'],
      [201, '{"id":1}'],
    ]);
  });

  test('a network error, in the script and as its end', async () => {
    server.use(http.get(URL_, flaky('network-error', 204, 'network-error')));
    await expect(fetch(URL_)).rejects.toBeInstanceOf(TypeError);
    expect((await fetch(URL_)).status).toBe(204);
    await expect(fetch(URL_)).rejects.toBeInstanceOf(TypeError);
    await expect(fetch(URL_)).rejects.toBeInstanceOf(TypeError);
  });

  test('functions get what msw gives a resolver, in the script and as its end', async () => {
    server.use(
      http.post<{ id: string }, { name: string }>(
        `${URL_}/:id`,
        flaky(
          ({ params }) => HttpResponse.text(`first ${params.id}`),
          async ({ request }) => HttpResponse.json(await request.json()),
        ),
      ),
    );
    const send = async () => (await fetch(`${URL_}/7`, { method: 'POST', body: '{"name":"a"}' })).text();
    expect([await send(), await send(), await send()]).toEqual(['first 7', '{"name":"a"}', '{"name":"a"}']);
  });

  test('two scripts do not know of each other', async () => {
    server.use(http.get(URL_, flaky(503, 200)), http.post(URL_, flaky(503, 200)));
    expect((await fetch(URL_)).status).toBe(503);
    expect((await fetch(URL_, { method: 'POST' })).status).toBe(503);
    expect((await fetch(URL_)).status).toBe(200);
  });

  test.each([[199], [600], [Number.NaN]])('%s is no status, said when the script is written', step => {
    expect(() => flaky(step)).toThrow(RangeError);
  });

  test.each([['network error'], [null], [undefined], [{}]])('%s is no step', step => {
    expect(() => flaky(step as ScriptStep)).toThrow(TypeError);
  });

  test('an empty script is none', () => {
    expect(() => flaky(...([] as unknown as [number]))).toThrow(TypeError);
  });
});

describe('recorder', () => {
  test('remembers each event as it was', async () => {
    server.use(http.post(URL_, flaky(503, 'network-error', 200)));
    const seen = recorder();
    const stamp: Extension = {
      name: 'stamp',
      around: ({ headers, number }, send) => {
        headers.set('x-try', `${number}`);
        return send();
      },
    };
    const send = createFetch({ service: 'things', retry: { backoff: ({ attempt }) => attempt }, use: [stamp, seen] });
    await send(URL_, { method: 'POST', body: 'x' });

    expect(seen.story).toEqual(['attempt', 'retry', 'attempt', 'retry', 'attempt', 'success']);
    expect(seen.waits).toEqual([1, 2]);
    expect(seen.events.map(({ call }) => call.attempts)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(seen.events.map(({ call }) => call.history.length)).toEqual([0, 1, 1, 2, 2, 3]);
    expect(seen.attempts.map(({ number, headers }) => [number, headers.get('x-try')])).toEqual([
      [1, '1'],
      [2, '2'],
      [3, '3'],
    ]);
    expect(new Set(seen.attempts.map(({ headers }) => headers.get('idempotency-key')))).toEqual(
      new Set([seen.events[0]?.call.idempotencyKey]),
    );
    expect(seen.events[0]?.call).toMatchObject({ service: 'things', method: 'POST', url: URL_ });
  });

  test('sees what was sent: what an extension did before it, not what one does behind it', async () => {
    server.use(http.get(URL_, flaky(200)));
    const seen = recorder();
    const late: Extension = {
      name: 'late',
      around: async ({ headers }, send) => {
        headers.set('x-a', '1');
        const answer = send();
        headers.set('x-a', 'too late');
        return answer;
      },
    };
    await createFetch({ use: [seen, late] })(URL_);
    expect(seen.attempts.map(({ headers }) => headers.get('x-a'))).toEqual(['1']);
    seen.attempts[0]!.headers.set('x-a', 'mine');
    expect(seen.attempts[0]!.signal.aborted).toBe(false);
    expect(seen.attempts[0]!.remainingMs).toBe(Number.POSITIVE_INFINITY);
    expect(seen.attempts[0]!.runtime.now()).toBeGreaterThan(0);
  });

  test('an attempt that was refused was none, and one that was answered without sending is a success', async () => {
    const [seen, cached] = [recorder(), recorder()];
    const refuse: Extension = {
      name: 'refuse',
      around: async () => {
        throw new Error('closed');
      },
    };
    await expect(createFetch({ use: [seen, refuse] })(URL_)).rejects.toThrow('closed');
    expect(seen.story).toEqual(['final']);
    const cache: Extension = { name: 'cache', around: async () => new Response('kept') };
    expect(await (await createFetch({ use: [cached, cache] })(URL_)).text()).toBe('kept');
    expect(cached.story).toEqual(['success']);
  });

  test('why a call stopped, through a client; and it can forget', async () => {
    server.use(http.get(URL_, flaky(503)));
    const seen = recorder();
    const client = createClient({ retry: { limit: 1, backoff: () => 0 }, use: [seen] });
    await expect(client.get(URL_)).rejects.toSatisfy(isApiError);
    expect(seen.story).toEqual(['attempt', 'retry', 'attempt', 'limit']);
    seen.clear();
    expect([seen.events, seen.attempts, seen.waits, seen.story]).toEqual([[], [], [], []]);
  });
});

/** The two doors, made to say a status however a call ends. */
const doors = {
  createFetch:
    (options: FetchOptions) =>
    async (init: RequestInit, url = URL_): Promise<number> =>
      (await createFetch(options)(url, init)).status,
  createClient:
    (options: FetchOptions) =>
    async (init: RequestInit, url = URL_): Promise<number> => {
      const { status } = await createClient(options)(url, init).catch(error => error.response ?? Promise.reject(error));
      return status;
    },
};

describe.each(Object.entries(doors))('instantly, through %s', (_, door) => {
  test('waits of minutes take no time, and are recorded as they would have been', async () => {
    server.use(http.post(URL_, flaky(new Response(null, { status: 503, headers: { 'retry-after': '50' } }), 500, 200)));
    const seen = recorder();
    const { log, records } = logbook();
    const options: FetchOptions = { ...instantly(), use: [seen, log], totalTimeout: false };
    expect(await door(options)({ method: 'POST' })).toBe(200);
    expect(seen.waits[0]).toBeGreaterThanOrEqual(50_000);
    expect(seen.waits[1]).toBeLessThan(1_000);
    expect(records.map(({ delayMs }) => delayMs)).toEqual([...seen.waits.map(ms => expect.closeTo(ms, 0)), undefined]);
    expect(records.at(-1)?.durationMs).toBeCloseTo(seen.waits[0]! + seen.waits[1]!, 0);
  });

  test('a deadline holds: what was waited for counts', async () => {
    server.use(http.get(URL_, flaky(503)));
    const seen = recorder();
    const options = { ...instantly(), use: [seen], retry: { limit: 9, backoff: () => 4_000 }, totalTimeout: 10_000 };
    expect(await door(options)({})).toBe(503);
    expect(seen.story).toEqual(['attempt', 'retry', 'attempt', 'retry', 'attempt', 'deadline']);
  });

  test('the same keys and the same jitter in every run, others with another seed', async () => {
    const run = async (seed?: number) => {
      server.resetHandlers(http.post(URL_, flaky(503, 503, 200, 503, 200)));
      const seen = recorder();
      const send = door({ ...instantly(seed), use: [seen] });
      await send({ method: 'POST' });
      await send({ method: 'POST' });
      return [...seen.waits, ...seen.attempts.map(({ headers }) => headers.get('idempotency-key'))];
    };
    const [first, again, other] = [await run(), await run(), await run(2)];
    expect(again).toEqual(first);
    expect(first[3]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
    expect(first[3]).not.toBe(first[6]);
    expect(other.filter(each => first.includes(each))).toEqual([]);
  });

  test('an abort ends the call before its wait does', async () => {
    server.use(http.get(URL_, flaky(503, 200)));
    const controller = new AbortController();
    const seen = recorder();
    const abort = { name: 'abort', on: ({ type }: { type: string }) => type === 'retry' && controller.abort('enough') };
    const call = door({ ...instantly(), use: [seen, abort] })({ signal: controller.signal });
    await expect(call).rejects.toBe('enough');
    expect(seen.story).toEqual(['attempt', 'retry', 'final']);
  });
});

/** Three answers a path: two that ask for half a second each, and a good one. */
const answerTo = (visits: Map<string, number>, path: string) => {
  const visit = (visits.get(path) ?? 0) + 1;
  visits.set(path, visit);
  return visit < 3 ? { status: 503, headers: { 'retry-after-ms': '500' } } : { status: 200, headers: {} };
};
const hundred = <T>(run: (index: number) => Promise<T>) => Promise.all(Array.from({ length: 100 }, (_, i) => run(i)));

describe.each(Object.entries(doors))('waits side by side, through %s', (_, door) => {
  const options = (seen: Extension): FetchOptions => ({ ...instantly(), totalTimeout: 10_000, use: [seen] });

  test('do not add up: 100 calls at once on a stub', async () => {
    const visits = new Map<string, number>();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { status, headers } = answerTo(visits, new Request(input, init).headers.get('x-id')!);
      return new Response('body', { status, headers });
    };
    const seen = recorder();
    const send = door({ ...options(seen), fetch });
    expect(await hundred(index => send({ headers: { 'x-id': `${index}` } }))).toEqual(Array(100).fill(200));
    expect(seen.waits).toHaveLength(200);
    expect(Math.min(...seen.waits)).toBeGreaterThanOrEqual(500);
  });

  test('do not add up: 100 calls at once over the wire', async () => {
    const visits = new Map<string, number>();
    const loopback = createServer((request, response) => {
      const { status, headers } = answerTo(visits, request.headers['x-id'] as string);
      response.writeHead(status, headers).end('body');
    });
    loopback.listen(0, '127.0.0.1');
    await once(loopback, 'listening');
    const url = `http://127.0.0.1:${(loopback.address() as AddressInfo).port}/`;
    server.use(http.get(url, () => passthrough()));
    const seen = recorder();
    const send = door(options(seen));
    try {
      expect(await hundred(index => send({ headers: { 'x-id': `${index}` } }, url))).toEqual(Array(100).fill(200));
    } finally {
      loopback.closeAllConnections();
      loopback.close();
    }
    expect([...visits.values()]).toEqual(Array(100).fill(3));
    const ends = seen.events.flatMap(event => (event.type === 'end' ? event.durationMs : []));
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(1000);
    expect(Math.max(...ends)).toBeLessThan(2000);
  });

  test('a call’s own add up to its deadline, whatever others wait', async () => {
    const seen = recorder();
    const fetch = async () => new Response('', { status: 429, headers: { 'retry-after-ms': '4000' } });
    const send = door({ ...options(seen), fetch, retry: { limit: 9 } });
    expect(await hundred(() => send({}))).toEqual(Array(100).fill(429));
    expect(seen.story.filter(word => word === 'deadline')).toHaveLength(100);
    expect(seen.waits).toHaveLength(200);
  });
});

describe.each(Object.entries(doors))('timers, through %s', (_, door) => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const answers = () => {
    const script = [503, 500, 429, 200];
    return async () => new Response(null, { status: script.shift()! });
  };
  const retry = { limit: 3, backoff: () => 60_000 };

  test('none is set', async () => {
    const set = [
      vi.spyOn(globalThis, 'setTimeout'),
      vi.spyOn(globalThis, 'setInterval'),
      vi.spyOn(globalThis, 'setImmediate'),
    ];
    const send = door({ ...instantly(), retry, fetch: answers(), timeout: false, totalTimeout: false });
    expect(await send({ method: 'POST', body: 'x' })).toBe(200);
    expect(set.map(({ mock }) => mock.calls)).toEqual([[], [], []]);
  });

  test('nothing waits for them where they are faked, and none is left', async () => {
    vi.useFakeTimers();
    const seen = recorder();
    const send = door({ ...instantly(), retry, fetch: answers(), timeout: 5_000, totalTimeout: 300_000, use: [seen] });
    expect(await send({})).toBe(200);
    expect(seen.waits).toEqual([60_000, 60_000, 60_000]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an extension’s wait takes none either, and counts', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    const left: number[] = [];
    const wait: Extension = {
      name: 'wait',
      around: async (attempt, send) => {
        await attempt.runtime.sleep(7_000);
        left.push(attempt.remainingMs);
        return send();
      },
    };
    const fetch = answers();
    const send = door({
      ...instantly(),
      retry: { limit: 3, backoff: () => 1_000 },
      fetch,
      totalTimeout: 20_000,
      use: [wait],
    });
    // The third wait would end after the call.
    await expect(send({})).rejects.toMatchObject({ name: expect.stringMatching(/TimeoutError$/) });
    expect(left).toEqual([13_000, 5_000]);
    expect(set.mock.calls.filter(([, ms]) => ms === 7_000 || ms === 1_000)).toEqual([]);
  });
});

test('a client that somebody else made, made instant', async () => {
  server.use(
    http.get(
      URL_,
      flaky(new Response(null, { status: 503, headers: { 'retry-after': '30' } }), HttpResponse.json({ id: 1 })),
    ),
  );
  const theirs = createClient({ baseUrl: 'https://api.example.com/' });
  expect(await theirs.extend(instantly()).get('things').json()).toEqual({ id: 1 });
});

test('the numbers are spread over [0, 1)', () => {
  const { random } = instantly().runtime;
  const numbers = Array.from({ length: 1_000 }, random);
  expect(numbers.every(each => each >= 0 && each < 1)).toBe(true);
  expect(numbers.reduce((sum, each) => sum + each) / 1_000).toBeCloseTo(0.5, 1);
  expect(new Set(numbers).size).toBe(1_000);
});
