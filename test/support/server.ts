import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';

/** What the server does with one request. Without a status nothing is answered. */
export interface Step {
  /** Act before the body of the request is read. */
  readonly early?: boolean;
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
  /** Written one by one as they come, instead of a body. */
  readonly chunks?: AsyncIterable<string>;
  /** What follows head and body. @default 'end' */
  readonly ending?: 'end' | 'reset' | 'stall' | 'endless';
}

/** A request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Names in the case they were sent in, and values, in their order. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  /** Complete once the step has begun, unless that is an `early` one. */
  body: Buffer;
  /** Which connection it came on, from 1. */
  readonly socket: number;
  /** `performance.now()` at its arrival. */
  readonly at: number;
}

export interface TestServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Every request since the last `script`. */
  readonly seen: readonly Seen[];
  /** Connections made since the start. */
  readonly sockets: number;
  /** Connections open now. */
  readonly open: number;
  /** Forgets what was seen and plays these steps, one a request; the last one goes on. */
  script(...steps: readonly Step[]): void;
  /** Resolves when this many requests have arrived. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

export const OK: Step = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' };
export const RESET: Step = { ending: 'reset' };
export const STALL: Step = { ending: 'stall' };

/** An answer with this status, some headers, and a short body where one is allowed. */
export const status = (code: number, headers: Step['headers'] = {}): Step => ({
  status: code,
  headers,
  ...(code !== 204 && code !== 304 && { body: `status ${code}` }),
});

const endless = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(16_384, 'x');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};

/** Answers as the step says. */
export const play = (step: Step, response: ServerResponse): void => {
  const { status: code, statusText, headers = {}, body, chunks, ending = 'end' } = step;
  if (code !== undefined) {
    if (statusText === undefined) response.writeHead(code, headers);
    else response.writeHead(code, statusText, headers);
    if (body !== undefined) response.write(body);
    else if (ending !== 'end') response.flushHeaders();
  }
  if (chunks) Readable.from(chunks).pipe(response);
  else if (ending === 'end') response.end();
  else if (ending === 'endless') endless(response);
  else if (ending === 'reset') {
    // What was written leaves first, so that the reset comes in the middle of the body.
    if (code === undefined) response.socket?.resetAndDestroy();
    else response.write('', () => setImmediate(() => response.socket?.resetAndDestroy()));
  }
};

/** A real HTTP server on a free loopback port that plays a script and records what arrives. */
export const serve = async (): Promise<TestServer> => {
  const steps: Step[] = [];
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  const ids = new WeakMap<Socket, number>();
  const open = new Set<Socket>();
  let sockets = 0;

  const server = createServer(async (request, response) => {
    const step = (steps.length > 1 ? steps.shift() : steps[0]) ?? OK;
    const raw = request.rawHeaders;
    const entry: Seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : [])),
      body: Buffer.alloc(0),
      socket: ids.get(request.socket) ?? 0,
      at: performance.now(),
    };
    seen.push(entry);
    for (const wake of waiting) wake();
    response.on('error', () => {});
    if (!step.early) {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        entry.body = Buffer.concat(chunks);
      } catch {
        return; // the client left
      }
    }
    play(step, response);
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', socket => {
    ids.set(socket, ++sockets);
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    get sockets() {
      return sockets;
    },
    get open() {
      return open.size;
    },
    script: (...next) => {
      seen.length = 0;
      steps.splice(0, steps.length, ...next);
    },
    arrived: count =>
      new Promise(resolve => {
        const look = () => {
          if (seen.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/** A loopback URL on which nothing listens. */
export const refusedUrl = async (): Promise<string> => {
  const server = await serve();
  await server.close();
  return server.origin;
};
