/** One process of the fleet: calls without a pause through the shared limit, until it is told to stop. */

import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { rateLimit, redisStore } from '../../src/extensions/rate-limit.ts';
import { createFetch } from '../../src/index.ts';

export interface Report {
  readonly id: string;
  /** When each call began, since the process did, and how long it took. */
  readonly calls: readonly { readonly at: number; readonly ms: number }[];
  readonly errors: readonly string[];
  /** How often it was told of an outage of the store. */
  readonly told: number;
}

const [id = '', kind, port, origin = '', callers, limit, shares] = process.argv.slice(2);

/** Both as their own documentation makes them, and a listener for their errors, as both of them ask for. */
const connect = async () => {
  if (kind === 'ioredis') {
    const client = new Redis(Number(port), '127.0.0.1').on('error', () => {});
    return { client, close: () => client.disconnect() };
  }
  const client = createClient({ url: `redis://127.0.0.1:${port}` }).on('error', () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
};

const { client, close } = await connect();
let told = 0;
const fetch = createFetch({
  retry: 0,
  use: [
    rateLimit({
      limit: Number(limit),
      intervalMs: 1_000,
      shares: Number(shares),
      store: redisStore(client),
      onStoreError: () => told++,
    }),
  ],
});

const calls: { at: number; ms: number }[] = [];
const errors: string[] = [];
let isOver = false;
process.once('message', () => {
  isOver = true;
});

const began = performance.now();
const caller = async (): Promise<void> => {
  while (!isOver) {
    const at = performance.now();
    try {
      await (await fetch(origin, { headers: { 'x-worker': id } })).text();
      calls.push({ at: at - began, ms: performance.now() - at });
    } catch (error) {
      errors.push(String(error));
    }
  }
};
process.send!('ready');
await Promise.all(Array.from({ length: Number(callers) }, caller));
close();
const report: Report = { id, calls, errors, told };
process.send!(report);
process.disconnect();
