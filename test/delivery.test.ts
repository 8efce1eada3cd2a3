import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CallEvent,
  createClient,
  createFetch,
  type Delivery,
  type Extension,
  isApiError,
  toApiError,
} from '../src/index.ts';
import { RESET, refusedUrl, STALL, type Step, serve, status, type TestServer } from './support/server.ts';

const pem = readFileSync(new URL('fixtures/self-signed.pem', import.meta.url));
const QUICK = { limit: 2, backoff: () => 1 };

let server: TestServer;
let other: TestServer;
let refused: string;
const servers: Server[] = [];

const listen = async (made: Server): Promise<number> => {
  servers.push(made);
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return (made.address() as AddressInfo).port;
};

/** What a client and the drop-in say of a POST that is answered like this, and which requests arrived. */
const post = async (
  url: string,
  script: readonly Step[] = [],
  options: Record<string, unknown> = {},
  init: object = {},
) => {
  const said: (Delivery | undefined)[] = [];
  const watch = { name: 'watch', on: (event: CallEvent) => void (event.type === 'end' && said.push(event.delivery)) };
  const shared = { retry: QUICK, use: [watch], ...options };
  server.script(...script);
  const error = await createClient(shared)
    .post(url, { body: 'x', ...init })
    .catch((thrown: unknown) => thrown);
  const seen = server.seen.length;
  server.script(...script);
  await createFetch(shared)(url, { method: 'POST', body: 'x', ...init }).catch(() => {});
  expect(said[0]).toBe(said[1]);
  return { error, delivery: said[0], seen };
};

beforeAll(async () => {
  [server, other, refused] = await Promise.all([serve(), serve(), refusedUrl()]);
});
afterAll(async () => {
  for (const each of servers) each.close();
  await Promise.all([server.close(), other.close()]);
});

describe('not sent', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['a refused connection', () => refused],
    ['no such host', () => 'http://nowhere.invalid/'],
    ['a certificate that nobody signed', async () => `https://127.0.0.1:${await listen(createTlsServer({ key: pem, cert: pem }))}`],
  ])('%s', async (_, url) => {
    const { error, delivery, seen } = await post(await url());
    expect(delivery).toBe('not-sent');
    expect(isApiError(error, 'network') && error.delivery).toBe('not-sent');
    expect(seen).toBe(0);
  }); // biome-ignore format: a table

  it.each([
    ['client', (request: Request, use: Extension[]) => createClient({ use })(request)],
    ['drop-in', (request: Request, use: Extension[]) => createFetch({ use })(request)],
  ] as const)('a Request whose body was used: %s', async (_, send) => {
    const said: unknown[] = [];
    const watch: Extension = {
      name: 'watch',
      on: event => void (event.type === 'end' && said.push([event.classification, event.delivery])),
    };
    const request = new Request(server.origin, { method: 'POST', body: 'x' });
    await request.text();
    server.script();
    await expect(send(request, [watch])).rejects.toThrow(TypeError);
    expect(server.seen).toHaveLength(0);
    expect(said).toEqual([['invalid', 'not-sent']]);
  });

  it('a scheme that nobody knows', async () => {
    expect((await post('gopher://127.0.0.1/')).delivery).toBe('not-sent');
  });

  it('a request that an extension refused', async () => {
    const refuse = { name: 'refuse', around: () => Promise.reject(new Error('no')) };
    const said: unknown[] = [];
    const watch = { name: 'watch', on: (event: CallEvent) => void (event.type === 'end' && said.push(event.delivery)) };
    server.script();
    await createClient({ use: [watch, refuse] })
      .post(server.origin)
      .catch(() => {});
    expect(said).toEqual(['not-sent']);
    expect(server.seen).toHaveLength(0);
  });
});

describe('rejected', () => {
  it.each([400, 401, 404, 409, 422, 429])('%i', async code => {
    const { error, delivery } = await post(server.origin, [status(code)]);
    expect(delivery).toBe('rejected');
    expect(isApiError(error) && error.delivery).toBe('rejected');
  });

  it('429, then 400', async () => {
    expect(await post(server.origin, [status(429), status(400)])).toMatchObject({ delivery: 'rejected', seen: 2 });
  });
});

describe('unknown', () => {
  it.each<[string, readonly Step[], number]>([
    ['500', [status(500)], 3],
    ['503, then 400', [status(503), status(400)], 2],
    ['a reset', [RESET], 3],
    ['a reset, then 409', [RESET, status(409)], 2],
    ['a reset, then told not to ask again', [RESET, status(429, { 'x-should-retry': 'false' })], 2],
    ['a stored failure', [status(500, { 'idempotent-replayed': 'true' })], 1],
    ['a redirect loop', [status(307, { location: '/again' })], 21],
    ['408: its handler may have run', [status(408)], 1],
    ['409 with a time at which it is over', [status(409, { 'retry-after': '1' })], 1],
  ])('%s', async (_, script, seen) => {
    expect(await post(server.origin, script)).toMatchObject({ delivery: 'unknown', seen });
  });

  it.each([
    ['a server that speaks no TLS', () => server.origin.replace('http:', 'https:')],
    ['a port that fetch refuses, for it says so in words alone', () => 'http://127.0.0.1:1/'],
  ])('%s', async (_, url) => {
    const { error, delivery, seen } = await post(url());
    expect([delivery, isApiError(error, 'network') && error.delivery, seen]).toEqual(['unknown', 'unknown', 0]);
  });

  it('an attempt that took too long', async () => {
    const { error, delivery } = await post(server.origin, [STALL], { timeout: 40, retry: 0 });
    expect(delivery).toBe('unknown');
    expect(isApiError(error, 'timeout') && error.delivery).toBe('unknown');
  });

  it('a body that is not what it should be', async () => {
    const integrity = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
    expect((await post(server.origin, [status(200)], {}, { integrity })).delivery).toBe('unknown');
  });

  it('an answer that is no HTTP', async () => {
    const port = await listen(createTcpServer(socket => socket.once('data', () => socket.end('nonsense\r\n\r\n'))));
    expect((await post(`http://127.0.0.1:${port}`)).delivery).toBe('unknown');
  });

  it('a write that was taken, and sent on to what is missing', async () => {
    other.script(status(404));
    expect((await post(server.origin, [status(303, { location: other.origin })])).delivery).toBe('unknown');
  });
});

describe('of a read', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('there is none: %s', async method => {
    server.script(status(500));
    const error: unknown = await createClient({ retry: 0 })(server.origin, { method }).catch(
      (thrown: unknown) => thrown,
    );
    expect(isApiError(error, 'server')).toBe(true);
    expect(error).not.toHaveProperty('delivery');
    expect(await toApiError(await createFetch({ retry: 0 })(server.origin, { method }))).not.toHaveProperty('delivery');
  });
});

describe('settled by the key', () => {
  it.each<[string, readonly Step[], Delivery]>([
    ['a reset, then the stored refusal', [RESET, status(409, { 'idempotent-replayed': 'true' })], 'rejected'],
    ['503, then the stored refusal', [status(503), status(400, { 'idempotent-replayed': 'true' })], 'rejected'],
    ['503, then a stored failure', [status(503), status(500, { 'idempotent-replayed': 'true' })], 'unknown'],
  ])('%s', async (_, script, delivery) => {
    expect(await post(server.origin, script)).toMatchObject({ delivery, seen: 2 });
  });
});
