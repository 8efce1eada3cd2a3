// An abort while the body is read, after a collection. Arguments: mode, form of the input.
import { once } from 'node:events';
import { createFetch } from '../../../src/fetch.ts';
import { serve, status } from '../server.ts';
import { collect } from './gc.ts';

const [, , mode, form] = process.argv;
const server = await serve();
server.script(...(mode === 'retried' ? [status(503)] : []), { status: 200, body: 'part', ending: 'stall' });

const options = { retry: { backoff: () => 1 }, ...(mode === 'timed' && { timeout: 10_000 }) };
const fetch = mode === 'bare' ? globalThis.fetch : createFetch(options);
const controller = new AbortController();

const open = async () => {
  const { signal } = controller;
  const call = form === 'Request' ? fetch(new Request(server.origin, { signal })) : fetch(server.origin, { signal });
  return (await call).body!.getReader();
};

const reader = await open();
await reader.read();
const reading = reader.read().then(
  () => 'read on',
  reason => reason,
);
await collect();
const startedAt = performance.now();
controller.abort('mine');
const patience = once(AbortSignal.timeout(2_000), 'abort').then(() => 'hangs');
const ended = await Promise.race([reading, patience]);
console.log(JSON.stringify({ ended, tookMs: performance.now() - startedAt }));
process.exit();
