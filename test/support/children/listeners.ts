// 10,000 calls on one signal. Arguments: mode.
import { getEventListeners } from 'node:events';
import { createFetch } from '../../../src/fetch.ts';
import { collect } from './gc.ts';

const [, , mode] = process.argv;
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));

let count = 0;
const answer = async () => new Response('body', { status: mode === 'retried' && count++ % 2 === 0 ? 503 : 200 });
const fetch = createFetch({
  fetch: answer,
  retry: { backoff: () => 0, outage: false },
  ...(mode === 'timed' && { timeout: 10_000, totalTimeout: 20_000 }),
});
const { signal } = new AbortController();
const listeners = () => getEventListeners(signal, 'abort').length;

let most = 0;
for (let round = 0; round < 100; round++) {
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const response = await fetch('http://x.test', { signal });
      most = Math.max(most, listeners());
      await response.text();
    }),
  );
}
await collect();
console.log(JSON.stringify({ most, left: listeners(), warnings }));
