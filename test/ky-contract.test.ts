/**
 * The facts about ky 2.1 that this library rests on. A ky release that changes one fails here first.
 */
import ky, {
  type AfterResponseHook,
  ForceRetryError,
  HTTPError,
  isHTTPError,
  NetworkError,
  type Options,
  replaceOption,
  TimeoutError,
} from 'ky';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const THINGS = 'https://api.example/things?token=secret';

type Step = number | Error | (() => Response | Promise<Response>);

/** A fetch that plays these steps, the last one for ever: a status to answer with, an error to throw, or a function. */
const play = (...steps: readonly Step[]) => {
  let played = 0;
  return vi.fn(async (_request: Request, _init?: RequestInit): Promise<Response> => {
    const step = steps[Math.min(played++, steps.length - 1)]!;
    if (step instanceof Error) throw step;
    return typeof step === 'number' ? new Response(null, { status: step }) : step();
  });
};

type Played = ReturnType<typeof play>;

const call = (fetch: Played, options: Options = {}, input: string | Request = THINGS) =>
  ky(input, { ...options, fetch: fetch as unknown as typeof globalThis.fetch });

/** Lets all timers pass and says how it ended. */
const settle = async (promise: Promise<unknown>) => {
  const settled = promise.then(
    value => ({ value, error: undefined }),
    error => ({ value: undefined, error }),
  );
  await vi.runAllTimersAsync();
  return settled;
};

const NEVER: Step = () => new Promise<Response>(() => {});
/** A fetch that never answers, and obeys its signal as real ones do. */
const hanging = ({ signal }: Request) =>
  new Promise<Response>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason));
  });

const headers =
  (status: number, init: HeadersInit): Step =>
  () =>
    new Response(null, { status, headers: init });
const fetchFailed = (cause?: object) => new TypeError('fetch failed', { cause });

let start = 0;
const elapsed = () => Date.now() - start;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  start = Date.now();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('a status is retried only where it throws', () => {
  it('with `throwHttpErrors: false` a 500 is sent once', async () => {
    const fetch = play(500);
    const { value } = await settle(call(fetch, { throwHttpErrors: false }));
    expect((value as Response).status).toBe(500);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('as a function it is read for each answer', async () => {
    const fetch = play(500, 503);
    const throwHttpErrors = vi.fn((status: number) => status === 500);
    const { value } = await settle(call(fetch, { throwHttpErrors }));
    expect((value as Response).status).toBe(503);
    expect(throwHttpErrors.mock.calls).toEqual([[500], [503]]);
  });

  it('a Response.error() that fetch returns is handed back with `throwHttpErrors: false`', async () => {
    const response = Response.error();
    const { value } = await settle(
      call(
        play(() => response),
        { throwHttpErrors: false },
      ),
    );
    expect(value).toBe(response);
  });
});

describe('HTTPError reads the body', () => {
  const fail = async (body: BodyInit | null, type: string, options: Options = {}) => {
    const { error } = await settle(
      call(
        play(() => new Response(body, { status: 400, headers: { 'content-type': type } })),
        options,
      ),
    );
    expect(isHTTPError(error)).toBe(true);
    return error as HTTPError;
  };

  it('into `data`, parsed by its content type', async () => {
    const error = await fail('{"a":1}', 'application/problem+json');
    expect(error.data).toEqual({ a: 1 });
    expect(error.response.bodyUsed).toBe(true);
    expect((await fail('{"a":1}', 'text/plain')).data).toBe('{"a":1}');
    expect((await fail(null, 'application/json')).data).toBe(undefined);
  });

  it('malformed JSON gives `undefined`', async () => {
    expect((await fail('{"a":', 'application/json')).data).toBe(undefined);
  });

  it('no more than 10 MiB', async () => {
    expect((await fail('x'.repeat(10 * 1024 * 1024), 'text/plain')).data).toHaveLength(10 * 1024 * 1024);
    expect((await fail('x'.repeat(10 * 1024 * 1024 + 1), 'text/plain')).data).toBe(undefined);
  });

  it('no longer than the timeout, or ten seconds without one', async () => {
    expect((await fail(new ReadableStream(), 'text/plain', { timeout: 700 })).data).toBe(undefined);
    expect(elapsed()).toBe(700);
    expect((await fail(new ReadableStream(), 'text/plain', { timeout: false })).data).toBe(undefined);
    expect(elapsed()).toBe(10_700);
  });

  it('afterResponse hooks get a clone', async () => {
    const response = new Response('body');
    const seen: Response[] = [];
    const hook = async ({ response: clone }: { response: Response }) => {
      seen.push(clone);
      await clone.text();
    };
    const { value } = await settle(
      call(
        play(() => response),
        { hooks: { afterResponse: [hook] } },
      ),
    );
    expect(value).toBe(response);
    expect(seen[0]).not.toBe(response);
    expect(await response.text()).toBe('body');
  });
});

describe('methods, then shouldRetry, then delay', () => {
  it('shouldRetry is not asked for a method that is not listed', async () => {
    const shouldRetry = vi.fn(() => true);
    const fetch = play(503);
    await settle(call(fetch, { method: 'post', retry: { shouldRetry } }));
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(shouldRetry).not.toHaveBeenCalled();
    await settle(call(fetch, { method: 'post', retry: { shouldRetry, methods: ['post'] } }));
    expect(shouldRetry).toHaveBeenCalled();
  });

  it('shouldRetry is asked only while retries remain; the last failure first appears in beforeError', async () => {
    const shouldRetry = vi.fn(({ retryCount }: { retryCount: number }) => retryCount > 0);
    const beforeError = vi.fn(({ error }: { error: Error }) => error);
    const fetch = play(500, 500, 599);
    const { error } = await settle(
      call(fetch, { retry: { limit: 2, shouldRetry }, hooks: { beforeError: [beforeError] } }),
    );
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(shouldRetry.mock.calls.map(([{ retryCount }]) => retryCount)).toEqual([1, 2]);
    expect((error as HTTPError).response.status).toBe(599);
    expect(beforeError.mock.calls.map(([{ error: seen }]) => (seen as HTTPError).response.status)).toEqual([599]);
  });

  it('`true` skips Retry-After and the status lists, and waits `retry.delay(n)`', async () => {
    const delay = vi.fn((attempt: number) => attempt * 10);
    const fetch = play(headers(503, { 'retry-after': '60' }), 418, 200);
    await settle(call(fetch, { retry: { limit: 2, shouldRetry: () => true, delay } }));
    expect(delay.mock.calls).toEqual([[1], [2]]);
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(elapsed()).toBe(30);
  });

  it('`false` ends the call with the failure', async () => {
    const fetch = play(503);
    const { error } = await settle(call(fetch, { retry: { shouldRetry: () => false } }));
    expect(error).toBeInstanceOf(HTTPError);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

describe('its defaults are not "429 and 5xx"', () => {
  it.each([
    [408, 3],
    [429, 3],
    [500, 3],
    [502, 3],
    [503, 3],
    [504, 3],
    [501, 1],
    [505, 1],
    [520, 1],
    [529, 1],
  ])('%i is sent %i times', async (status, times) => {
    const fetch = play(status);
    await settle(call(fetch));
    expect(fetch).toHaveBeenCalledTimes(times);
  });

  it('413 is retried if it comes with Retry-After', async () => {
    const fetch = play(headers(413, { 'retry-after': '1' }));
    await settle(call(fetch));
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it.each([500, 502, 504])('Retry-After on %i is ignored', async status => {
    await settle(call(play(headers(status, { 'retry-after': '60' }), 200)));
    expect(elapsed()).toBe(300);
  });
});

describe('it may ask again earlier than the server allowed', () => {
  it('maxRetryAfter clamps', async () => {
    const fetch = play(headers(429, { 'retry-after': '60' }), 200);
    const { value } = await settle(call(fetch, { retry: { maxRetryAfter: 1000 } }));
    expect((value as Response).status).toBe(200);
    expect(elapsed()).toBe(1000);
  });

  it('a wait longer than totalTimeout sleeps out the rest, and the answer is lost', async () => {
    const fetch = play(headers(429, { 'retry-after': '60' }));
    const { error } = await settle(call(fetch, { totalTimeout: 5000 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).not.toHaveProperty('response');
    expect(elapsed()).toBe(5000);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

describe('backoffLimit comes after the jitter', () => {
  it('so that jittered delays pile up at the limit', async () => {
    await settle(call(play(500, 200), { retry: { delay: () => 1000, jitter: ms => ms * 0.9, backoffLimit: 500 } }));
    expect(elapsed()).toBe(500);
  });
});

describe('network failures are known by their message', () => {
  it.each([
    ['unknown scheme', fetchFailed(new Error('unknown scheme'))],
    ['a certificate', fetchFailed({ code: 'CERT_HAS_EXPIRED' })],
    ['a redirect', fetchFailed(new Error('unexpected redirect'))],
  ])('%s looks transient', async (_, error) => {
    const fetch = play(error);
    await settle(call(fetch));
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it.each([
    ['Bun', Object.assign(new Error('The socket connection was closed unexpectedly.'), { code: 'ECONNRESET' })],
    ['workerd', new Error('Network connection lost.')],
    ['a TypeError in other words', new TypeError('ECONNRESET: connection reset')],
  ])('%s is unknown to it', async (_, error) => {
    const fetch = play(error);
    expect((await settle(call(fetch))).error).toBe(error);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

describe('init hooks', () => {
  it('get the merged options of this call alone', async () => {
    const seen: Options[] = [];
    const client = ky.create({
      headers: { a: '1' },
      retry: { limit: 5 },
      hooks: { init: [options => void seen.push(options)] },
    });
    const extended = client.extend({ headers: { b: '2' } });
    await settle(extended(THINGS, { context: { own: 3 }, fetch: play(200) as never }));
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ headers: { a: '1', b: '2' }, retry: { limit: 5 }, context: { own: 3 } });
    Object.assign(seen[0]!.headers!, { leaked: 'yes' });
    Object.assign(seen[0]!.retry as object, { limit: 9 });
    await settle(extended(THINGS, { fetch: play(200) as never }));
    expect(seen[1]).toMatchObject({ headers: { a: '1', b: '2' }, retry: { limit: 5 } });
    expect(seen[1]!.headers).not.toHaveProperty('leaked');
  });

  it('may replace retry, headers, fetch, throwHttpErrors and hooks with closures', async () => {
    const inner = play(418, 200);
    const beforeRetry = vi.fn();
    const fetch = play(500);
    const init = (options: Options): void => {
      options.fetch = inner as never;
      options.headers = { 'idempotency-key': 'k' };
      options.retry = { limit: 1, methods: ['post'], shouldRetry: () => true, delay: () => 7 };
      options.throwHttpErrors = status => status === 418;
      options.hooks = { ...options.hooks, beforeRetry: [beforeRetry] };
    };
    const { value } = await settle(call(fetch, { method: 'post', hooks: { init: [init] } }));
    expect((value as Response).status).toBe(200);
    expect(fetch).not.toHaveBeenCalled();
    expect(inner.mock.calls.map(([request]) => request.headers.get('idempotency-key'))).toEqual(['k', 'k']);
    expect(beforeRetry).toHaveBeenCalledTimes(1);
    expect(elapsed()).toBe(7);
  });

  it('leave `retry: 0` of a call in force, where they do', async () => {
    const fetch = play(500);
    const seen: unknown[] = [];
    const client = ky.create({ retry: { limit: 5 }, hooks: { init: [({ retry }) => void seen.push(retry)] } });
    await settle(client(THINGS, { retry: 0, fetch: fetch as never }));
    expect(seen).toEqual([0]);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('cannot see the method of a Request', async () => {
    const init = vi.fn((_: Options) => {});
    const fetch = play(200);
    await settle(call(fetch, { hooks: { init: [init] } }, new Request(THINGS, { method: 'PUT' })));
    expect(init.mock.calls[0]![0].method).toBe(undefined);
    expect(fetch.mock.calls[0]![0].method).toBe('PUT');
  });

  it('see the method of a shortcut', async () => {
    const init = vi.fn((_: Options) => {});
    await settle(ky.post(THINGS, { fetch: play(200) as never, hooks: { init: [init] } }));
    expect(init.mock.calls[0]![0].method).toBe('post');
  });
});

describe('requests are cloned while retries are allowed', () => {
  it('before each attempt, with `limit` above 0', async () => {
    const clone = vi.spyOn(Request.prototype, 'clone');
    await settle(call(play(500, 200), { retry: 2 }));
    expect(clone).toHaveBeenCalledTimes(2);
  });

  it('never, with `limit` 0', async () => {
    const clone = vi.spyOn(Request.prototype, 'clone');
    await settle(call(play(500), { retry: 0 }));
    expect(clone).not.toHaveBeenCalled();
  });
});

describe('defaults', () => {
  it('an attempt may take 10 s', async () => {
    const { error } = await settle(call(play(NEVER)));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(elapsed()).toBe(10_000);
  });

  it('a call may take for ever', async () => {
    const { value } = await settle(call(play(500, 200), { retry: { delay: () => 1e9 } }));
    expect((value as Response).status).toBe(200);
    expect(elapsed()).toBe(1e9);
  });

  it('fetch is looked up at each call', async () => {
    const client = ky.create({});
    const fetch = play(200);
    vi.stubGlobal('fetch', fetch);
    await settle(client(THINGS));
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

describe('errors carry what must not be printed', () => {
  it('HTTPError: request, response, options and data are enumerable, the message holds the query', async () => {
    const { error } = await settle(call(play(400), { headers: { authorization: 'secret' } }));
    expect(Object.keys(error)).toEqual(expect.arrayContaining(['request', 'response', 'options', 'data']));
    expect(error.message).toContain('token=secret');
    expect(error.request.headers.get('authorization')).toBe('secret');
  });

  it('NetworkError and TimeoutError: the request is enumerable, the message holds the query', async () => {
    for (const step of [fetchFailed(), NEVER]) {
      const { error } = await settle(call(play(step), { retry: 0 }));
      expect(Object.keys(error)).toContain('request');
      expect(error.message).toContain('token=secret');
    }
  });
});

describe('aborts', () => {
  it('are seen by beforeError, if the reason is an Error', async () => {
    const beforeError = vi.fn(({ error }: { error: Error }) => error);
    const controller = new AbortController();
    const settled = settle(
      ky(THINGS, { fetch: hanging as never, signal: controller.signal, hooks: { beforeError: [beforeError] } }),
    );
    const reason = new Error('enough');
    controller.abort(reason);
    expect((await settled).error).toBe(reason);
    expect(beforeError).toHaveBeenCalledTimes(1);
  });

  it('with another reason bypass it', async () => {
    const beforeError = vi.fn(({ error }: { error: Error }) => error);
    const controller = new AbortController();
    const settled = settle(
      ky(THINGS, { fetch: hanging as never, signal: controller.signal, hooks: { beforeError: [beforeError] } }),
    );
    controller.abort('enough');
    expect((await settled).error).toBe('enough');
    expect(beforeError).not.toHaveBeenCalled();
  });

  it.each([new Error('enough'), 'enough'])(
    'end a wait at once, with their reason (%s), and nothing is sent after',
    async reason => {
      const fetch = play(500);
      const controller = new AbortController();
      const promise = call(fetch, { signal: controller.signal, retry: { delay: () => 60_000 } }).then(
        () => expect.unreachable(),
        error => error,
      );
      await vi.advanceTimersByTimeAsync(1000);
      controller.abort(reason);
      expect(await promise).toBe(reason);
      expect(elapsed()).toBe(1000);
      expect(vi.getTimerCount()).toBe(0);
      await vi.runAllTimersAsync();
      expect(fetch).toHaveBeenCalledTimes(1);
    },
  );
});

describe('what the fetch option throws', () => {
  it('reaches shouldRetry, then delay', async () => {
    const mine = new Error('mine');
    const shouldRetry = vi.fn(({ error }: { error: Error }) => error === mine);
    const fetch = play(mine, 200);
    const { value } = await settle(call(fetch, { retry: { shouldRetry, delay: () => 40 } }));
    expect((value as Response).status).toBe(200);
    expect(shouldRetry).toHaveBeenCalledTimes(1);
    expect(elapsed()).toBe(40);
  });

  it.each([0, 1, 250])(
    'ForceRetryError is waited for (%i ms) and repeated, whatever the method and `shouldRetry`',
    async delay => {
      const shouldRetry = vi.fn(() => false);
      const fetch = play(new ForceRetryError({ delay }), 200);
      const { value } = await settle(
        call(fetch, { method: 'post', retry: { shouldRetry, backoffLimit: 5 }, throwHttpErrors: false }),
      );
      expect((value as Response).status).toBe(200);
      expect(fetch).toHaveBeenCalledTimes(2);
      expect(shouldRetry).not.toHaveBeenCalled();
      expect(elapsed()).toBe(delay);
    },
  );

  it('ForceRetryError counts within `retry.limit`, and is thrown at its end', async () => {
    const last = new ForceRetryError({ delay: 3 });
    const fetch = play(new ForceRetryError({ delay: 1 }), new ForceRetryError({ delay: 2 }), last);
    const { error } = await settle(call(fetch, { retry: 2 }));
    expect(error).toBe(last);
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(elapsed()).toBe(3);
  });
});

describe('where fetch rejects, ky throws', () => {
  it.each<[string, () => unknown]>([
    ['a bad URL', () => ky('not a url')],
    ['a bad method', () => ky(THINGS, { method: 'no method' })],
    ['a bad header', () => ky(THINGS, { headers: { 'bad name': '1' } })],
    ['a signal that is none', () => ky(THINGS, { signal: {} as AbortSignal })],
  ])('%s', (_, run) => {
    expect(run).toThrow(TypeError);
  });

  it('its NetworkError is no TypeError, and holds fetch’s as cause', async () => {
    const failure = fetchFailed();
    const { error } = await settle(call(play(failure), { retry: 0 }));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).not.toBeInstanceOf(TypeError);
    expect(error.cause).toBe(failure);
  });
});

describe('init is a plain object to it', () => {
  const sent = async (init: Options, input: string | Request = THINGS) => {
    const fetch = play(200);
    const merged = Object.assign(init, { fetch });
    await settle(ky(input, merged as never));
    return fetch.mock.calls[0]![0];
  };

  it('inherited members, and a Request as init, are ignored', async () => {
    expect((await sent(Object.create({ method: 'POST' }))).method).toBe('GET');
    expect((await sent(new Request(THINGS, { method: 'POST' }) as never)).method).toBe('GET');
  });

  it('json and searchParams in it take effect', async () => {
    const seen: unknown[] = [];
    const fetch = async (request: Request) => {
      seen.push(await request.json(), request.url);
      return new Response();
    };
    await settle(ky.post(THINGS, { json: { a: 1 }, searchParams: { b: 2 }, fetch: fetch as never }));
    expect(seen).toEqual([{ a: 1 }, `${THINGS}&b=2`]);
  });

  it('headers merge with those of a Request, where fetch replaces them', async () => {
    const request = await sent({ headers: { b: '2' } }, new Request(THINGS, { headers: { a: '1' } }));
    expect([...request.headers]).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  it('`signal: null` does not detach the signal of a Request', async () => {
    const controller = new AbortController();
    const request = new Request(THINGS, { signal: controller.signal });
    const settled = settle(ky(request, { signal: null, fetch: hanging as never }));
    controller.abort('enough');
    expect((await settled).error).toBe('enough');
  });

  it('a String object as input throws', () => {
    expect(() => ky(new String(THINGS) as never)).toThrow('`input` must be a string, URL, or Request');
  });

  it('`patch` is put in upper case, where fetch leaves it as it is', async () => {
    expect((await sent({ method: 'patch' })).method).toBe('PATCH');
  });

  it('the case of header names is lost', async () => {
    expect([...(await sent({ headers: { 'X-Case': '1' } })).headers.keys()]).toEqual(['x-case']);
  });

  it('names that only a runtime’s fetch knows are passed to it', async () => {
    const fetch = play(200);
    await settle(call(fetch, { dispatcher: 'mine', next: { revalidate: 1 }, priority: 'low' } as Options));
    expect(fetch.mock.calls[0]![1]).toEqual({ dispatcher: 'mine', next: { revalidate: 1 }, priority: 'low' });
  });
});

describe('it reads globalThis.fetch on every call', () => {
  it('so that a fetch made of ky, put in its place, would loop', async () => {
    let depth = 0;
    vi.stubGlobal('fetch', (input: Request) => {
      if (++depth > 5) throw new Error('deep enough');
      return ky(input, { retry: 0 });
    });
    expect((await settle(ky(THINGS, { retry: 0 }))).error).toEqual(new Error('deep enough'));
    expect(depth).toBe(6);
  });
});

describe('what a client is made of', () => {
  it('init hooks run before the call returns, the one of an extension last', () => {
    const seen: string[] = [];
    const client = ky
      .create({ hooks: { init: [() => void seen.push('theirs')] } })
      .extend({ hooks: { init: [() => void seen.push('ours')] } });
    client(THINGS, { fetch: play(200) as never, hooks: { init: [] } });
    expect(seen).toEqual(['theirs', 'ours']);
  });

  it('an extension by a function sees the merged options', () => {
    const seen: Options[] = [];
    ky.create({ headers: { a: '1' }, retry: 3 }).extend(options => {
      seen.push(options);
      return {};
    });
    expect(seen).toEqual([{ headers: { a: '1' }, retry: 3 }]);
  });

  it('methods are members of an instance, shortcuts of its promise, and nothing else is enumerable', async () => {
    expect(Object.keys(ky).sort()).toEqual(
      ['create', 'delete', 'extend', 'get', 'head', 'patch', 'post', 'put', 'query', 'retry', 'stop'].sort(),
    );
    const result = call(play(200));
    expect(Object.keys(result).sort()).toEqual(['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text']);
    await result;
  });

  it('a shortcut reads the response that its promise gives, with the method of its name; .json() its text', async () => {
    for (const [shortcut, method] of [
      ['text', 'text'],
      ['json', 'text'],
      ['bytes', 'bytes'],
    ] as const) {
      const response = new Response('1');
      const read = vi.fn(async () => '1');
      Object.assign(response, { [method]: read });
      await settle(
        call(
          play(() => response),
          { timeout: false },
        )[shortcut](),
      );
      expect(read).toHaveBeenCalledTimes(1);
    }
  });

  it('who listened to its promise before a shortcut did, hears the response first', async () => {
    const order: string[] = [];
    const response = Object.assign(new Response('1'), { text: async () => order.push('read') });
    const result = call(
      play(() => response),
      { timeout: false },
    );
    result.then(() => order.push('heard'));
    await settle(result.text());
    expect(order).toEqual(['heard', 'read']);
  });

  it('a replaced option is marked by one symbol', () => {
    const [mark, ...others] = Object.getOwnPropertySymbols(replaceOption(0));
    expect(typeof mark).toBe('symbol');
    expect(others).toEqual([]);
    expect(Object.getOwnPropertySymbols(replaceOption({ a: 1 }))).toEqual([mark]);
    expect((replaceOption('x') as unknown as { value: unknown }).value).toBe('x');
  });

  it('ky.retry() makes an object of one class, with its options', () => {
    const marker = ky.retry({ delay: 3 });
    expect(marker).toBeInstanceOf(ky.retry().constructor);
    expect(marker.options).toEqual({ delay: 3 });
    expect(ky.retry().options).toBeUndefined();
  });

  it('the limit for ky.retry() is read, after its hook, from the options that hooks see', async () => {
    const fetch = play(200);
    const hook: AfterResponseHook = ({ options, retryCount }) => {
      if (retryCount === 1) Object.assign(options.retry, { limit: 1 });
      return ky.retry({ delay: 0 });
    };
    const { error } = await settle(call(fetch, { retry: 5, hooks: { afterResponse: [hook] } }));
    expect(error).toBeInstanceOf(ForceRetryError);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('hooks are shown no answer of another make, which is handed through', async () => {
    const afterResponse = vi.fn();
    const mock = { ok: false, status: 503 };
    const { value } = await settle(
      call(
        play(() => mock as Response),
        { throwHttpErrors: () => false, hooks: { afterResponse: [afterResponse] } },
      ),
    );
    expect(value).toBe(mock);
    expect(afterResponse).not.toHaveBeenCalled();
  });

  it('what is thrown that is no Error passes by beforeError', async () => {
    const beforeError = vi.fn(({ error }: { error: Error }) => error);
    const fetch = () => Promise.reject('why');
    const { error } = await settle(ky(THINGS, { fetch, hooks: { beforeError: [beforeError] } }));
    expect(error).toBe('why');
    expect(beforeError).not.toHaveBeenCalled();
  });
});
