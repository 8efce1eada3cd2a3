import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from './faults.ts';
import { type Answer, refuse, type Service } from './problems.ts';
import { createKeys, createStore, type Received, type Write } from './store.ts';

export interface ApiOptions {
  /** @default none */
  readonly faults?: Faults;
  /** Requests a second and API key, as both guides have it. @default 100 */
  readonly perSecond?: number;
  /** How long a write is being applied, in milliseconds. @default 2 */
  readonly workMs?: number;
  /** How long a stalled request is held if the client does not give up first. @default 3_000 */
  readonly patienceMs?: number;
  /** The limiter's clock, in milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** A running server of both services: `/drive/v1/items` and `/docs/v1/resources`. */
export interface Api {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Every write that took effect, by the client's id. */
  readonly writes: ReadonlyMap<string, readonly Write[]>;
  /** Ids of what exists. */
  readonly resources: Set<string>;
  /** Requests that arrived. */
  readonly requests: () => number;
  close(): Promise<void>;
}

/** Answers `true` while a key has requests left in the running second. */
const createLimiter = (perSecond: number, clock: () => number) => {
  const windows = new Map<string, { readonly since: number; used: number }>();
  return (key: string): boolean => {
    const now = clock();
    const window = windows.get(key);
    if (!window || now - window.since >= 1000) {
      windows.set(key, { since: now, used: 1 });
      return perSecond >= 1;
    }
    return ++window.used <= perSecond;
  };
};

const ROUTE = /^\/(drive\/v1\/items|docs\/v1\/resources)(?:\/([\w-]+))?(?:\?.*)?$/;
const REF = /ref-[\w-]+/;

const receive = async (request: IncomingMessage): Promise<Received | undefined> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const path = request.url ?? '/';
  const route = ROUTE.exec(path);
  if (!route) return undefined;
  return {
    service: route[1]!.split('/')[0] as Service,
    method: request.method ?? 'GET',
    path,
    id: route[2],
    contentType: request.headers['content-type'] ?? '',
    body,
    ref: (REF.exec(path) ?? REF.exec(body.toString('latin1')))?.[0] ?? '',
  };
};

const send = (response: ServerResponse, { status, headers, body }: Answer, requestId: string): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': requestId, ...headers });
  response.end(JSON.stringify(body));
};

/** Says nothing until the client gives up, or until patience ends with a reset. */
const stall = async (response: ServerResponse, patienceMs: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => response.destroy(), patienceMs);
  response.once('close', resolve);
  if (response.closed) resolve();
  await promise;
  clearTimeout(timer);
};

/** Starts both services on a free loopback port. */
export const startApi = async ({
  faults = () => undefined,
  perSecond = 100,
  workMs = 2,
  patienceMs = 3_000,
  now = () => performance.now(),
}: ApiOptions = {}): Promise<Api> => {
  const store = createStore();
  const claim = createKeys();
  const mayPass = createLimiter(perSecond, now);
  const seen = new Map<string, number>();
  let requests = 0;

  /** The service itself, which never fails: faults come between it and the client. */
  const serve = async (request: Received, user: string, key: string | undefined, requestId: string) => {
    const isWrite = request.method !== 'GET';
    if (isWrite && user.startsWith('readonly')) return refuse(request.service, 'read-only', requestId);
    const claimed = isWrite && key ? claim(`${user} ${key}`, request) : undefined;
    if (claimed?.kind === 'replay') return claimed.answer;
    if (claimed?.kind === 'conflict') return refuse(request.service, claimed.problem, requestId);
    await sleep(workMs);
    const result = store.apply(request);
    const answer = 'status' in result ? result : undefined;
    claimed?.settle(answer);
    if ('status' in result) return result;
    return refuse(request.service, result[0], requestId, result[1]);
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = `req_${(++requests).toString(36).padStart(6, '0')}`;
    const request = await receive(incoming);
    if (!request) return send(response, refuse('drive', 'unknown', requestId), requestId);
    const { service, ref } = request;
    const user = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1];
    if (!user) return send(response, refuse(service, 'unauthenticated', requestId), requestId);
    if (!mayPass(user)) return send(response, refuse(service, 'throttled', requestId), requestId);

    const nth = (seen.get(ref) ?? 0) + 1;
    seen.set(ref, nth);
    const fault = faults(ref, nth);
    if (fault === 'reset-before') return void incoming.socket.resetAndDestroy();
    if (fault === 'stall-before') return stall(response, patienceMs);
    if (fault === 'throttled-before') return send(response, refuse(service, 'throttled', requestId), requestId);
    if (fault === 'unavailable-before') return send(response, refuse(service, 'unavailable', requestId), requestId);
    const key = incoming.headers['idempotency-key'];
    const answer = await serve(request, user, typeof key === 'string' ? key : undefined, requestId);
    if (fault === 'reset-after') return void incoming.socket.resetAndDestroy();
    if (fault === 'stall-after') return stall(response, patienceMs);
    if (fault === 'error-after') return send(response, refuse(service, 'failed', requestId), requestId);
    send(response, answer, requestId);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy()); // the client went away in the middle of its body
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes: store.writes,
    resources: store.resources,
    requests: () => requests,
    close: () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
};
