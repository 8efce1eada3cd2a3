import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { createServer as createTls } from 'node:tls';
import { Agent, ProxyAgent, fetch as undiciFetch } from 'undici';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import type { CallEvent, Ending, FetchOptions } from '../src/index.ts';
import { createClient, createFetch } from '../src/index.ts';
import { OK, RESET, refusedUrl, serve, status } from './support/server.ts';

/** Fetches, answers, signals, bodies and networks that are none of the platform's usual ones. */
type Fetch = typeof globalThis.fetch;

const server = await serve();
afterAll(server.close);
const refused = await refusedUrl();
const native = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = native;
  vi.unstubAllGlobals();
});

const quick = { backoff: () => 1 };
const strange = (value: unknown): Fetch => value as Fetch;

/** One call, and how it ended. */
const run = async (url: unknown, init: RequestInit | undefined, options: FetchOptions = {}) => {
  const ends: Ending[] = [];
  const on = (event: CallEvent) => void (event.type === 'end' && ends.push(event));
  const fetch = createFetch({ retry: quick, ...options, use: [...(options.use ?? []), { name: 'watch', on }] });
  const result = await fetch(url as string, init).then(
    response => ({ response }),
    (error: unknown) => ({ error }),
  );
  return { ...result, ends, end: ends[0]! } as { response?: Response; error?: unknown; ends: Ending[]; end: Ending };
};

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});
const listening = async <S extends Server | ReturnType<typeof createTcp>>(made: S, host = '127.0.0.1', port = 0) => {
  made.listen(port, host);
  await once(made, 'listening');
  closing.push(() => new Promise(resolve => made.close(resolve)));
  return (made.address() as AddressInfo).port;
};

describe('a framework that answers equal reads from memory', () => {
  /** As React and Next.js do within a render: a signal in init is the way out, beside a Request it is none. */
  const memoizing = (inner: Fetch, seen: unknown[][]): Fetch => {
    const memory = new Map<string, Promise<Response>>();
    return async (input, init) => {
      const { signal: _, ...rest } = init ?? {};
      const isOut = typeof input === 'string' && init?.signal;
      const { method, url } = new Request(input, rest);
      const send = () => {
        seen.push([input, init]);
        return inner(input, init);
      };
      if ((method !== 'GET' && method !== 'HEAD') || isOut) return send();
      const held = memory.get(method + url) ?? send();
      memory.set(method + url, held);
      return (await held).clone();
    };
  };
  const inputs: [string, (url: string) => [string | Request, RequestInit?]][] = [
    ['a URL', url => [url]],
    ['HEAD', url => [url, { method: 'HEAD' }]],
    ['an init with headers', url => [url, { headers: { a: 'b' } }]],
    ['next', url => [url, { next: { revalidate: 1 } } as RequestInit]],
    ['a Request', url => [new Request(url, { headers: { a: 'b' } })]],
    ['a signal that has not aborted', url => [url, { signal: new AbortController().signal }]],
  ];
  const timeouts: [string, FetchOptions][] = [
    ['without a timeout', {}],
    ['with one', { timeout: 5_000 }],
  ];
  test.each(inputs.flatMap(input => timeouts.map(timeout => [...input, ...timeout] as const)))(
    '%s, %s %s',
    async (_, args, __, options) => {
      server.script(status(503), OK);
      const seen: unknown[][] = [];
      globalThis.fetch = memoizing(native, seen);
      const { response, end } = await run(
        ...([...args(server.origin), undefined, options].slice(0, 3) as [string]),
        options,
      );
      expect(response?.status).toBe(200);
      expect(server.seen).toHaveLength(2);
      expect(end.call.attempts).toBe(2);
      const [first, second] = server.seen.map(({ method, url, headers }) => ({ method, url, a: headers.a }));
      expect(second).toEqual(first);
      if (JSON.stringify(args('http://x.test')).includes('next'))
        expect(seen[1]?.[1]).toMatchObject({ next: { revalidate: 1 } });
    },
  );
  test('elsewhere a Request stays a Request', async () => {
    server.script(status(503), OK);
    const own = vi.fn(
      async (input: unknown) =>
        new Response('', { status: own.mock.calls.length > 1 ? 200 : Number(Boolean(input)) + 502 }),
    );
    const request = new Request(server.origin, { priority: 'high' } as RequestInit);
    await createFetch({ retry: quick, fetch: strange(own) })(request);
    expect(own.mock.calls.map(([input]) => input)).toEqual([request, expect.any(Request)]);
  });
});

describe('what somebody’s fetch threw', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  const failing = (...errors: unknown[]) => {
    let sent = 0;
    const own = vi.fn(async () => {
      const error = errors[sent++];
      if (error !== undefined) throw error;
      return new Response('ok');
    });
    return own;
  };

  test.each<[string, unknown, RequestInit]>([
    ['a relative URL', '/orders', {}],
    ['userinfo in the URL', 'http://user:pw@x.test/orders', {}],
    [
      'a signal of another make',
      'http://x.test/',
      {
        signal: Object.assign(new EventEmitter(), {
          aborted: false,
          addEventListener() {},
          removeEventListener() {},
        }) as unknown as AbortSignal,
      },
    ],
    ['a priority that is none', 'http://x.test/', { priority: 'x' } as unknown as RequestInit],
  ])('is judged by what it said, not by what the platform would take: %s', async (_, url, init) => {
    const own = failing(new TypeError('fetch failed', { cause: reset }));
    const { response, end } = await run(url, { method: 'POST', ...init }, { fetch: strange(own) });
    expect(response?.status).toBe(200);
    expect(own).toHaveBeenCalledTimes(2);
    expect(end.call.idempotencyKey).toBeTruthy();
    const lost = await run(url, { method: 'POST', ...init }, { fetch: strange(failing(reset)), retry: 0 });
    expect(lost.end).toMatchObject({ classification: 'network-error', delivery: 'unknown', stopped: 'limit' });
  });
  test('a GET with a body', async () => {
    const own = failing(new TypeError('fetch failed', { cause: reset }));
    expect((await run('http://x.test/', { body: 'x' }, { fetch: strange(own) })).response?.status).toBe(200);
  });

  class CircuitOpen extends Error {}
  test.each<[string, unknown]>([
    ['words that sound like a certificate', new Error('HTTP 503: certificate store is busy')],
    ['words that sound like a network', new Error('network is unreachable, says the cache')],
    ['its own class', new CircuitOpen('open')],
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'foo')")],
    ['an AbortError of its own', new DOMException('mine', 'AbortError')],
    ['a TimeoutError of its own', new DOMException('mine', 'TimeoutError')],
    ['a code that is none of a network', Object.assign(new Error('no such file'), { code: 'ENOENT' })],
    ['no Error', 'a word'],
  ])('is its own and reaches the caller as it is, once: %s', async (_, thrown) => {
    for (const [timeout, use] of [
      [false],
      [5_000],
      [false, [{ name: 'around', around: (_: unknown, send: () => Promise<Response>) => send() }]],
    ] as const) {
      const own = failing(thrown, thrown, thrown);
      const options = { fetch: strange(own), timeout: timeout as false, ...(use && { use }) };
      const { error, ends } = await run('http://x.test/', { method: 'PUT', body: 'x' }, options as FetchOptions);
      expect(error).toBe(thrown);
      expect(own).toHaveBeenCalledTimes(1);
      expect(ends).toMatchObject([{ classification: 'thrown', stopped: 'final', delivery: 'unknown' }]);
      const door = createClient({ fetch: strange(failing(thrown, thrown, thrown)), retry: quick });
      expect(await door.put('http://x.test/').catch((each: unknown) => each)).toBe(thrown);
    }
  });
  test.each<[string, unknown]>([
    ['a network’s code', reset],
    ['a cause with one', new Error('request failed', { cause: new Error('socket', { cause: reset }) })],
    [
      'node-fetch’s',
      Object.assign(new Error('request to http://x failed'), { type: 'system', code: 'EAI_AGAIN', errno: 'EAI_AGAIN' }),
    ],
    ['Chromium’s words', new TypeError('Failed to fetch')],
    ['Safari’s', new TypeError('Load failed')],
    ['Firefox’s', new TypeError('NetworkError when attempting to fetch resource.')],
    ['React Native’s', new TypeError('Network request failed')],
  ])('is a network’s and repeated: %s', async (_, thrown) => {
    const own = failing(thrown);
    expect((await run('http://x.test/', {}, { fetch: strange(own) })).response?.status).toBe(200);
    expect(own).toHaveBeenCalledTimes(2);
  });

  test.each(['EHOSTUNREACH', 'ECONNREFUSED', 'ENETUNREACH', 'ETIMEDOUT'])(
    'an established connection proves nothing: %s',
    async code => {
      const own = failing(
        ...Array(3).fill(
          new TypeError('fetch failed', { cause: Object.assign(new Error('read'), { code, syscall: 'read' }) }),
        ),
      );
      const { end } = await run('http://x.test/', { method: 'POST' }, { fetch: strange(own), idempotency: false });
      expect(own).toHaveBeenCalledTimes(1);
      expect(end).toMatchObject({ delivery: 'unknown', stopped: 'not-replayable' });
    },
  );
});

describe('what somebody’s fetch answered', () => {
  test('a Node stream as body (node-fetch): drained and let go', async () => {
    const bodies: PassThrough[] = [];
    const own = async () => {
      const body = new PassThrough();
      body.write('part');
      bodies.push(body);
      return { status: bodies.length < 3 ? 503 : 200, headers: new Headers(), body, ok: bodies.length > 2 };
    };
    const { response } = await run('http://x.test/', {}, { fetch: strange(own) });
    expect(response?.status).toBe(200);
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true, false]);
  });
  test.each<[string, object]>([
    ['a mock without headers', { ok: false, status: 503, json: async () => ({}) }],
    ['headers as a plain object', { status: 503, headers: { 'Retry-After': '0' } }],
    ['a text as body', { status: 503, body: 'busy' }],
    ['a null body', { status: 503, body: null }],
  ])('%s: handed through after the retries of its status', async (_, answer) => {
    const own = vi.fn(async () => answer);
    for (const options of [{}, { timeout: 5_000 }] as FetchOptions[]) {
      own.mockClear();
      const { response, end } = await run('http://x.test/', {}, { ...options, fetch: strange(own) });
      expect(response).toBe(answer);
      expect(own).toHaveBeenCalledTimes(3);
      expect(end.stopped).toBe('limit');
    }
  });
  test('a plain object’s Retry-After and veto are read', async () => {
    const own = vi.fn(async () => ({ status: 503, headers: { 'X-Should-Retry': 'false' } }));
    expect((await run('http://x.test/', {}, { fetch: strange(own) })).end.stopped).toBe('vetoed');
  });
  test.each([undefined, null, 'a text', {}, { status: '200' }])(
    'no answer at all is said so, once: %s',
    async answer => {
      const own = vi.fn(async () => answer);
      const { error, end } = await run('http://x.test/', { method: 'PUT' }, { fetch: strange(own) });
      expect(error).toEqual(
        expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(/must give a Response/) }),
      );
      expect(own).toHaveBeenCalledTimes(1);
      expect(end.delivery).toBe('unknown');
    },
  );
  test('a status of 200 from a stranger is handed through as it is', async () => {
    const answer = { status: 200, text: async () => 'ok' };
    expect((await run('http://x.test/', {}, { fetch: strange(async () => answer) })).response).toBe(answer);
  });
});

describe('how somebody’s fetch behaves', () => {
  const deaf = () => new Promise<Response>(() => {});
  test('it ignores its signal: the timeout holds all the same', async () => {
    const { error, end } = await run('http://x.test/', {}, { fetch: deaf, timeout: 20, retry: 0 });
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(end.classification).toBe('timeout');
  });
  test.each<[string, FetchOptions]>([
    ['without a timeout', {}],
    ['with one', { timeout: 5_000 }],
  ])('it ignores its signal: an abort holds at once, %s', async (_, options) => {
    const controller = new AbortController();
    const call = run('http://x.test/', { signal: controller.signal }, { fetch: deaf, ...options });
    controller.abort('mine');
    expect(await call).toMatchObject({ error: 'mine', end: { classification: 'aborted' } });
  });
  test('it refuses a foreign `this`', async () => {
    const own = function (this: unknown) {
      if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation');
      return Promise.resolve(new Response('ok'));
    };
    expect((await run('http://x.test/', {}, { fetch: own })).response?.status).toBe(200);
    expect(await createClient({ fetch: own }).get('http://x.test/').text()).toBe('ok');
  });
  test('it throws at once, or gives a promise of another make', async () => {
    const thrown = new Error('mine');
    const throwing = () => {
      throw thrown;
    };
    expect((await run('http://x.test/', {}, { fetch: throwing })).error).toBe(thrown);
    expect((await run('http://x.test/', {}, { fetch: throwing, timeout: 1_000 })).error).toBe(thrown);
    // biome-ignore lint/suspicious/noThenProperty: a promise of another make
    const thenable = () => ({ then: (resolve: (value: Response) => void) => resolve(new Response('ok')) });
    expect((await run('http://x.test/', {}, { fetch: strange(thenable) })).response?.status).toBe(200);
    expect((await run('http://x.test/', {}, { fetch: strange(thenable), timeout: 1_000 })).response?.status).toBe(200);
  });
});

describe('signals of another make', () => {
  const polyfilled = () => {
    const emitter = new EventTarget();
    const signal = Object.assign(emitter, { aborted: false });
    const abort = () => {
      signal.aborted = true;
      emitter.dispatchEvent(new Event('abort'));
    };
    return { signal: signal as unknown as AbortSignal, abort };
  };
  const own =
    (answers: number[]): Fetch =>
    async () =>
      new Response('', { status: answers.shift() ?? 200 });
  test.each<[string, FetchOptions]>([
    ['as it comes', {}],
    ['with timers', { timeout: 5_000, totalTimeout: 90_000 }],
    ['with an extension around', { use: [{ name: 'around', around: (_, send) => send() }] }],
  ])('one without a reason, aborted in a wait, %s', async (_, options) => {
    const { signal, abort } = polyfilled();
    const backoff = () => {
      setImmediate(abort);
      return 60_000;
    };
    const retry = { backoff };
    const { error, end } = await run('http://x.test/', { signal }, { ...options, fetch: own([503]), retry });
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(end.classification).toBe('aborted');
  });
  test('classes of another realm on globalThis', async () => {
    server.script(status(503), OK);
    class Foreign {
      readonly signal = new EventTarget();
      abort() {}
    }
    vi.stubGlobal('AbortController', Foreign);
    vi.stubGlobal('AbortSignal', class {});
    const { response } = await run(server.origin, { method: 'POST', body: 'x' });
    expect(response?.status).toBe(200);
    expect(server.seen).toHaveLength(2);
  });
});

describe('bodies of another make', () => {
  class OldStream extends EventEmitter {
    pipe() {}
  }
  class FormDataOfNode extends OldStream {
    override toString() {
      return '[object FormData]';
    }
  }
  class FormDataOfReactNative {
    getParts() {
      return [];
    }
  }
  test.each<[string, object]>([
    ['form-data’s FormData', new FormDataOfNode()],
    ['React Native’s FormData', new FormDataOfReactNative()],
    [
      'a FormData with files of another make',
      {
        [Symbol.toStringTag]: 'FormData',
        *[Symbol.iterator]() {
          yield ['f', { name: 'a', type: 'b' }];
        },
      },
    ],
    [
      'an async iterable',
      {
        async *[Symbol.asyncIterator]() {
          yield 'x';
        },
      },
    ],
  ])('%s: handed through untouched, sent once', async (_, body) => {
    const own = vi.fn(async (_input: unknown, _init?: RequestInit) => new Response('', { status: 503 }));
    const { response, end } = await run(
      'http://x.test/',
      { method: 'PUT', body: body as BodyInit },
      { fetch: strange(own) },
    );
    expect(response?.status).toBe(503);
    expect(own).toHaveBeenCalledTimes(1);
    expect(own.mock.calls[0]?.[1]?.body).toBe(body);
    expect(end.stopped).toBe('not-replayable');
  });
  test.each<[string, FetchOptions]>([
    ['retry: 0', { retry: 0 }],
    ['retry: 0 and an extension that waits', { retry: 0, use: [{ name: 'slow', around: async (_, send) => send() }] }],
    ['retries', {}],
    ['retries and an extension that waits', { use: [{ name: 'slow', around: async (_, send) => send() }] }],
  ])('a buffer that is transferred right after the call, %s', async (_, options) => {
    server.script(OK);
    const bytes = new TextEncoder().encode('as it was');
    const call = run(server.origin, { method: 'POST', body: bytes }, options);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect((await call).response?.status).toBe(200);
    expect(server.seen[0]?.body.toString()).toBe('as it was');
  });
});

describe('networks', () => {
  test.each(['http://[bad', '//[bad', 'http://x:99999/'])(
    'a POST that is answered with a redirect to %s',
    async location => {
      server.script(status(303, { location }));
      const { end } = await run(server.origin, { method: 'POST', body: 'x' });
      expect(end.delivery).toBe('unknown');
    },
  );
  test('a redirect to the same port of another address, where nobody listens', async () => {
    const { port } = new URL(server.origin);
    server.script(status(303, { location: `http://127.0.0.2:${port}/` }));
    const { end } = await run(server.origin, { method: 'POST', body: 'x' }, { idempotency: false });
    expect(end).toMatchObject({ delivery: 'unknown', stopped: 'not-replayable' });
    expect(server.seen).toHaveLength(1);
  });
  test.each([
    ['an address', refused],
    ['localhost', refused.replace('127.0.0.1', 'localhost')],
    ['a name', 'http://nobody.invalid/'],
    ['an IPv6 address', refused.replace('127.0.0.1', '[::1]')],
  ])('a plain refusal of %s: not sent, and repeated without a key', async (_, url) => {
    const { end } = await run(url, { method: 'POST', body: 'x' }, { idempotency: false });
    expect(end).toMatchObject({ delivery: 'not-sent', stopped: 'limit', call: { attempts: 3 } });
  });
  test('a write that was answered 408', async () => {
    server.script(status(408));
    expect((await run(server.origin, { method: 'POST' })).end).toMatchObject({ delivery: 'unknown', stopped: 'final' });
  });
  test('HTTP/2 REFUSED_STREAM: not sent, and repeated without a key', async () => {
    let count = 0;
    const server2 = createHttp2();
    server2.on('stream', stream => {
      if (++count < 3) stream.close(7);
      else {
        stream.respond({ ':status': 200 });
        stream.end('ok');
      }
      stream.on('error', () => {});
    });
    const port = await listening(server2 as unknown as Server);
    const refusedStream = new TypeError('fetch failed', {
      cause: Object.assign(new Error('Stream closed with error code NGHTTP2_REFUSED_STREAM'), {
        code: 'ERR_HTTP2_STREAM_ERROR',
        http2ErrorCode: 7,
      }),
    });
    const errors = [refusedStream, refusedStream];
    const own: Fetch = async () => {
      const error = errors.shift();
      if (error) throw error;
      return new Response('ok');
    };
    const options = { fetch: own, idempotency: false } as const;
    expect((await run(`http://127.0.0.1:${port}/`, { method: 'POST' }, options)).response?.status).toBe(200);
    errors.push(refusedStream);
    expect((await run('http://x.test/', { method: 'POST' }, { ...options, retry: 0 })).end.delivery).toBe('not-sent');
  });

  describe('proxies', () => {
    const proxy = async (code: number) => {
      let asked = 0;
      const made = createServer((_, response) => response.writeHead(code).end('no'));
      made.on('connect', (_, socket: Socket) => {
        asked++;
        socket.end(`HTTP/1.1 ${code} No\r\nContent-Length: 0\r\n\r\n`);
      });
      const port = await listening(made);
      return { uri: `http://127.0.0.1:${port}`, asked: () => asked };
    };
    test.each([
      [407, 1, 'final'],
      [502, 3, 'limit'],
    ])('CONNECT answered with %i', async (code, attempts, stopped) => {
      const { uri, asked } = await proxy(code);
      const dispatcher = new ProxyAgent({ uri, proxyTunnel: true });
      const { end } = await run('https://127.0.0.1:4444/', { method: 'POST', body: 'x', dispatcher } as RequestInit, {
        fetch: undiciFetch as unknown as Fetch,
        idempotency: false,
      });
      expect(end).toMatchObject({ delivery: 'not-sent', stopped, call: { attempts } });
      expect(asked()).toBe(attempts);
    });
    test.each(['https://127.0.0.1:4444/', 'http://127.0.0.1:4444/'])('nobody listens at the proxy, %s', async url => {
      const dispatcher = new ProxyAgent({ uri: refused });
      const { end } = await run(
        url,
        { method: 'POST', body: 'x' },
        { fetch: undiciFetch as unknown as Fetch, idempotency: false, dispatcher },
      );
      expect(end).toMatchObject({ delivery: 'not-sent', stopped: 'limit', call: { attempts: 3 } });
    });
  });

  describe('TLS', () => {
    const pem = readFileSync(new URL('fixtures/self-signed.pem', import.meta.url), 'utf8');
    test('a certificate that is refused: final, not sent', async () => {
      const port = await listening(createTls({ key: pem, cert: pem }) as unknown as Server);
      const { end } = await run(`https://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
      expect(end).toMatchObject({ delivery: 'not-sent', stopped: 'final', call: { attempts: 1 } });
    });
    test('an alert of one broken machine is repeated', async () => {
      let connections = 0;
      const tls = createTls({ key: pem, cert: pem }, socket =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')),
      );
      const port = await listening(
        createTcp(socket => {
          socket.on('error', () => {});
          // alert(21), TLS 1.2, fatal(2), internal_error(80)
          if (++connections === 1) socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80])));
          else tls.emit('connection', socket);
        }),
      );
      const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
      const { response } = await run(
        `https://127.0.0.1:${port}/`,
        {},
        { fetch: undiciFetch as unknown as Fetch, dispatcher },
      );
      expect(response?.status).toBe(200);
      expect(connections).toBe(2);
    });
  });
  test('a reset after the request: unknown, and repeated with its key', async () => {
    server.script(RESET, OK);
    const { response } = await run(server.origin, { method: 'POST', body: 'x' });
    expect(response?.status).toBe(200);
    expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });
});

describe('what the platform refuses, before anything is sent', () => {
  test.each<[string, unknown, RequestInit]>([
    ['an unknown scheme', 'gopher://x', {}],
    ['a URL that is none', 'http://[bad', {}],
    ['a body on GET', server.origin, { body: 'x' }],
    ['a header that is none', server.origin, { headers: { 'a b': 'c' } }],
  ])('%s: once, invalid, not sent', async (_, url, init) => {
    const { error, ends } = await run(url, { ...init, ...(init.body ? {} : { method: 'POST' }) });
    expect(error).toBeInstanceOf(TypeError);
    expect(ends).toMatchObject([{ classification: 'invalid', stopped: 'final', call: { attempts: 1 } }]);
    if (!init.body) expect(ends[0]?.delivery).toBe('not-sent');
  });
  test('a Request whose body was used', async () => {
    const request = new Request(server.origin, { method: 'POST', body: 'x' });
    await request.text();
    expect((await run(request, undefined)).ends).toMatchObject([{ classification: 'invalid', delivery: 'not-sent' }]);
  });
});

describe('options', () => {
  test.each<[string, unknown]>([
    ['a promise', async () => 'success'],
    ['no class', () => 'retry'],
    ['nothing', () => undefined],
    ['a name of Object.prototype', () => 'toString'],
  ])('a `classify` that gives %s is refused by name, at both doors, on a 200, too', async (_, classify) => {
    const options = { fetch: async () => new Response('ok'), retry: { classify } } as unknown as FetchOptions;
    await expect(createFetch(options)('http://x.test/')).rejects.toThrow(/retry\.classify/);
    await expect(createClient(options as object).get('http://x.test/')).rejects.toThrow(/retry\.classify/);
  });
  test('a `classify` that throws on a 200 rejects with that, at both doors', async () => {
    const thrown = new Error('mine');
    const classify = () => {
      throw thrown;
    };
    const options = { fetch: async () => new Response('ok'), retry: { classify } };
    await expect(createFetch(options)('http://x.test/')).rejects.toBe(thrown);
    await expect(createClient(options).get('http://x.test/')).rejects.toBe(thrown);
  });
  test.each<[string, FetchOptions]>([
    ['totalTimeout: 0', { totalTimeout: 0 }],
    ['timeout: 0', { timeout: 0, retry: 0 }],
    ['timeout: 0.4', { timeout: 0.4, retry: 0 }],
  ])('%s ends at once with the timeout error', async (_, options) => {
    const { error, end } = await run(
      'http://x.test/',
      { method: 'POST' },
      { ...options, fetch: () => new Promise(() => {}) },
    );
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(end.classification).toBe('timeout');
    if (options.timeout !== 0.4) expect(end.delivery).toBe('not-sent');
  });
  test.each<[string, HeadersInit]>([
    ['a record', { 'Idempotency-Key': undefined } as unknown as HeadersInit],
    ['a record, in lower case', { 'idempotency-key': undefined } as unknown as HeadersInit],
    ['pairs', [['Idempotency-Key', undefined]] as unknown as HeadersInit],
  ])('a key that is undefined is none, in %s', async (_, headers) => {
    server.script(OK);
    for (let i = 0; i < 2; i++) await run(server.origin, { method: 'POST', headers });
    const keys = server.seen.map(each => each.headers['idempotency-key']);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[\da-f-]{36}$/);
  });
  test('a DOM that is emulated in Node is no browser: a write to another origin carries its key', async () => {
    server.script(OK);
    const location = new URL('http://localhost:3000/');
    for (const [name, value] of Object.entries({ location, document: { baseURI: location.href }, window: globalThis }))
      vi.stubGlobal(name, value);
    await run(server.origin, { method: 'POST' });
    expect(server.seen[0]?.headers['idempotency-key']).toMatch(/^[\da-f-]{36}$/);
  });
  test('a service’s own way to name a time is asked first', async () => {
    const own = vi.fn(
      async () => new Response('', { status: 503, headers: { 'retry-after': '1', 'x-busy-for': '90000' } }),
    );
    const retryAfter = ({ headers }: Response) => Number(headers.get('x-busy-for'));
    expect((await run('http://x.test/', {}, { fetch: own, retry: { retryAfter } })).end.stopped).toBe('retry-after');
  });
});

describe('as the platform’s fetch', () => {
  test('name, length, and any `this`', async () => {
    const fetch = createFetch();
    expect([fetch.name, fetch.length]).toEqual(['fetch', 1]);
    server.script(OK);
    expect((await fetch.call({}, server.origin)).status).toBe(200);
  });
  test('without arguments it rejects as the platform does', async () => {
    const nothing = createFetch() as unknown as () => Promise<Response>;
    const bare = await (native as unknown as () => Promise<Response>)().catch((error: unknown) => error);
    expect(await nothing().catch((error: unknown) => error)).toEqual(bare);
    const stub = vi.fn(async () => new Response(''));
    globalThis.fetch = strange(stub);
    await (createFetch() as unknown as () => Promise<Response>)();
    expect(stub.mock.calls).toEqual([[]]);
  });
  test('an aborted signal rejects in the same turn', async () => {
    const order: string[] = [];
    const fetch = createFetch();
    const init = { signal: AbortSignal.abort() };
    const wait = (name: string, call: Promise<unknown>) => call.catch(() => order.push(name));
    await Promise.all([wait('ours', fetch(server.origin, init)), wait('bare', native(server.origin, init))]);
    expect(order).toEqual(['ours', 'bare']);
  });
  test('an installed one, then a stub: another instance goes to the stub', async () => {
    globalThis.fetch = createFetch();
    await null;
    const stub = vi.fn(async () => new Response('stub'));
    const other = createFetch();
    globalThis.fetch = strange(stub);
    expect(await (await other('http://x.test/')).text()).toBe('stub');
  });
  test('a patch that gets its token through a fetch of ours is used for every call', async () => {
    server.script(OK);
    const token = createFetch();
    let patched = 0;
    globalThis.fetch = async (input, init) => {
      patched++;
      if (!String(input).endsWith('/token')) await (await token(`${server.origin}/token`)).text();
      return native(input, init);
    };
    const fetch = createFetch();
    for (let i = 0; i < 3; i++) await (await fetch(`${server.origin}/things`)).text();
    expect(patched).toBe(6);
  });
  test('5,100 calls at once through an asynchronous patch all go through it', async () => {
    let patched = 0;
    const fetch = createFetch();
    globalThis.fetch = async () => {
      patched++;
      await new Promise(setImmediate);
      return new Response('patched');
    };
    const answers = await Promise.all(Array.from({ length: 5_100 }, () => fetch('http://x.test/')));
    expect(answers.every(({ status: code }) => code === 200)).toBe(true);
    expect(patched).toBe(5_100);
  });
});
