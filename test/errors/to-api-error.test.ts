import { inspect } from 'node:util';
import { HTTPError } from 'ky';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AnswerError,
  ApiTimeoutError,
  createClient,
  createFetch,
  defineErrorFormat,
  type Extension,
  isApiError,
  toApiError,
} from '../../src/index.ts';
import { refusedUrl, serve, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());
afterEach(() => void vi.useRealTimers());

const JSON_TYPE = { 'content-type': 'application/json' };
const body = JSON.stringify({ error: { code: 'parameter_missing', message: 'Missing', param: 'name' } });

describe('toApiError', () => {
  it('is the error a client would have thrown', async () => {
    server.script({ status: 400, headers: JSON_TYPE, body });
    const client = createClient({ retry: 0 });
    const thrown: unknown = await client.get(server.origin).catch((error: unknown) => error);
    const made = await toApiError(await fetch(server.origin));
    if (!isApiError(thrown)) throw thrown;
    // Of an answer of plain fetch nobody knows what came before it.
    expect({ ...made, delivery: undefined, stopped: undefined }).toEqual({
      ...thrown,
      delivery: undefined,
      stopped: undefined,
    });
    expect(made.message).toBe(thrown.message);
    expect(made.delivery).toBe('unknown');
    expect(made).toBeInstanceOf(HTTPError);
    expect(made.data).toEqual(JSON.parse(body));
  });

  it('takes the service, its formats and the request', async () => {
    const docs = defineErrorFormat({ name: 'docs', codes: ['own'], parse: () => ({ code: 'own', message: 'mine' }) });
    const request = new Request('http://docs.test/a', { method: 'PUT' });
    const error = await toApiError(new Response(body, { status: 500 }), { request, service: 'docs', errors: [docs] });
    expect(error.message).toBe('docs answered 500 own: mine');
    expect(error.request).toBe(request);
    expect((await toApiError(new Response('', { status: 500 }), { request })).service).toBe('docs.test');
  });

  it('takes any answer, also one that is no error', async () => {
    expect((await toApiError(new Response('fine'))).message).toBe('the service answered 200: fine');
    expect((await toApiError(Response.error())).status).toBe(0);
    expect((await toApiError(Response.redirect('http://x.test', 303))).kind).toBe('invalid_request');
    for (const [url, service] of [
      ['http://user:pass@x.test/', 'x.test'],
      ['/relative', 'the service'],
      ['file:///x', 'the service'],
    ]) {
      const odd = Object.defineProperty(new Response('', { status: 404 }), 'url', { value: url });
      expect(await toApiError(odd)).toMatchObject({ kind: 'not_found', service });
    }
  });

  it('knows how the call ended that a fetch of ours made', async () => {
    const headers = { ...JSON_TYPE, 'retry-after': '3600' };
    server.script({ ending: 'reset' }, { status: 503 }, { status: 429, headers, body });
    const fetch = createFetch({ service: 'docs', retry: { limit: 2, backoff: () => 1 } });
    const response = await fetch(server.origin, { method: 'PUT', headers: { 'idempotency-key': 'key-of-this-call' } });
    const error = await toApiError(response);
    expect(error).toMatchObject({
      attempts: 3,
      stopped: 'limit',
      delivery: 'unknown',
      service: 'docs',
      kind: 'invalid_request',
    });
    expect(error.message).toMatch(
      /^docs answered 429 parameter_missing: Missing, gave up after 3 attempts in \d+ ms: limit$/,
    );
    expect(error.idempotencyKey).toBe('key-of-this-call');
    server.script({ status: 404, headers: JSON_TYPE, body });
    expect(await toApiError(await fetch(server.origin, { method: 'POST' }))).toMatchObject({
      attempts: 1,
      stopped: 'final',
      delivery: 'rejected',
    });
  });

  it('leaves the answer as it is, and its body to be read', async () => {
    server.script({ status: 404, headers: JSON_TYPE, body });
    const response = await createFetch()(server.origin);
    const own = Reflect.ownKeys(response);
    const error = await toApiError(response);
    expect(Reflect.ownKeys(response)).toEqual(own);
    expect(error.response).toBe(response);
    expect(await response.text()).toBe(body);
    expect(response.headers.get('content-type')).toBe('application/json');
  });

  it.each<[string, () => Promise<Response>]>([
    ['read already', async () => {
      const response = new Response('x', { status: 500 });
      await response.text();
      return response;
    }],
    ['locked', async () => {
      const response = new Response('x', { status: 500 });
      response.body?.getReader();
      return response;
    }],
    ['missing', async () => new Response(null, { status: 500 })],
    ['broken', async () => new Response(new ReadableStream({ pull: controller => controller.error(new Error('cut')) }), { status: 500 })],
    ['of no bytes', async () => new Response(new ReadableStream({ start: controller => controller.enqueue('text' as never) }), { status: 500 })],
  ])('does without a body that is %s', async (_, response) => {
    expect((await toApiError(await response())).message).toBe('the service answered 500: no message');
  }); // biome-ignore format: a table

  it('keeps what came of a body that breaks', async () => {
    server.script({ status: 500, headers: { 'content-type': 'text/plain' }, body: 'half a mess', ending: 'reset' });
    const error = await toApiError(await fetch(server.origin));
    expect(error.message).toMatch(/answered 500: half a mess$/);
  });
});

describe('a body without end', () => {
  const flood = () => {
    const sent = { bytes: 0, cancelled: false };
    const chunk = new TextEncoder().encode('x'.repeat(65_536));
    const stream = new ReadableStream({
      pull: controller => {
        sent.bytes += chunk.byteLength;
        controller.enqueue(chunk);
      },
      cancel: () => {
        sent.cancelled = true;
      },
    });
    return { sent, response: () => new Response(stream, { status: 500, headers: { 'content-type': 'text/plain' } }) };
  };

  it('is read up to a bound', async () => {
    const { sent, response } = flood();
    const error = await toApiError(response());
    expect(error.message.length).toBeLessThan(400);
    expect(sent.bytes).toBeLessThanOrEqual(10 * 1_048_576 + 4 * 65_536);
    expect(sent.cancelled).toBe(true);
  });

  it('is left when it stalls', async () => {
    vi.useFakeTimers();
    let cancelled = false;
    const stalled = new ReadableStream({
      start: controller => controller.enqueue(new TextEncoder().encode('so far')),
      cancel: () => {
        cancelled = true;
      },
    });
    const error = toApiError(new Response(stalled, { status: 503 }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await error).message).toBe('the service answered 503: so far');
    expect(cancelled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(['endless', 'stall'] as const)('keeps no client waiting: %s', async ending => {
    server.script({ status: 503, headers: { 'content-type': 'text/plain' }, body: 'busy', ending });
    const client = createClient({ retry: { limit: 1, backoff: () => 1 }, timeout: 400 });
    const error: unknown = await client.get(server.origin).catch((thrown: unknown) => thrown);
    expect(isApiError(error, 'server') && error.attempts).toBe(2);
    expect(server.seen).toHaveLength(2);
  });

  it('of more than 10 MiB is read up to the bound, at both doors', async () => {
    const large = 'x'.repeat(10 * 1_048_576 + 1);
    server.script({ status: 500, headers: { 'content-type': 'text/plain' }, body: large });
    const error: unknown = await createClient({ service: 'docs', retry: 0 })
      .get(server.origin)
      .catch((thrown: unknown) => thrown);
    const made = await toApiError(await fetch(server.origin));
    if (!isApiError(error, 'server')) throw error;
    for (const { data } of [error, made]) expect(String(data).length).toBe(10 * 1_048_576);
  });
});

/** What it makes of what this call rejects with. */
const rejected = async (call: Promise<Response>, options?: Parameters<typeof toApiError>[1]) => {
  const reason: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { reason, error: await toApiError(reason, options) };
};

describe('toApiError of a rejection', () => {
  const once = { limit: 1, backoff: () => 1 };

  it('is the error a client would have thrown', async () => {
    server.script({ ending: 'reset' });
    const { reason, error } = await rejected(
      createFetch({ service: 'docs', retry: once })(server.origin, { method: 'PUT', headers: { 'idempotency-key': 'key-of-this-call' } }),
    );
    const thrown: unknown = await createClient({ service: 'docs', retry: once }).put(server.origin).catch((each: unknown) => each);
    if (!isApiError(error, 'network') || !isApiError(thrown, 'network')) throw error;
    expect({ ...error }).toEqual({ kind: 'network', service: 'docs', attempts: 2, stopped: 'limit', delivery: 'unknown' });
    expect({ ...error }).toEqual({ ...thrown });
    const timeless = ({ message }: Error) => message.replace(/\d+ ms/, 'n ms');
    expect(timeless(error)).toBe(timeless(thrown));
    expect(error.idempotencyKey).toBe('key-of-this-call');
    expect([error.request.method, new URL(error.request.url).origin]).toEqual(['PUT', server.origin]);
    expect(error.cause).toMatchObject({ name: 'TypeError', message: (reason as Error).message });
  });

  it('is a proof, where there is one', async () => {
    const { error } = await rejected(createFetch({ retry: 0 })(await refusedUrl(), { method: 'POST', body: 'x' }));
    expect(error).toMatchObject({ kind: 'network', delivery: 'not-sent', attempts: 1 });
    const { error: read } = await rejected(createFetch({ retry: 0 })(await refusedUrl()));
    expect(read).not.toHaveProperty('delivery');
  });

  it('is a timeout, where that was ours', async () => {
    server.script({ ending: 'stall' });
    const { error } = await rejected(createFetch({ service: 'docs', retry: 0, timeout: 20 })(server.origin, { method: 'POST' }));
    expect(error).toBeInstanceOf(ApiTimeoutError);
    expect(error).toMatchObject({ kind: 'timeout', delivery: 'unknown', message: 'docs did not answer in time' });
  });

  it('takes a name for the service, and a request', async () => {
    const request = new Request(server.origin);
    server.script({ ending: 'reset' });
    const { error } = await rejected(createFetch({ retry: 0 })(request), { service: 'mine' });
    expect(isApiError(error, 'network') && [error.service, error.request === request]).toEqual(['mine', true]);
  });

  it('tells one call nothing of another that ended in the same object', async () => {
    const failure = Object.assign(new TypeError('fetch failed'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const fetch = createFetch({ retry: 0, fetch: () => Promise.reject(failure) });
    expect((await rejected(fetch('http://docs.test/', { method: 'POST' }))).error).toMatchObject({ delivery: 'not-sent', attempts: 1 });
    const { error } = await rejected(fetch('http://docs.test/', { method: 'POST' }));
    expect(error).toMatchObject({ kind: 'network', delivery: 'unknown', service: 'the service' });
    for (const name of ['attempts', 'stopped']) expect(error).not.toHaveProperty(name);
  });

  it('gives back what is no failure of the network, as the same object', async () => {
    server.script({ ending: 'stall' });
    const abort = new AbortController();
    const calls = [1, 2].map(() => rejected(createFetch()(server.origin, { signal: abort.signal })));
    await server.arrived(2);
    abort.abort(new Error('by the user'));
    for (const { reason, error } of await Promise.all(calls)) {
      expect(reason).toBe(abort.signal.reason);
      expect(error).toBe(reason);
    }
    const own = new Error('not signed in');
    const refuse = { name: 'refuse', around: () => Promise.reject(own) };
    expect((await rejected(createFetch({ use: [refuse] })(server.origin))).error).toBe(own);
    for (const other of [undefined, null, 'x', 7, new TypeError('x is not a function'), Object.assign(new Error(), { status: 500 })])
      expect(await toApiError(other)).toBe(other);
    const already = await toApiError(new Response('', { status: 404 }));
    expect(await toApiError(already)).toBe(already);
  });
}); // biome-ignore format: long facts

describe('toApiError of an answer that was read', () => {
  const headers = { ...JSON_TYPE, 'x-request-id': 'req_1', 'x-amzn-errortype': 'ThrottlingException', 'retry-after': '7' };
  const read = async () => {
    const response = new Response(body, { status: 400, statusText: 'Bad Request', headers });
    await response.text();
    return response;
  };

  it('keeps what its status and headers say', async () => {
    vi.useFakeTimers({ now: 0, toFake: ['Date'] });
    const error = await toApiError(await read());
    expect(error).toMatchObject({ kind: 'rate_limit', status: 400, code: 'ThrottlingException', requestId: 'req_1', retryAt: new Date(7_000) });
    expect(error.message).toBe('the service answered 400 ThrottlingException: Bad Request (req_1)');
    expect(error.data).toBeUndefined();
  });

  it.each([['its value', JSON.parse(body)], ['its text', body]])('takes %s', async (_, data) => {
    const error = await toApiError(await read(), { data });
    expect(error).toMatchObject({ kind: 'invalid_request', code: 'parameter_missing', param: 'name', data });
  });

  it('does not read what it was told', async () => {
    const response = new Response(body, { status: 400 });
    expect((await toApiError(response, { data: { message: 'mine' } })).message).toBe('the service answered 400: mine');
    expect(response.bodyUsed).toBe(false);
  });
}); // biome-ignore format: long facts

describe('delivery', () => {
  const running = [{ error: { code: 'idempotency_key_in_use', message: 'x' } }, { message: 'A request with this key is still being processed.' }, { error: { message: 'Concurrent request with the same key', type: 'conflict' } }, { message: 'Request in progress' }];

  it.each([
    ...running.map(said => [409, said, 'unknown'] as const),
    [409, { message: 'Name is taken' }, 'rejected'],
    [409, { message: 'This bucket is in use' }, 'rejected'],
    [422, { message: 'Request in progress' }, 'rejected'],
    [500, { message: 'Request rejected' }, 'unknown'],
  ] as const)('a %i that says %j: %s', async (code, said, delivery) => {
    server.script({ status: code, headers: JSON_TYPE, body: JSON.stringify(said) });
    const error = await toApiError(await createFetch({ retry: 0 })(server.origin, { method: 'POST', body: 'x' }));
    expect(error.delivery).toBe(delivery);
    const thrown: unknown = await createClient({ retry: 0 }).post(server.origin).catch((each: unknown) => each);
    expect(isApiError(thrown) && thrown.delivery).toBe(delivery);
  });

  it('is none of a read, and unknown of what nobody of ours has sent', async () => {
    const response = () => new Response('', { status: 404 });
    expect(await toApiError(response())).toMatchObject({ delivery: 'unknown' });
    for (const [method, delivery] of [['GET', undefined], ['POST', 'unknown']] as const) {
      const request = new Request('http://docs.test/', { method });
      expect((await toApiError(response(), { request })).delivery).toBe(delivery);
    }
    server.script({ status: 404 });
    expect(await toApiError(await createFetch()(server.origin))).not.toHaveProperty('delivery');
  });
}); // biome-ignore format: long facts

describe('what a server says back of our request', () => {
  const secret = 'sk_live_51Hx7aZ';
  const echo = { status: 404, headers: { ...JSON_TYPE, 'x-request-id': secret }, body: JSON.stringify({ message: `No ${secret}`, error_code: `x-${secret}`, param: secret, type: secret }) };
  const masked = { code: 'x-***', param: '***', type: '***', requestId: '***' };

  it.each<[string, (url: string, init: RequestInit) => Promise<AnswerError>]>([
    ['drop-in', async (url, init) => toApiError(await createFetch({ service: 'docs' })(url, init))],
    ['drop-in with a Request', async (url, init) => toApiError(await createFetch({ service: 'docs' })(new Request(url, init)), { service: 'docs' })],
    ['a header that an extension stamped', async (url, { headers }) => {
      const stamp: Extension = { name: 'stamp', around: (attempt, send) => {
        for (const [name, value] of Object.entries(headers ?? {})) attempt.headers.set(name, value);
        return send();
      } };
      return toApiError(await createFetch({ service: 'docs', use: [stamp] })(url));
    }],
    ["somebody else's fetch, and its request", async (url, init) => toApiError(await fetch(url, init), { service: 'docs', request: new Request(url, init) })],
    ['a client', async (url, init) => {
      const error: unknown = await createClient({ service: 'docs' })(url, init as { headers: Record<string, string> }).catch((thrown: unknown) => thrown);
      if (!isApiError(error)) throw error;
      return error as AnswerError;
    }],
  ])('%s', async (_, call) => {
    for (const [url, headers] of [[`${server.origin}/?key=${secret}`, {}], [server.origin, { authorization: `Bearer ${secret}` }], [server.origin, { cookie: `sid=${secret}` }]] as const) {
      server.script(echo);
      const error = await call(url, { headers });
      expect(error).toMatchObject({ ...masked, message: 'docs answered 404 x-***: No *** (***)' });
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(secret);
    }
  });

  it('is masked in the status text, too', async () => {
    server.script({ status: 404, statusText: `No ${secret}` });
    expect((await toApiError(await createFetch({ service: 'docs' })(`${server.origin}/?key=${secret}`))).message).toBe('docs answered 404: No ***');
  });
}); // biome-ignore format: long facts
