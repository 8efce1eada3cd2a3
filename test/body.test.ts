import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { drain, isStream, multipart, snapshot } from '../src/body.ts';
import { createFetch } from '../src/fetch.ts';
import { bodies } from './support/cases/bodies.ts';
import { quick } from './support/logbook.ts';
import { OK, RESET, type Step, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);

const stage = { origin: server.origin, other: server.origin, facts: {} };
const isSent = ({ name }: { name: string }) =>
  !/without duplex|symbol|throws|fails|locked|keepalive|GET|HEAD/.test(name);
/** Or what only its own make may be able to read. */
const isOneShot = ({ name }: { name: string }) => /stream|iterable|plain object/i.test(name);
const sent = bodies.filter(isSent);

const attempts = async (script: readonly Step[], args: readonly [unknown, unknown?]) => {
  server.script(...script);
  const response = await createFetch({ retry: quick })(...(args as Parameters<typeof fetch>));
  const seen = server.seen.map(({ headers: { 'content-type': type, 'content-length': length }, body }) => ({
    type,
    length,
    body,
  }));
  return { status: response.status, seen };
};

// The same bytes on every attempt.

test.each(sent.filter(each => !isOneShot(each)))('$name: the same on every attempt', async ({ args }) => {
  const { status: last, seen } = await attempts([status(503), RESET, OK], args(stage));
  expect(last).toBe(200);
  expect(seen).toEqual([seen[0], seen[0], seen[0]]);
});

test.each(sent.filter(each => !isOneShot(each)))('$name: the same in a Request', async ({ args }) => {
  const [url, init] = args(stage) as [string, RequestInit];
  const { status: last, seen } = await attempts([status(503), RESET, OK], [new Request(url, init)]);
  expect(last).toBe(200);
  expect(seen).toEqual([seen[0], seen[0], seen[0]]);
});

test.each(sent.filter(isOneShot))('$name: sent once, the first answer is final', async ({ args }) => {
  const { status: last, seen } = await attempts([status(503), OK], args(stage));
  expect(last).toBe(503);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.body.length).toBeGreaterThan(0);
});

test('a Request made from a stream is sent once', async () => {
  const init = { method: 'PUT', body: new Blob(['streamed']).stream(), duplex: 'half' } as RequestInit;
  const { status: last, seen } = await attempts([status(503), OK], [new Request(server.origin, init)]);
  expect([last, seen.length, String(seen[0]?.body)]).toEqual([503, 1, 'streamed']);
});

test('large bodies too', async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const body = new Blob(Array.from({ length: 64 }, () => bytes));
  const { seen } = await attempts([status(503), OK], [server.origin, { method: 'POST', body }]);
  const digests = seen.map(each => createHash('sha256').update(each.body).digest('hex'));
  expect(digests[0]).toBe(
    createHash('sha256')
      .update(Buffer.from(await body.arrayBuffer()))
      .digest('hex'),
  );
  expect(digests[1]).toBe(digests[0]);
});

// Our multipart form is the platform's, but for the boundary. Node leaves out a filename that is empty; the standard, and
// browsers, do not.

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', '\r', '\n', 'a', '%', 'ü', '\ud800') }),
);
const value = fc.oneof(
  text.map(string => ({ string })),
  fc.record({
    bytes: fc.uint8Array(),
    filename: text.map(name => name || 'f'),
    type: fc.constantFrom('', 'text/plain', 'Image/PNG', 'a/b; c="d"'),
  }),
);

const encode = async (body: FormData | Blob) => {
  const response = new Response(body);
  const type = response.headers.get('content-type') ?? '';
  const [, boundary = ''] = /boundary=(.*)$/.exec(type) ?? [];
  return {
    type: type.replace(boundary, 'B'),
    body: Buffer.from(await response.arrayBuffer())
      .toString('latin1')
      .replaceAll(boundary, 'B'),
  };
};

test('multipart: equal to the platform’s', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, value)), async entries => {
      const form = new FormData();
      for (const [name, each] of entries) {
        if ('string' in each) form.append(name, each.string);
        else form.append(name, new Blob([each.bytes], { type: each.type }), each.filename);
      }
      expect(await encode(multipart(form)!)).toEqual(await encode(form));
    }),
    { numRuns: 300 },
  );
});

// What only its own make can read is handed through, and sent once.

class Foreign {
  get [Symbol.toStringTag]() {
    return 'FormData';
  }
}
const strangers: readonly (readonly [string, () => unknown])[] = [
  ['a plain object', () => ({ a: 1 })],
  ['an instance of a class', () => new Map([['a', 1]])],
  ['a symbol', () => Symbol('s')],
  ['a form that is no iterable, as React Native’s', () => Object.assign(new Foreign(), { _parts: [['a', '1']] })],
  ['a form of Node streams, as form-data’s', () => Object.assign(new Foreign(), { pipe: () => {}, getHeaders: () => ({}) })],
  [
    'a form with files of another make',
    () => Object.assign(new Foreign(), { *[Symbol.iterator]() { yield ['f', { uri: 'file:///a' }]; } }),
  ],
]; // biome-ignore format: a table

test.each(strangers)('%s reaches its fetch as it is, once', async (_, make) => {
  const body = make();
  expect(snapshot(body)).toBe(undefined);
  const sent: unknown[] = [];
  const stub: typeof globalThis.fetch = async (_url, init) => {
    sent.push(init?.body);
    return new Response('busy', { status: 503 });
  };
  const response = await createFetch({ fetch: stub, retry: quick })('http://x.test/', {
    method: 'POST',
    body: body as BodyInit,
  });
  expect(response.status).toBe(503);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toBe(body);
});

test.each<[string, object, boolean]>([
  ['ReadableStream', new ReadableStream(), true],
  ['async iterable', (async function* () {})(), true],
  ['Node stream', { pipe: () => {} }, true],
  ['bytes', new Uint8Array(), false],
  ['Blob', new Blob(), false],
  ['iterable', [1], false],
])('isStream: %s', (_, body, is) => expect(isStream(body)).toBe(is));

test('bytes are copied, whatever becomes of their buffer', async () => {
  const sent: string[] = [];
  const stub: typeof globalThis.fetch = async (_url, init) => {
    sent.push(await new Response(init?.body ?? null).text());
    return new Response(null, { status: sent.length < 2 ? 503 : 200 });
  };
  const body = new TextEncoder().encode('as it was');
  const call = createFetch({ fetch: stub, retry: quick })('http://x.test/', { method: 'POST', body });
  structuredClone(body.buffer, { transfer: [body.buffer] });
  expect((await call).status).toBe(200);
  expect(sent).toEqual(['as it was', 'as it was']);
});

test('an unwanted body that is no stream of the Web is let go, if it can be', () => {
  let destroyed = 0;
  drain({ body: { destroy: () => destroyed++ } } as unknown as Response)();
  expect(destroyed).toBe(1);
  for (const body of [undefined, null, 'a text', {}, { pipe: () => {} }])
    expect(() => drain({ body } as unknown as Response)()).not.toThrow();
});
