import { HttpResponse, http, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { createFetch as CreateFetch } from '../src/fetch.ts';
import { quick } from './support/logbook.ts';
import { OK, serve, status } from './support/server.ts';

type Fetch = typeof globalThis.fetch;

const server = await serve();
const native = globalThis.fetch;
afterAll(server.close);

let createFetch: typeof CreateFetch;
beforeEach(async () => {
  vi.resetModules();
  ({ createFetch } = await import('../src/fetch.ts'));
});
afterEach(() => {
  globalThis.fetch = native;
});

/** A patch as tracers write it: it calls what stood there before. */
const patches: Record<string, (inner: Fetch, seen: string[]) => Fetch> = {
  sync: (inner, seen) => (input, init) => {
    seen.push(String(input));
    return inner(input, init);
  },
  async: (inner, seen) => async (input, init) => {
    seen.push(String(input));
    await null;
    return inner(input, init);
  },
  'async, with an init of its own': (inner, seen) => async (input, init) => {
    seen.push(String(input));
    await new Promise(setImmediate);
    return inner(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), traced: '1' } });
  },
  'async, through a Request': (inner, seen) => async (input, init) => {
    const request = new Request(input, init);
    seen.push(request.url);
    await null;
    return inner(request);
  },
  'async, with a Response of its own': (inner, seen) => async (input, init) => {
    seen.push(String(input));
    await null;
    const { body, status: code, headers } = await inner(input, init);
    return new Response(body, { status: code, headers });
  },
};

const ORDERS = ['at once', 'later'] as const;
const table = Object.keys(patches).flatMap(kind => ORDERS.map(order => [kind, order] as const));
const patch = (kind: string, seen: string[]): void => {
  globalThis.fetch = patches[kind]!(globalThis.fetch, seen);
};

/** Three calls, the second of them tried twice. */
const calls = async (fetch: Fetch) => {
  server.script(OK, status(503), OK);
  const answers = [];
  for (const path of ['/a', '/b', '/a'])
    answers.push((await fetch(server.origin + path, { method: 'POST', body: 'x' })).status);
  expect(answers).toEqual([200, 200, 200]);
  expect(server.seen.map(({ url }) => url)).toEqual(['/a', '/b', '/b', '/a']);
  expect(server.seen.every(({ headers }) => headers['idempotency-key'])).toBe(true);
};

test('globalThis.fetch = createFetch() calls the platform, not itself', async () => {
  globalThis.fetch = createFetch({ retry: quick });
  await calls(globalThis.fetch);
  globalThis.fetch = createFetch({ retry: quick });
  await calls(globalThis.fetch);
});

test.each(table)('a patch over ours, %s, %s', async (kind, order) => {
  const seen: string[] = [];
  globalThis.fetch = createFetch({ retry: quick });
  if (order === 'later') await null;
  patch(kind, seen);
  await calls(globalThis.fetch);
  // Put on before ours could be seen, and one that waits, it goes round in a circle at the first call, until that shows.
  const circles = order === 'at once' && kind !== 'sync';
  expect(seen.length).toBe(circles ? 5_003 : order === 'later' ? 3 : 4);
});

test.each(table)('a patch under ours, %s, %s', async (kind, order) => {
  const seen: string[] = [];
  patch(kind, seen);
  if (order === 'later') await null;
  globalThis.fetch = createFetch({ retry: quick });
  await calls(globalThis.fetch);
  expect(seen).toHaveLength(4);
});

test.each(table)('a patch over and one under ours, %s, %s', async (kind, order) => {
  const [under, over]: string[][] = [[], []];
  patch(kind, under!);
  globalThis.fetch = createFetch({ retry: quick });
  if (order === 'later') await null;
  patch(kind, over!);
  await calls(globalThis.fetch);
  expect(under).toHaveLength(4);
  const circles = order === 'at once' && kind !== 'sync';
  expect(over).toHaveLength(circles ? 5_003 : order === 'later' ? 3 : 4);
});

test.each(table)('a patch made later is honoured, %s, %s', async (kind, order) => {
  const seen: string[] = [];
  const fetch = createFetch({ retry: quick });
  if (order === 'later') await calls(fetch);
  patch(kind, seen);
  await calls(fetch);
  expect(seen).toHaveLength(4);
  globalThis.fetch = native;
  await calls(fetch);
  expect(seen).toHaveLength(4);
});

test('calls side by side all go through a patch made later', async () => {
  const seen: string[] = [];
  const fetch = createFetch();
  patch('async', seen);
  server.script(OK);
  await Promise.all(Array.from({ length: 20 }, () => fetch(server.origin)));
  expect(seen).toHaveLength(20);
  await Promise.all(Array.from({ length: 20 }, () => fetch(server.origin)));
  expect(seen).toHaveLength(40);
});

test('a call goes through a new patch even while one just like it is under way there', async () => {
  const fetch = createFetch();
  const seen: string[] = [];
  globalThis.fetch = async input => {
    seen.push(String(input));
    await new Promise(setImmediate);
    return new Response('mocked');
  };
  const first = fetch('http://mocked.test/');
  await null;
  const second = fetch('http://mocked.test/');
  expect(await Promise.all([first, second].map(async each => (await each).text()))).toEqual(['mocked', 'mocked']);
  expect(seen).toHaveLength(2);
});

test('a patch over ours that answers the first call itself', async () => {
  globalThis.fetch = createFetch({ retry: quick });
  const inner = globalThis.fetch;
  let first = true;
  globalThis.fetch = async (input, init) => {
    await null;
    if (!first) return inner(input, init);
    first = false;
    return new Response('mine');
  };
  expect(await (await globalThis.fetch(server.origin)).text()).toBe('mine');
  await calls(globalThis.fetch);
});

test('the fetch option, and not the platform’s', async () => {
  const own = vi.fn<Fetch>(async () => new Response('own'));
  const stub = vi.fn<Fetch>();
  globalThis.fetch = stub;
  expect(await (await createFetch({ fetch: own })('http://x.test', { method: 'POST' })).text()).toBe('own');
  expect(own).toHaveBeenCalledOnce();
  expect(stub).not.toHaveBeenCalled();
});

const mock = () => {
  let count = 0;
  return setupServer(
    http.get('http://mocked.test/', () =>
      count++ === 0 ? new HttpResponse(null, { status: 503 }) : HttpResponse.text('mocked'),
    ),
    http.all(`${server.origin}/*`, () => passthrough()),
  );
};

test.each(['before', 'after', 'before, and ours installed', 'after, and ours installed'])(
  'msw listens %s',
  async order => {
    const msw = mock();
    if (order.startsWith('before')) msw.listen();
    const fetch = createFetch({ retry: quick });
    if (order.endsWith('installed')) globalThis.fetch = fetch;
    if (order.startsWith('after')) msw.listen();
    const outer = order.endsWith('installed') ? globalThis.fetch : fetch;
    try {
      expect(await (await outer('http://mocked.test/')).text()).toBe('mocked');
      await calls(outer);
    } finally {
      msw.close();
    }
  },
);
