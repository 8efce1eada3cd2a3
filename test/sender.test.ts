import { HttpResponse, http, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { Agent, EnvHttpProxyAgent, ProxyAgent } from 'undici';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

const KINDS = Object.keys(patches);
/** Kinds that hand on the very init that they were called with. */
const PASSING = KINDS.filter(kind => !/own$|Request/.test(kind) || kind.includes('Response'));
const ORDERS = ['at once', 'later'] as const;
const table = KINDS.flatMap(kind => ORDERS.map(order => [kind, order] as const));
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

test.each(KINDS)('a patch over ours, put on in a later tick: %s', async kind => {
  const seen: string[] = [];
  globalThis.fetch = createFetch({ retry: quick });
  await null;
  patch(kind, seen);
  await calls(globalThis.fetch);
  expect(seen).toHaveLength(3);
});

test.each(PASSING)('a patch over ours, put on at once, is noticed by the init that it hands on: %s', async kind => {
  const seen: string[] = [];
  globalThis.fetch = createFetch({ retry: quick });
  patch(kind, seen);
  await calls(globalThis.fetch);
  // The first call goes round once.
  expect(seen).toHaveLength(4);
});

test.each(table)('a patch over ours, made with the fetch that stood there: %s, %s', async (kind, order) => {
  const seen: string[] = [];
  globalThis.fetch = createFetch({ fetch: globalThis.fetch, retry: quick });
  if (order === 'later') await null;
  patch(kind, seen);
  await calls(globalThis.fetch);
  expect(seen).toHaveLength(3);
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
  globalThis.fetch = createFetch({ retry: quick, ...(order === 'at once' && { fetch: globalThis.fetch }) });
  if (order === 'later') await null;
  patch(kind, over!);
  await calls(globalThis.fetch);
  expect(under).toHaveLength(4);
  expect(over).toHaveLength(3);
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

test('5,100 calls at once through an asynchronous patch all go through it', async () => {
  let seen = 0;
  globalThis.fetch = async () => {
    seen++;
    await null;
    return new Response('patched');
  };
  const fetch = createFetch();
  const answers = await Promise.all(Array.from({ length: 5_100 }, () => fetch('http://x.test/')));
  expect(seen).toBe(5_100);
  expect(await answers.at(-1)!.text()).toBe('patched');
  await fetch('http://x.test/');
  expect(seen).toBe(5_101);
});

test('a patch that gets its token through a fetch of ours is used for every call', async () => {
  const fetch = createFetch({ retry: quick });
  const inner = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (String(input).endsWith('/token')) return inner(input, init);
    const token = await (await fetch(`${server.origin}/token`)).text();
    return inner(input, { ...init, headers: { authorization: token } });
  };
  server.script(OK);
  for (let call = 0; call < 5; call++) await fetch(`${server.origin}/a`);
  await Promise.all(Array.from({ length: 5 }, () => fetch(`${server.origin}/a`)));
  const tokens = server.seen.filter(({ url }) => url === '/token');
  const rest = server.seen.filter(({ url }) => url === '/a');
  expect([tokens.length, rest.length]).toEqual([10, 10]);
  expect(rest.every(({ headers }) => headers.authorization === 'ok')).toBe(true);
});

describe('ours installed, then a stub put on globalThis.fetch', () => {
  const stub: Fetch = async () => new Response('stub');
  const textOf = async (fetch: Fetch) => (await fetch(server.origin)).text();

  test.each(['before', 'after', 'in a later tick'])(
    'an instance made %s goes to the stub, the installed one beneath',
    async order => {
      server.script(OK);
      const earlier = createFetch();
      const installed = createFetch();
      globalThis.fetch = installed;
      const between = createFetch();
      await null;
      const later = createFetch();
      globalThis.fetch = stub;
      const other = { before: earlier, after: between, 'in a later tick': later }[order]!;
      expect(await textOf(other)).toBe('stub');
      expect(await textOf(installed)).toBe('ok');
      expect(await textOf(other)).toBe('stub');
      // And where ours is put back, both go beneath it.
      globalThis.fetch = installed;
      expect([await textOf(other), await textOf(installed)]).toEqual(['ok', 'ok']);
    },
  );

  test('an instance that is made while ours stands there is seen by it', async () => {
    server.script(OK);
    const installed = createFetch();
    globalThis.fetch = installed;
    createFetch();
    // No tick has passed.
    globalThis.fetch = stub;
    expect(await textOf(installed)).toBe('ok');
  });
});

test('an instance beside one of ours that is installed sends with what that one sends with: no retries of retries', async () => {
  const earlier = createFetch({ retry: quick });
  globalThis.fetch = createFetch({ retry: quick });
  const later = createFetch({ retry: quick });
  for (const fetch of [earlier, later]) {
    server.script(status(503));
    expect((await fetch(server.origin)).status).toBe(503);
    expect(server.seen).toHaveLength(3);
  }
});

test('several of ours, each put over the last: every attempt is sent once', async () => {
  const seen: string[] = [];
  patch('async', seen);
  for (let round = 0; round < 3; round++) globalThis.fetch = createFetch({ retry: quick });
  await calls(globalThis.fetch);
  expect(seen).toHaveLength(4);
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

test('it is called without a `this`', async () => {
  const own = vi.fn(function (this: unknown) {
    expect(this).toBe(undefined);
    return Promise.resolve(new Response('own'));
  });
  const fetch = createFetch({ fetch: own as Fetch });
  await fetch('http://x.test');
  await fetch('http://x.test', { method: 'POST' });
  globalThis.fetch = own as Fetch;
  await createFetch()('http://x.test');
  expect(own).toHaveBeenCalledTimes(3);
});

test('ours looks as fetch does, and takes any `this`', async () => {
  server.script(OK);
  const fetch = createFetch();
  expect([fetch.name, fetch.length]).toEqual(['fetch', 1]);
  expect((await fetch.call({}, server.origin)).status).toBe(200);
  const none = fetch as () => Promise<Response>;
  await expect(none()).rejects.toThrow(TypeError);
  const message = await (native as () => Promise<Response>)().catch((error: Error) => error.message);
  await expect(none()).rejects.toThrow(message as string);
});

test('proxies are known by their dispatcher: a failure to connect to one is none of a redirect’s', async () => {
  const { proxiesOf } = await import('../src/sender.ts');
  const [proxy, agent] = [new ProxyAgent('http://10.0.0.1:8080'), new Agent()];
  expect(proxiesOf({ dispatcher: proxy } as object)).toContain('http://10.0.0.1:8080/');
  expect(proxiesOf({ dispatcher: agent } as object)).toEqual([]);
  expect(proxiesOf(undefined)).toEqual([]);
  const fromEnv = new EnvHttpProxyAgent({ httpProxy: 'http://10.0.0.2:1', httpsProxy: 'http://10.0.0.3:2' });
  expect(proxiesOf({ dispatcher: fromEnv } as object)).toEqual(
    expect.arrayContaining(['http://10.0.0.2:1/', 'http://10.0.0.3:2/']),
  );
  await Promise.all([proxy, agent, fromEnv].map(each => each.close()));
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
    await null;
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
