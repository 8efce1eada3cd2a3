import { HTTPError } from 'ky';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient, createFetch, defineErrorFormat, isApiError, toApiError } from '../../src/index.ts';
import { serve, type TestServer } from '../support/server.ts';

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
    expect(made.data).toBe(body);
  });

  it('takes the service, its formats and the request', async () => {
    const docs = defineErrorFormat({ name: 'docs', codes: ['own'], parse: () => ({ code: 'own', message: 'mine' }) });
    const request = new Request('http://docs.test/a', { method: 'PUT' });
    const error = await toApiError(new Response(body, { status: 500 }), request, { service: 'docs', errors: [docs] });
    expect(error.message).toBe('docs answered 500 own: mine');
    expect(error.request).toBe(request);
    expect((await toApiError(new Response('', { status: 500 }), request)).service).toBe('docs.test');
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
    expect(await toApiError(await fetch(server.origin))).toMatchObject({
      attempts: 1,
      stopped: 'final',
      delivery: 'rejected',
    });
  });

  it('leaves the answer as it is, but for its body', async () => {
    server.script({ status: 404, headers: JSON_TYPE, body });
    const response = await createFetch()(server.origin);
    const own = Reflect.ownKeys(response);
    const error = await toApiError(response);
    expect(Reflect.ownKeys(response)).toEqual(own);
    expect(error.response).toBe(response);
    expect(response.bodyUsed).toBe(true);
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
    expect(sent.bytes).toBeLessThanOrEqual(1_048_576 + 4 * 65_536);
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
    await vi.advanceTimersByTimeAsync(5_000);
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

  it('of 10 MB is read up to the bound by a client', async () => {
    const message = { error: { message: 'Broken', code: 'api_error' } };
    const large = JSON.stringify({ ...message, padding: 'x'.repeat(10_000_000) });
    server.script({ status: 500, headers: JSON_TYPE, body: large });
    const client = createClient({ service: 'docs', retry: 0 });
    const error: unknown = await client.get(server.origin).catch((thrown: unknown) => thrown);
    if (!isApiError(error, 'server')) throw error;
    expect(error.message).toBe('docs answered 500: Internal Server Error');
    expect(String(error.data ?? '').length).toBeLessThanOrEqual(1_048_576);

    server.script({ status: 500, headers: { 'content-type': 'text/plain' }, body: large });
    const text: unknown = await client.get(server.origin).catch((thrown: unknown) => thrown);
    if (!isApiError(text, 'server')) throw text;
    expect((text.data as string).length).toBe(1_048_576);
    expect(text.message).toBe('docs answered 500: Internal Server Error');

    const made = await toApiError(await fetch(server.origin));
    expect((made.data as string).length).toBe(1_048_576);
  });
});
