import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { createFetch } from '../src/fetch.ts';
import type { FetchOptions } from '../src/options.ts';
import { again, readRequest, takeApart } from '../src/request.ts';
import { quick } from './support/logbook.ts';
import { OK, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);
afterEach(() => vi.unstubAllGlobals());

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** The keys of all attempts of one call that is answered twice with 503. */
const keysOf = async (
  input: string | Request,
  init?: RequestInit,
  options: FetchOptions = {},
  name = 'idempotency-key',
) => {
  server.script(status(503), status(503), OK);
  expect((await createFetch({ retry: quick, ...options })(input, init)).status).toBe(200);
  expect(server.seen).toHaveLength(3);
  return server.seen.map(({ headers }) => headers[name]);
};

describe('the key', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'post', 'delete'])(
    '%s: one, the same on every attempt',
    async method => {
      const keys = await keysOf(server.origin, { method, body: 'x' });
      expect(keys[0]).toMatch(UUID);
      expect(new Set(keys).size).toBe(1);
      expect(await keysOf(server.origin, { method })).not.toEqual(keys);
    },
  );

  test.each(['GET', 'HEAD', 'OPTIONS', 'QUERY'])('%s: none', async method => {
    expect(await keysOf(server.origin, { method })).toEqual([undefined, undefined, undefined]);
  });

  test('lower-case methods stay as they are and count as writes', async () => {
    const seen: RequestInit[] = [];
    const stub = async (_: unknown, init: RequestInit = {}) =>
      seen.push(init) && new Response(null, { status: seen.length < 3 ? 500 : 200 });
    expect(
      (await createFetch({ fetch: stub as typeof fetch, retry: quick })('/relative', { method: 'patch' })).status,
    ).toBe(200);
    expect(seen.map(({ method }) => method)).toEqual(['patch', 'patch', 'patch']);
    expect(new Set(seen.map(({ headers }) => new Headers(headers).get('idempotency-key'))).size).toBe(1);
    expect(new Headers(seen[0]?.headers).get('idempotency-key')).toMatch(UUID);
  });

  const name = 'IDEMPOTENCY-key';
  const forms: readonly (readonly [string, () => unknown])[] = [
    ['record', () => ({ a: 'b', [name]: 'mine' })],
    ['Headers', () => new Headers({ [name]: 'mine' })],
    [
      'pairs',
      () => [
        ['a', 'b'],
        [name, 'mine'],
      ],
    ],
    ['Map', () => new Map([[name, 'mine']])],
    [
      'generator',
      function* () {
        yield [name, 'mine'];
      },
    ],
  ];
  test.each(forms)('the caller’s own wins, in a %s', async (_, make) => {
    const headers = make();
    const init = { method: 'POST', headers: typeof headers === 'function' ? headers() : headers };
    expect(await keysOf(server.origin, init as RequestInit)).toEqual(['mine', 'mine', 'mine']);
  });

  test('the caller’s own wins, in a Request', async () => {
    const init = { method: 'POST', body: 'x', headers: { [name]: 'mine' } };
    expect(await keysOf(new Request(server.origin, init))).toEqual(['mine', 'mine', 'mine']);
    // Headers of an init take the place of the Request's, the key too.
    const keys = await keysOf(new Request(server.origin, init), { headers: { a: 'b' } });
    expect(keys[0]).toMatch(UUID);
  });

  test('a POST with the caller’s own key is repeated, whatever the methods', async () => {
    const options = { idempotency: { methods: ['PUT'] } };
    expect(await keysOf(server.origin, { method: 'POST', headers: { [name]: 'mine' } }, options)).toEqual([
      'mine',
      'mine',
      'mine',
    ]);
  });

  test.each<[string, FetchOptions['idempotency'], RegExp | undefined]>([
    ['false', false, undefined],
    ['own methods', { methods: ['POST'] }, undefined],
    ['own methods, lower case', { methods: ['put'] }, UUID],
    ['asked for', {}, UUID],
    [
      'own generate',
      { generate: ({ method, url, headers }) => `${method}${new URL(url).pathname}${headers.get('a')}` },
      /^PUT\/b$/,
    ],
  ])('idempotency: %s', async (_, idempotency, expected) => {
    const [key] = await keysOf(server.origin, { method: 'PUT', headers: { a: 'b' } }, { idempotency });
    if (expected) expect(key).toMatch(expected);
    else expect(key).toBeUndefined();
  });

  test('own header', async () => {
    const options = { idempotency: { header: 'X-Request-Key' } };
    expect((await keysOf(server.origin, { method: 'POST' }, options, 'x-request-key'))[0]).toMatch(UUID);
    expect((await keysOf(server.origin, { method: 'POST' }, options))[0]).toBeUndefined();
  });

  test.each<[string, unknown, RegExp]>([
    ['no text', 42, /`idempotency\.generate` must return a text, got 42/],
    ['nothing', '', /must return a text/],
    ['no header value', 'a\nb: c', /./],
  ])('generate that gives %s: the call is refused, and nothing sent', async (_, key, words) => {
    server.script(OK);
    const fetch = createFetch({ idempotency: { generate: () => key as string } });
    const call = fetch(server.origin, { method: 'POST' });
    await expect(call).rejects.toThrow(TypeError);
    await expect(call).rejects.toThrow(words);
    expect(server.seen).toHaveLength(0);
  });

  test('a DOM that is emulated in Node is no browser: a write to another origin carries a key', async () => {
    vi.stubGlobal('document', { baseURI: 'https://page.test/app/' });
    vi.stubGlobal('location', new URL('https://page.test/app/'));
    expect((await keysOf(server.origin, { method: 'POST' }))[0]).toMatch(UUID);
  });

  test('a header that is `undefined` is none: every call has a key of its own', async () => {
    const init = { method: 'POST', headers: { 'Idempotency-Key': undefined, a: 'b' } } as unknown as RequestInit;
    const [one, other] = [await keysOf(server.origin, init), await keysOf(server.origin, init)];
    expect(one[0]).toMatch(UUID);
    expect(new Set(one).size).toBe(1);
    expect(other).not.toEqual(one);
    expect(server.seen[0]?.headers.a).toBe('b');
  });

  test('none in the mode `no-cors`, which takes no such header', async () => {
    let sent: RequestInit | undefined;
    const fetch = createFetch({
      fetch: async (_, init) => {
        sent = init;
        return new Response();
      },
    });
    await fetch('https://api.test/x', { method: 'POST', mode: 'no-cors' });
    expect(new Headers(sent?.headers).get('idempotency-key')).toBeNull();
  });
});

describe('read once', () => {
  const changed: readonly (readonly [
    string,
    (stage: { origin: string }) => { args: Parameters<typeof fetch>; change: () => void },
  ])[] = [
    [
      'buffer',
      ({ origin }) => {
        const body = new TextEncoder().encode('as it was');
        return { args: [origin, { method: 'POST', body }], change: () => body.fill(0) };
      },
    ],
    [
      'ArrayBuffer',
      ({ origin }) => {
        const body = new TextEncoder().encode('as it was').buffer;
        return { args: [origin, { method: 'POST', body }], change: () => new Uint8Array(body).fill(0) };
      },
    ],
    [
      'DataView',
      ({ origin }) => {
        const body = new DataView(new TextEncoder().encode('as it was').buffer);
        return { args: [origin, { method: 'POST', body }], change: () => body.setUint32(0, 0) };
      },
    ],
    [
      'Headers',
      ({ origin }) => {
        const headers = new Headers({ a: '1' });
        return { args: [origin, { method: 'POST', headers }], change: () => headers.set('a', '2') };
      },
    ],
    [
      'pairs',
      ({ origin }) => {
        const pair: [string, string] = ['a', '1'];
        return { args: [origin, { headers: [pair] }], change: () => pair.splice(1, 1, '2') };
      },
    ],
    [
      'record of headers',
      ({ origin }) => {
        const headers: Record<string, string> = { a: '1' };
        return { args: [origin, { headers }], change: () => Object.assign(headers, { a: '2', b: '3' }) };
      },
    ],
    [
      'init',
      ({ origin }) => {
        const init: RequestInit = { method: 'POST', body: 'as it was' };
        return {
          args: [origin, init],
          change: () => Object.assign(init, { method: 'PUT', body: 'other', headers: { a: '2' } }),
        };
      },
    ],
    [
      'URL',
      ({ origin }) => {
        const url = new URL('/was', origin);
        return { args: [url], change: () => Object.assign(url, { pathname: '/is' }) };
      },
    ],
    [
      'URLSearchParams',
      ({ origin }) => {
        const body = new URLSearchParams({ a: '1' });
        return { args: [origin, { method: 'POST', body }], change: () => body.set('a', '2') };
      },
    ],
    [
      'FormData',
      ({ origin }) => {
        const body = new FormData();
        body.set('a', '1');
        return { args: [origin, { method: 'POST', body }], change: () => body.set('a', '2') };
      },
    ],
    [
      'headers of a Request',
      ({ origin }) => {
        const request = new Request(origin, { headers: { a: '1' } });
        return { args: [request], change: () => request.headers.set('a', '2') };
      },
    ],
    [
      'headers of a Request with a body',
      ({ origin }) => {
        const request = new Request(origin, { method: 'PUT', body: 'x', headers: { a: '1' } });
        return { args: [request], change: () => request.headers.set('a', '2') };
      },
    ],
  ];

  test.each(changed)('%s', async (_, make) => {
    server.script(status(503), status(503), OK);
    const { args, change } = make(server);
    const call = createFetch({ retry: quick, use: [] })(...args);
    change();
    await call;
    const [first, ...rest] = server.seen.map(({ method, url, headers, body }) => ({ method, url, headers, body }));
    expect(rest).toEqual([first, first]);
    expect(first?.headers.a).not.toBe('2');
  });

  test.each(changed)('%s, while an extension makes the call wait', async (_, make) => {
    server.script(status(503), OK);
    const { args, change } = make(server);
    const call = createFetch({ retry: quick, use: [{ name: 'slow', around: async (_, send) => send() }] })(...args);
    change();
    await call;
    const [first, second] = server.seen.map(({ method, url, headers, body }) => ({ method, url, headers, body }));
    expect(second).toEqual(first);
    expect(first?.headers.a).not.toBe('2');
    expect(first?.body.includes(0)).toBe(false);
  });

  test('nothing is copied where nothing is sent again', () => {
    const bytes = new Uint8Array(8);
    const headers = { a: 'b' };
    const stream = new ReadableStream();
    const form = new FormData();
    for (const body of [bytes, form, stream]) {
      const sending = readRequest(
        'http://x.test',
        { method: 'POST', body, headers },
        undefined,
        undefined,
        false,
        false,
      );
      expect(sending.first[1]?.body).toBe(body);
      expect(sending.first[1]?.headers).toBe(headers);
      expect(again(sending)).toEqual(sending.first);
    }
    const streamed = readRequest(
      'http://x.test',
      { method: 'POST', body: stream, headers },
      undefined,
      undefined,
      true,
      false,
    );
    expect(streamed.first[1]?.body).toBe(stream);
    expect(streamed.first[1]?.headers).toBe(headers);
  });

  test('a Request made from a stream is not cloned', () => {
    const request = new Request('http://x.test', {
      method: 'POST',
      body: new ReadableStream(),
      duplex: 'half',
    } as RequestInit);
    expect(readRequest(request, undefined, undefined, undefined, true, false).oneShot).toBe(true);
    expect(
      readRequest(
        new Request('http://x.test', { method: 'POST', body: 'x' }),
        undefined,
        undefined,
        undefined,
        true,
        false,
      ).oneShot,
    ).toBe(false);
  });

  test('the caller’s own is never changed', async () => {
    server.script(status(503), OK);
    const headers = Object.freeze({ a: 'b' });
    const init = Object.freeze({ method: 'POST', headers, body: 'x' });
    expect((await createFetch({ retry: quick })(server.origin, init)).status).toBe(200);
    expect(init).toEqual({ method: 'POST', headers: { a: 'b' }, body: 'x' });
  });
});

test('a Request keeps its referrer where something is added to it', () => {
  const request = new Request('http://x.test', { method: 'POST', referrerPolicy: 'no-referrer' });
  const keys = { header: 'k', methods: new Set(['POST']), asked: false, generated: false, make: () => 'v' };
  const sending = readRequest(request, undefined, undefined, keys, true, false);
  for (const [input, init] of [sending.first, again(sending)])
    expect(new Request(input, init)).toMatchObject({ referrerPolicy: 'no-referrer' });
  const [url, init] = takeApart([request, undefined], new AbortController().signal);
  expect(new Request(url, init)).toMatchObject({ referrerPolicy: 'no-referrer', method: 'POST' });
});

describe('a repeated GET has a signal of its own', () => {
  const request = new Request('http://x.test/a?b=c', { headers: { a: 'b' }, redirect: 'manual', cache: 'no-store' });
  /** What a fetch is called with for a call that is answered twice with 503. */
  const stage = () => {
    const calls: (readonly [input: unknown, init: RequestInit | undefined])[] = [];
    const stub: typeof globalThis.fetch = async (input, init) => {
      calls.push([input, init]);
      return new Response(null, { status: calls.length < 3 ? 503 : 200 });
    };
    return { calls, stub };
  };

  test('through a patch on globalThis.fetch, as url and init', async () => {
    const { calls, stub } = stage();
    vi.stubGlobal('fetch', stub);
    await createFetch({ retry: quick })(request);
    expect(calls).toHaveLength(3);
    expect(calls[0]).toEqual([request, undefined]);
    for (const [input, init] of calls.slice(1)) {
      expect(input).toBe('http://x.test/a?b=c');
      expect(init).toMatchObject({
        method: 'GET',
        redirect: 'manual',
        cache: 'no-store',
        signal: expect.any(AbortSignal),
      });
      expect(new Headers(init?.headers).get('a')).toBe('b');
      expect(init?.body).toBeUndefined();
    }
    expect(new Set(calls.map(([, init]) => init?.signal)).size).toBe(3);
  });

  test.each(['GET', 'HEAD'])('through a fetch of one’s own, beside what the caller gave: %s', async method => {
    const { calls, stub } = stage();
    const fetch = createFetch({ fetch: stub, retry: quick });
    await fetch('http://x.test/', { method, next: { revalidate: 60 } } as RequestInit);
    expect(calls.map(([input]) => input)).toEqual(Array(3).fill('http://x.test/'));
    expect(calls.map(([, init]) => init)).toMatchObject(Array(3).fill({ method, next: { revalidate: 60 } }));
    expect(new Set(calls.map(([, init]) => init?.signal)).size).toBe(3);
  });

  test('and a Request that was made for a fetch of one’s own stays one', async () => {
    const { calls, stub } = stage();
    await createFetch({ fetch: stub, retry: quick })(request);
    for (const [input] of calls) expect(input).toBeInstanceOf(Request);
    expect(calls[1]?.[1]?.signal).toBeInstanceOf(AbortSignal);
  });

  test('but a write is sent as it was', async () => {
    const { calls, stub } = stage();
    await createFetch({ fetch: stub, retry: quick })('http://x.test/', { method: 'PUT', body: 'x' });
    expect(calls.map(([, init]) => init?.signal)).toEqual([undefined, undefined, undefined]);
  });
});
