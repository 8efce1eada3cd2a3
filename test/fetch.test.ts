import { afterAll, expect, test } from 'vitest';
import type { Outcome } from '../src/call.ts';
import { createFetch } from '../src/fetch.ts';
import type { FetchOptions } from '../src/options.ts';
import { classify as builtIn } from '../src/policy/classify.ts';
import { logbook, quick } from './support/logbook.ts';
import { OK, RESET, refusedUrl, STALL, type Step, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);
const refused = await refusedUrl();

const run = async (
  script: readonly Step[],
  init: RequestInit = {},
  options: FetchOptions = {},
  url = server.origin,
) => {
  const book = logbook();
  server.script(...script);
  const fetch = createFetch({ retry: quick, ...options, use: [book.log, ...(options.use ?? [])] });
  const result = await fetch(url, init).then(
    response => response,
    (error: unknown) => ({ error }),
  );
  return { ...book, story: book.story, result, seen: [...server.seen] };
};

test.each([400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 418, 422, 425, 451, 499])(
  '%i is sent once',
  async code => {
    const { result, seen, story } = await run([status(code), OK], { method: 'PUT', body: 'x' });
    expect(result).toMatchObject({ status: code, bodyUsed: false });
    expect(await (result as Response).text()).toBe(`status ${code}`);
    expect(seen).toHaveLength(1);
    expect(story).toEqual(['failed: final']);
  },
);

test.each([200, 201, 204, 206, 300, 304])('%i is a success', async code => {
  const { result, seen, story } = await run([status(code), OK]);
  expect(result).toMatchObject({ status: code });
  expect(seen).toHaveLength(1);
  expect(story).toEqual([]);
});

test.each([429, 500, 501, 502, 503, 504, 505, 507, 520, 529, 599, 600, 999])('%i is sent again', async code => {
  const { result, seen, story } = await run([status(code), status(code), OK]);
  expect(result).toMatchObject({ status: 200 });
  expect(seen).toHaveLength(3);
  expect(story).toEqual(['retry', 'retry', 'recovered']);
});

test('a reset connection is tried again, and its rejection is the runtime’s own', async () => {
  expect((await run([RESET, OK])).result).toMatchObject({ status: 200 });
  const { result, story, seen } = await run([RESET]);
  expect(result).toEqual({ error: expect.any(TypeError) });
  expect(result).toMatchObject({ error: { message: 'fetch failed', cause: { code: expect.any(String) } } });
  expect(seen).toHaveLength(3);
  expect(story).toEqual(['retry', 'retry', 'failed: limit']);
});

test.each<[string, string, RequestInit, kind?: string]>([
  ['bad URL', 'http://[bad', {}],
  ['unknown scheme', 'gopher://x', {}],
  ['body on GET', server.origin, { body: 'x' }],
  ['bad header', server.origin, { headers: { 'a b': 'c' } }],
  ['bad method', server.origin, { method: 'TRACE' }],
  ['stream without duplex', server.origin, { method: 'POST', body: new ReadableStream() }],
  ['no AbortSignal', server.origin, { signal: {} as AbortSignal }],
  // What a Request takes, and only its fetch refuses.
  ['bad port', 'http://127.0.0.1:6000', {}, 'network'],
  ['redirect refused', server.origin, { redirect: 'error' }, 'network'],
])('what can never work is tried once: %s', async (_, url, init, kind = 'invalid') => {
  const { result, seen, story, records } = await run([status(302, { location: '/' })], init, {}, url);
  expect(result).toEqual({ error: expect.any(TypeError) });
  expect(seen.length).toBeLessThanOrEqual(1);
  expect(story).toEqual(['failed: final']);
  expect(records[0]?.kind).toBe(kind);
});

test('a GET made out of a Request with a body can never work', async () => {
  const fetch = createFetch({ retry: { backoff: () => expect.fail('waited') } });
  const request = new Request(server.origin, { method: 'POST', body: 'x' });
  await expect(fetch(request, { method: 'GET' })).rejects.toThrow(TypeError);
});

test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY'])('%s is repeated without a key', async method => {
  expect((await run([status(500), RESET, OK], { method }, { idempotency: false })).seen).toHaveLength(3);
});

test.each(['POST', 'PATCH', 'LOCK'])('%s without a key is repeated only if it was not applied', async method => {
  const options = { idempotency: false } as const;
  expect((await run([status(500), OK], { method }, options)).story).toEqual(['failed: not-replayable']);
  expect((await run([RESET, OK], { method }, options)).story).toEqual(['failed: not-replayable']);
  expect((await run([STALL, OK], { method }, { ...options, timeout: 30 })).story).toEqual(['failed: not-replayable']);
  expect((await run([status(429), OK], { method }, options)).seen).toHaveLength(2);
  expect((await run([], { method }, options, refused)).story).toEqual(['retry', 'retry', 'failed: limit']);
});

test('classify says what an answer means, also one that seems fine', async () => {
  const classify = (outcome: Outcome) =>
    outcome.kind === 'answer' && outcome.status === 202 ? 'throttled' : builtIn(outcome);
  const { result, seen, story } = await run([status(202), OK], {}, { retry: { ...quick, classify } });
  expect(result).toMatchObject({ status: 200 });
  expect(seen).toHaveLength(2);
  expect(story).toEqual(['retry', 'recovered']);
});

test.each<[string, () => unknown]>([
  ['a promise', async () => 'success'],
  ['nothing', () => undefined],
  ['no class', () => 'retry'],
])('classify that gives %s is told so', async (_, classify) => {
  const { result, seen } = await run([OK], {}, { retry: { classify: classify as never } });
  expect(result).toMatchObject({ error: { name: 'TypeError', message: expect.stringContaining('`retry.classify`') } });
  expect(seen).toHaveLength(1);
});

test.each(['POST', 'PATCH'])('%s with a key is repeated after anything', async method => {
  const script = [status(500), RESET, status(429), STALL, OK];
  const { seen, result } = await run(script, { method }, { retry: { ...quick, limit: 4 }, timeout: 50 });
  expect(result).toMatchObject({ status: 200 });
  expect(seen).toHaveLength(5);
});

test.each<[string, Step[], RequestInit, FetchOptions]>([
  ['final', [status(400, { 'x-should-retry': 'false' })], {}, { retry: 0 }],
  ['vetoed', [status(503, { 'x-should-retry': 'false' })], {}, { retry: 0 }],
  ['vetoed', [status(503, { 'stripe-should-retry': 'false' })], {}, {}],
  ['vetoed', [status(500, { 'idempotent-replayed': 'true' })], { method: 'POST' }, {}],
  ['vetoed', [status(503)], {}, { use: [{ name: 'no', verdict: () => ({ kind: 'stop', because: 'vetoed' }) }] }],
  ['limit', [status(503)], { method: 'POST' }, { retry: 0, idempotency: false }],
  ['not-replayable', [status(503, { 'retry-after': '86400' })], { method: 'POST' }, { idempotency: false }],
  ['retry-after', [status(503, { 'retry-after': '61' })], {}, { totalTimeout: 1_000 }],
  ['deadline', [status(503)], {}, { totalTimeout: 5_000, retry: { backoff: () => 5_000 } }],
])('stops: %s', async (word, script, init, options) => {
  const startedAt = performance.now();
  const { story, seen, result } = await run(script, init, options);
  expect(story).toEqual([`failed: ${word}`]);
  expect(seen).toHaveLength(1);
  expect(await (result as Response).text()).toMatch('status');
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('the limit counts retries', async () => {
  for (const limit of [0, 1, 4]) {
    const { seen, story } = await run([status(503)], {}, { retry: { ...quick, limit } });
    expect(seen).toHaveLength(limit + 1);
    expect(story.at(-1)).toBe('failed: limit');
  }
});

test('the last answer comes back with its body unread', async () => {
  const { result } = await run([status(503), status(500), { ...status(502), body: 'the last' }]);
  expect(result).toMatchObject({ status: 502, bodyUsed: false });
  expect(await (result as Response).text()).toBe('the last');
});

test('attempts that time out are repeated; in the end a TimeoutError', async () => {
  expect((await run([STALL, OK], {}, { timeout: 50 })).result).toMatchObject({ status: 200 });
  const { result, story } = await run([STALL], {}, { timeout: 30 });
  const { error } = result as { error: DOMException };
  expect(error).toBeInstanceOf(DOMException);
  expect(error).toMatchObject({ name: 'TimeoutError', message: 'No answer within 30 ms' });
  expect(story).toEqual(['retry', 'retry', 'failed: limit']);
});

test('the total timeout ends an attempt too, and nothing follows', async () => {
  const { result, story, seen } = await run([status(503), STALL], {}, { totalTimeout: 500 });
  expect(result).toMatchObject({ error: { name: 'TimeoutError' } });
  expect(seen).toHaveLength(2);
  expect(story).toEqual(['retry', 'failed: deadline']);
});

test.each<[string, FetchOptions]>([
  ['timeout', { timeout: 0 }],
  ['totalTimeout', { totalTimeout: 0 }],
])('%s: 0 ends at once, with nothing sent', async (_, options) => {
  const { result, seen } = await run([OK], {}, { ...options, retry: 0 });
  expect(result).toMatchObject({ error: { name: 'TimeoutError' } });
  expect(seen).toHaveLength(0);
});

test('a fraction of a millisecond is a timeout', async () => {
  const never = () => new Promise<Response>(() => {});
  const { result, story } = await run([], {}, { timeout: 0.4, retry: 0, fetch: never });
  expect(result).toMatchObject({ error: { name: 'TimeoutError', message: 'No answer within 0.4 ms' } });
  expect(story).toEqual(['failed: limit']);
});

test('retry: false is none', async () => {
  const { seen, story } = await run([status(503), OK], {}, { retry: false });
  expect([seen.length, story]).toEqual([1, ['failed: limit']]);
});

test('a timeout ends with the headers', async () => {
  server.script({ status: 200, body: 'part', ending: 'stall' });
  const response = await createFetch({ timeout: 100, totalTimeout: 100 })(server.origin);
  const reader = response.body!.getReader();
  await reader.read();
  const patience = AbortSignal.timeout(200);
  const late = new Promise(resolve => patience.addEventListener('abort', () => resolve('still open')));
  expect(await Promise.race([reader.read(), late])).toBe('still open');
  await reader.cancel();
});
