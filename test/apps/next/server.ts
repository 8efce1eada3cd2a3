import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it arrived. */
interface Arrived {
  readonly method: string;
  readonly key: string | undefined;
  readonly body: string;
}

export interface Server {
  readonly origin: string;
  /** What arrived on a path, in order. */
  arrived(path: string): readonly Arrived[];
  close(): void;
}

const read = async (request: IncomingMessage): Promise<Arrived> => ({
  method: request.method ?? '',
  key: request.headers['idempotency-key']?.toString(),
  body: await text(request),
});

/** Answers each path with the statuses of its script, one after the other, and then with the last of them. */
export const serve = async (scripts: ReadonlyMap<string, readonly number[]>): Promise<Server> => {
  const arrivals = new Map<string, Arrived[]>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const script = scripts.get(path) ?? [200];
    const arrived = arrivals.get(path) ?? [];
    arrivals.set(path, arrived);
    const status = script[Math.min(arrived.length, script.length - 1)] ?? 200;
    arrived.push(await read(request));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify({ status }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived: path => arrivals.get(path) ?? [],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
