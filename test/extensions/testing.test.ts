import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { flaky, instantly, recorder, type ScriptStep } from '../../src/extensions/testing.ts';
import { createClient, createFetch, type FetchOptions, isApiError, type LogRecord } from '../../src/index.ts';

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
    const stamp = {
      name: 'stamp',
      beforeAttempt: ({ headers, number }: { headers: Headers; number: number }) => headers.set('x-try', `${number}`),
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
  createFetch: (options: FetchOptions) => async (init: RequestInit) => (await createFetch(options)(URL_, init)).status,
  createClient: (options: FetchOptions) => async (init: RequestInit) =>
    (
      await createClient({ ...options, throwHttpErrors: true })(URL_, init).catch(
        error => error.response ?? Promise.reject(error),
      )
    ).status,
};

describe.each(Object.entries(doors))('instantly, through %s', (_, door) => {
  test('waits of minutes take no time, and are recorded as they would have been', async () => {
    server.use(http.post(URL_, flaky(new Response(null, { status: 503, headers: { 'retry-after': '50' } }), 500, 200)));
    const seen = recorder();
    const records: LogRecord[] = [];
    const options: FetchOptions = {
      ...instantly(),
      use: [seen],
      log: (record: LogRecord) => void records.push(record),
      totalTimeout: false,
    };
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
