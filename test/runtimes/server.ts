import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Step as PlayedStep, play } from '../support/server.ts';

/** What the server does with one request of a behaviour. */
export interface Step extends Omit<PlayedStep, 'early' | 'body'> {
  readonly body?: string;
  /** The body comes in two pieces, `first` and `second`, the second one only when `/go` is asked for. */
  readonly gated?: boolean;
}

/** `open`: whatever a page of another origin asks for. `simple`: simple requests only, nothing exposed. `none`: no CORS. */
export type Cors = 'open' | 'simple' | 'none';

interface Script {
  readonly steps: readonly Step[];
  readonly cors: Cors;
}

/** A request as it arrived. The body is text in which each character is a byte. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const pem = readFileSync(new URL('../fixtures/self-signed.pem', import.meta.url));

/** What the server knows of one behaviour. */
interface Stage extends Script {
  readonly arrived: Arrived[];
  preflights: number;
  played: number;
  wake: () => void;
  go: () => void;
  readonly gone: Promise<void>;
}

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
};

const OPEN = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' };
const OPEN_PREFLIGHT = {
  ...OPEN,
  'access-control-allow-methods': '*',
  // The star does not stand for Authorization.
  'access-control-allow-headers': '*, authorization',
};

export interface RuntimesServer {
  /** Both serve the same. */
  readonly origin: string;
  readonly otherOrigin: string;
  /** Nothing listens there. */
  readonly refused: string;
  /** Serves the same, with a certificate that nobody vouches for. */
  readonly selfSigned: string;
  close(): Promise<void>;
}

/**
 * The server of the behaviours, on two origins. A behaviour addresses its own stage by an id: it posts its script to
 * `/script/<id>`, sends what it likes to `/play/<id>`, waits for it with `/arrived/<id>/<count>` and reads it from
 * `/seen/<id>`. `pages` are served as they are. Every connection serves one request, since some runtimes silently repeat
 * what fails on a used one.
 */
export const serveRuntimes = async (
  pages: Record<string, { headers: Record<string, string>; body: string }> = {},
): Promise<RuntimesServer> => {
  const stages = new Map<string, Stage>();
  const stageOf = (id: string): Stage => {
    const stage = stages.get(id);
    if (!stage) throw new Error(`no script for ${id}`);
    return stage;
  };
  const answer = (response: ServerResponse, value: unknown): void => {
    response.writeHead(200, { ...OPEN, 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(value));
  };

  const perform = async (stage: Stage, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { cors } = stage;
    if (request.headers['access-control-request-method']) {
      stage.preflights++;
      response.writeHead(cors === 'open' ? 204 : 405, cors === 'open' ? OPEN_PREFLIGHT : {}).end();
      return;
    }
    const body = await read(request);
    const step = stage.steps[Math.min(stage.played++, stage.steps.length - 1)] ?? { status: 200 };
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    stage.arrived.push({ method: request.method ?? '', url: request.url ?? '', headers, body });
    stage.wake();
    if (cors === 'open') for (const [name, value] of Object.entries(OPEN)) response.setHeader(name, value);
    if (cors === 'simple') response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cache-control', 'no-store');
    if (!step.gated) return play(step, response);
    response.writeHead(step.status ?? 200, step.headers ?? {});
    response.write('first ');
    await stage.gone;
    response.end('second');
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.shouldKeepAlive = false;
    response.on('error', () => {});
    const page = pages[request.url ?? ''];
    if (page) return void response.writeHead(200, page.headers).end(page.body);
    const [, verb = '', id = '', argument] = (request.url ?? '').split(/[/?]/);
    if (verb === 'play') return perform(stageOf(id), request, response);
    if (request.method === 'OPTIONS') return void response.writeHead(204, OPEN_PREFLIGHT).end();
    if (verb === 'script') {
      const script = JSON.parse(Buffer.from(await read(request), 'latin1').toString()) as Script;
      let go = (): void => {};
      const gone = new Promise<void>(resolve => {
        go = resolve;
      });
      stages.set(id, { ...script, arrived: [], preflights: 0, played: 0, wake: () => {}, go, gone });
      return answer(response, 'ready');
    }
    if (verb === 'seen') return answer(response, { arrived: stageOf(id).arrived, preflights: stageOf(id).preflights });
    if (verb === 'go') {
      stageOf(id).go();
      return answer(response, 'gone');
    }
    if (verb === 'arrived') {
      const stage = stageOf(id);
      stage.wake = () => {
        if (stage.arrived.length >= Number(argument)) answer(response, 'arrived');
      };
      return stage.wake();
    }
    response.writeHead(404).end();
  };

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(error => {
      // The client left, or asked for what is not there.
      if (!response.headersSent) response.writeHead(500, OPEN).end(String(error));
    });
  };
  const listen = async (scheme = 'http') => {
    const server = scheme === 'http' ? createServer(serve) : createTlsServer({ key: pem, cert: pem }, serve);
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };

  const closing = async ({ server }: Awaited<ReturnType<typeof listen>>): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const [one, other, none, tls] = [await listen(), await listen(), await listen(), await listen('https')];
  await closing(none);
  return {
    origin: one.origin,
    otherOrigin: other.origin,
    refused: none.origin,
    selfSigned: tls.origin,
    close: async () => void (await Promise.all([one, other, tls].map(closing))),
  };
};
