import { afterAll, expect, test } from 'vitest';
import type { CallEvent, Extension } from '../src/call.ts';
import { createClient } from '../src/client.ts';
import { createFetch } from '../src/fetch.ts';
import type { CommonOptions } from '../src/options.ts';
import { logbook, quick } from './support/logbook.ts';
import { OK, refusedUrl, STALL, type Step, serve, status } from './support/server.ts';

/** The seam: `beforeAttempt`, `allowRetry`, `on`. */
const server = await serve();
afterAll(server.close);

const run = async (script: readonly Step[], ...use: readonly Omit<Extension, 'name'>[]) => {
  const book = logbook();
  server.script(...script);
  const extensions = use.map((each, index) => ({ name: `e${index}`, ...each }));
  const fetch = createFetch({ retry: quick, log: book.log, use: extensions, timeout: 200 });
  const result = await fetch(server.origin, { method: 'POST', body: 'x', headers: { a: 'b' } }).then(
    response => response.status,
    (error: unknown) => error,
  );
  return { result, story: book.story, records: book.records };
};

test('beforeAttempt stamps a header on every attempt, in order, and waits', async () => {
  const { result } = await run(
    [status(503), OK],
    { beforeAttempt: ({ headers, number }) => headers.set('x-try', String(number)) },
    {
      beforeAttempt: async ({ headers }) => {
        await new Promise(setImmediate);
        headers.append('x-try', 'second');
      },
    },
  );
  expect(result).toBe(200);
  expect(server.seen.map(({ headers }) => headers['x-try'])).toEqual(['1, second', '2, second']);
  expect(server.seen.map(({ headers }) => headers.a)).toEqual(['b', 'b']);
});

test.each([
  ['an Error', new Error('open')],
  ['what looks like a failure of the network', new TypeError('fetch failed')],
  ['no Error', 'a word'],
])('beforeAttempt refuses with %s: the end, unretried', async (_, thrown) => {
  const refuse = () => {
    throw thrown;
  };
  const first = await run([OK], { beforeAttempt: refuse });
  expect(first.result).toBe(thrown);
  expect(first.story).toEqual(['failed: final']);
  expect(first.records[0]).toMatchObject({ attempts: 1, kind: 'invalid', delivery: 'not-sent' });
  expect(server.seen).toHaveLength(0);

  const second = await run([status(503), OK], { beforeAttempt: ({ number }) => (number === 2 ? refuse() : undefined) });
  expect(second.result).toBe(thrown);
  expect(second.story).toEqual(['retry', 'failed: final']);
  expect(second.records[1]).toMatchObject({ attempts: 2, delivery: 'unknown' });
  expect(server.seen).toHaveLength(1);
});

test('allowRetry: one no is enough, and a throw is none', async () => {
  const no = () => false;
  const broken = () => {
    throw new Error('mine');
  };
  expect((await run([status(503)], { allowRetry: () => true }, { allowRetry: no })).story).toEqual(['failed: vetoed']);
  expect((await run([status(503), OK], { allowRetry: broken })).story).toEqual(['retry', 'recovered']);
  const asked: unknown[] = [];
  await run([status(503), OK], { allowRetry: ({ number }, { delayMs }) => asked.push([number, delayMs]) > 0 });
  expect(asked).toEqual([[1, 1]]);
});

test.each<[string, Step[], string[]]>([
  ['success', [OK], ['attempt 1', 'end success']],
  ['recovery', [status(429), OK], ['attempt 1', 'retry throttled 1', 'attempt 2', 'end success']],
  ['a last answer', [status(404)], ['attempt 1', 'end client-error final']],
  [
    'time-outs',
    [STALL],
    ['attempt 1', 'retry timeout 1', 'attempt 2', 'retry timeout 1', 'attempt 3', 'end timeout limit'],
  ],
])('on is told of %s', async (_, script, expected) => {
  const told: string[] = [];
  const tell = (event: CallEvent) => {
    if (event.type === 'attempt') told.push(`attempt ${event.attempt.number}`);
    else if (event.type === 'retry') told.push(`retry ${event.classification} ${event.verdict.delayMs}`);
    else told.push(`end ${event.classification}${event.stopped ? ` ${event.stopped}` : ''}`);
    throw new Error('an extension’s own');
  };
  await run(script, { on: tell });
  expect(told).toEqual(expected);
});

test('the call it is told of', async () => {
  const ends: Extract<CallEvent, { type: 'end' }>[] = [];
  const fetch = createFetch({
    service: 'docs',
    retry: quick,
    use: [{ name: 'watch', on: event => event.type === 'end' && ends.push(event) }],
  });
  const url = await refusedUrl();
  await expect(fetch(url, { method: 'put' })).rejects.toThrow(TypeError);
  expect(ends).toMatchObject([
    {
      call: {
        service: 'docs',
        method: 'PUT',
        url,
        attempts: 3,
        idempotencyKey: expect.stringMatching(/^[\da-f-]{36}$/),
      },
      stopped: 'limit',
      delivery: 'not-sent',
    },
  ]);
  expect(ends[0]?.call.history).toMatchObject(Array(3).fill({ kind: 'network-error', failure: 'ECONNREFUSED' }));
});

test('what only a runtime’s fetch knows becomes a default of every call', async () => {
  const inits: unknown[] = [];
  const fetch = createFetch({
    dispatcher: 'default',
    next: { revalidate: 1 },
    fetch: async (_, init) => {
      inits.push(init);
      return new Response();
    },
  });
  await fetch('http://x.test');
  await fetch('http://x.test', { dispatcher: 'own' } as RequestInit);
  expect(inits).toEqual([
    { dispatcher: 'default', next: { revalidate: 1 } },
    { dispatcher: 'own', next: { revalidate: 1 } },
  ]);
});

const never = () => new Promise<never>(() => {});

test('the total timeout ends a wait in beforeAttempt that listens to nothing', async () => {
  const book = logbook();
  server.script(OK);
  const fetch = createFetch({ use: [{ name: 'never', beforeAttempt: never }], totalTimeout: 20, log: book.log });
  await expect(fetch(server.origin)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(server.seen).toHaveLength(0);
  expect(book.records).toMatchObject([{ event: 'failed', kind: 'timeout', stopped: 'deadline', delivery: 'unknown' }]);
});

test.each([
  ['createFetch', (options: CommonOptions) => createFetch(options)],
  ['createClient', (options: CommonOptions) => createClient(options)],
])('%s: an abort ends a wait in beforeAttempt that listens to nothing, with its reason', async (_, make) => {
  server.script(OK);
  const reason = new Error('gone');
  const controller = new AbortController();
  const call = make({ use: [{ name: 'never', beforeAttempt: never }] });
  const ended = Promise.resolve(call(server.origin, { signal: controller.signal })).catch((error: unknown) => error);
  setImmediate(() => controller.abort(reason));
  expect(await ended).toBe(reason);
  expect(server.seen).toHaveLength(0);
});
