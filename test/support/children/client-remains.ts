/** `node --expose-gc`: what calls of a client leave behind. */
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { createClient } from '../../../src/index.ts';
import { RESET, serve, status } from '../server.ts';

let rejections = 0;
process.on('unhandledRejection', () => rejections++);
const server = await serve();
const api = createClient({ retry: { backoff: () => 0, outage: false } });

// 200 calls, 8 at a time, each with two retries.
for (let round = 0; round < 25; round++) {
  const step = [{ status: 503, body: 'x'.repeat(100_000) }, status(429), RESET][round % 3]!;
  server.script(step, status(503));
  await Promise.all(Array.from({ length: 8 }, () => api.post(server.origin, { json: { a: 1 } }).catch(() => {})));
}
const { open: sockets } = server;

// 10,000 calls with one signal, on a platform without a network.
const { signal } = new AbortController();
const stub = createClient({ fetch: async () => new Response('ok'), retry: { backoff: () => 0, outage: false } });
for (let round = 0; round < 100; round++) {
  const hooks = round % 4 === 0 ? { beforeRequest: [() => {}], afterResponse: [() => {}] } : {};
  await Promise.all(
    Array.from({ length: 100 }, () => stub('http://x.test/', { signal, ...(round % 2 && { hooks }) }).text()),
  );
}
for (let round = 0; round < 20; round++) {
  globalThis.gc?.();
  await turn();
}
const listeners = getEventListeners(signal, 'abort').length;
await server.close();
await turn();
const timers = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
console.log(JSON.stringify({ sockets, listeners, timers, rejections }));
process.exit();
