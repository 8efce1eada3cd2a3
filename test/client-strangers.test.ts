/** A client over fetches that are not the platform's: patched, of another make, or poor. */
import { Readable } from 'node:stream';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { ApiTimeoutError, type CallEvent, type ClientOptions, createClient } from '../src/index.ts';
import { quick } from './support/logbook.ts';
import { OK, STALL, serve, status } from './support/server.ts';

const server = await serve();
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
process.on('unhandledRejection', note);
const platform = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = platform;
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
  await server.close();
});

type Fetch = typeof globalThis.fetch;
const over = (fetch: unknown, options: ClientOptions = {}) =>
  createClient({ ...options, fetch: fetch as Fetch, retry: { ...quick, ...(options.retry as object) } });

test('a fetch that refuses a foreign this, as browsers do', async () => {
  function strict(this: unknown, ...args: Parameters<Fetch>) {
    if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation');
    return platform(...args);
  }
  server.script(status(503), OK);
  expect(await over(strict).get(server.origin).text()).toBe('ok');
  server.script(OK);
  expect(
    await createClient()
      .get(server.origin, { fetch: strict as Fetch })
      .text(),
  ).toBe('ok');
});

describe('an answer of another make', () => {
  const answers = (...list: readonly unknown[]) => {
    const rest = [...list];
    return vi.fn(async () => (rest.length > 1 ? rest.shift() : rest[0]));
  };
  const mock = (code: number) => ({
    ok: code < 400,
    status: code,
    json: async () => ({ id: 1 }),
    text: async () => '{"id":1}',
  });

  test('a mock without headers is retried by its status, and handed through', async () => {
    const good = mock(200);
    const fetch = answers(mock(503), good);
    expect(await over(fetch).post('http://x.test/')).toBe(good);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(
      await over(answers(mock(503), good))
        .get('http://x.test/')
        .json(),
    ).toEqual({ id: 1 });
  });

  test('a mock that is an error is one', async () => {
    for (const hooks of [{}, { afterResponse: [() => {}] }]) {
      const ends: CallEvent[] = [];
      const use = [{ name: 'watch', on: (event: CallEvent) => void (event.type === 'end' && ends.push(event)) }];
      const fetch = answers(mock(503));
      await expect(over(fetch, { use, hooks }).post('http://x.test/')).rejects.toMatchObject({
        kind: 'server',
        status: 503,
        attempts: 3,
        stopped: 'limit',
        data: { id: 1 },
      });
      expect(fetch).toHaveBeenCalledTimes(3);
      expect(ends).toHaveLength(1);
    }
    await expect(over(answers({ ok: false, status: 404 }))('http://x.test/')).rejects.toMatchObject({ status: 404 });
  });

  test('a Node stream as body: 503, then 200', async () => {
    /** As node-fetch answers. */
    class Answer {
      readonly headers = new Headers();
      readonly ok: boolean;
      readonly status: number;
      readonly body: Readable;
      bodyUsed = false;
      constructor(code: number, text: string) {
        this.ok = code < 400;
        this.status = code;
        this.body = Readable.from([text]);
      }
      get [Symbol.toStringTag]() {
        return 'Response';
      }
      clone() {
        return this;
      }
      async text() {
        this.bodyUsed = true;
        return (await this.body.toArray()).join('');
      }
    }
    expect(
      await over(answers(new Answer(503, 'no'), new Answer(200, '{"id":1}')))
        .post('http://x.test/')
        .json(),
    ).toEqual({ id: 1 });
    await expect(over(answers(new Answer(400, '{"code":"NO"}'))).post('http://x.test/')).rejects.toMatchObject({
      code: 'NO',
    });
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'ok'],
  ])('no answer at all: %s', async (_, value) => {
    const fetch = answers(value);
    await expect(over(fetch).get('http://x.test/')).rejects.toThrow(TypeError);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

describe('what an own fetch throws', () => {
  test.each<[string, unknown]>([
    ['an error of its own', new RangeError('circuit is open')],
    ['one that talks of HTTP and certificates', new Error('HTTP 503: certificate store is busy')],
    ['an AbortError of its own', new DOMException('mine', 'AbortError')],
    ['a text', 'why'],
    ['nothing', undefined],
  ])('is the same object, once: %s', async (_, thrown) => {
    const ends: CallEvent[] = [];
    const use = [{ name: 'watch', on: (event: CallEvent) => void (event.type === 'end' && ends.push(event)) }];
    const fetch = vi.fn(() => Promise.reject(thrown));
    await expect(over(fetch, { use }).post('http://x.test/').json()).rejects.toBe(thrown);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(ends).toMatchObject([{ outcome: { kind: 'thrown' }, delivery: 'unknown' }]);
  });

  test('is a failure of the network where it says so by its code', async () => {
    const reset = Object.assign(new Error('read'), { code: 'ECONNRESET', syscall: 'read' });
    const fetch = vi.fn(() => Promise.reject(reset));
    await expect(over(fetch).post('http://x.test/')).rejects.toMatchObject({ kind: 'network', attempts: 3 });
  });
});

describe('a fetch that ignores its signal', () => {
  const deaf = () => new Promise<never>(() => {});
  test('ends with timeout', async () => {
    const began = performance.now();
    const error = await over(deaf, { timeout: 100, retry: { limit: 0 } })
      .post('http://x.test/')
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiTimeoutError);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('ends with the caller’s abort', async () => {
    const controller = new AbortController();
    const call = over(deaf).post('http://x.test/', { signal: controller.signal });
    const rejected = expect(call).rejects.toBe('why');
    await new Promise(setImmediate);
    controller.abort('why');
    await rejected;
  });
});

describe('a framework that answers equal reads of a render from memory', () => {
  type Memo = { readonly fetch: Fetch; readonly memo: Map<string, Promise<Response>> };
  const sendable = async (memo: Memo['memo'], key: string, send: () => Promise<Response>) => {
    const known = memo.get(key) ?? send();
    memo.set(key, known);
    return (await known).clone();
  };
  /** React: equal GETs and HEADs are one, unless there is a signal in init. */
  const react = (): Memo => {
    const memo: Memo['memo'] = new Map();
    const fetch: Fetch = (input, init) => {
      if (init?.signal) return platform(input, init);
      const request = new Request(input, init);
      if (!/^(GET|HEAD)$/.test(request.method)) return platform(input, init);
      return sendable(memo, `${request.method} ${request.url}`, () => platform(input, init));
    };
    return { fetch, memo };
  };
  /** Next.js in front of it: what stands in init beside a Request is folded into that, and so the signal is hidden. */
  const next = (): Memo => {
    const { fetch, memo } = react();
    return {
      memo,
      fetch: (input, init) => (input instanceof Request ? fetch(new Request(input, init)) : fetch(input, init)),
    };
  };

  describe.each([
    ['React', react],
    ['Next', next],
  ])('%s', (_, make) => {
    test.each<[string, ClientOptions]>([
      ['with our limits', {}],
      ['without', { timeout: false, totalTimeout: false }],
      ['with what it is told', { timeout: false, totalTimeout: false, next: { revalidate: 1 } } as ClientOptions],
      ['with what it is told, and limits', { next: { revalidate: 1 } } as ClientOptions],
    ])('a retry reaches the network: %s', async (_, options) => {
      for (const method of ['get', 'head'] as const) {
        for (const place of ['globalThis', 'option', 'call']) {
          const { fetch } = make();
          const seen: unknown[] = [];
          const spy: Fetch = (input, init) => {
            seen.push((init as { next?: unknown } | undefined)?.next);
            return fetch(input, init);
          };
          server.script(status(503), OK);
          if (place === 'globalThis') globalThis.fetch = spy;
          const api = createClient({ ...options, retry: quick, ...(place === 'option' && { fetch: spy }) });
          const response = await api[method](server.origin, place === 'call' ? { fetch: spy } : {});
          expect(response.status).toBe(200);
          expect(server.seen.map(each => each.method)).toEqual([method.toUpperCase(), method.toUpperCase()]);
          const told = (options as { next?: unknown }).next;
          expect(seen).toEqual([told, told]);
          globalThis.fetch = platform;
        }
      }
    });
  });

  test('the first attempt is still answered from memory, where no limit of ours has a signal', async () => {
    const { fetch } = react();
    server.script(OK);
    const api = createClient({ fetch, timeout: false, totalTimeout: false });
    expect([await api(server.origin).text(), await api(server.origin).text()]).toEqual(['ok', 'ok']);
    expect(server.seen.length).toBe(1);
  });
});

test('a limit of ours holds where the platform’s own fetch sends, too', async () => {
  server.script(STALL);
  const call = createClient({ timeout: 100, retry: 0 }).get(server.origin);
  await expect(call).rejects.toMatchObject({ kind: 'timeout', stopped: 'limit', attempts: 1 });
});
