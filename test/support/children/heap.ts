// What calls leave on the heap, in bytes a call. Arguments: mode, calls.
import { createFetch } from '../../../src/fetch.ts';
import { collect } from './gc.ts';

const [, , mode, calls] = process.argv;
let count = 0;
const answer = async () => new Response('body', { status: mode === 'retried' && count++ % 2 === 0 ? 503 : 200 });
const fetch = createFetch({
  fetch: answer,
  retry: { backoff: () => 0, outage: false },
  ...(mode === 'timed' && { timeout: 10_000, totalTimeout: 20_000 }),
});
const { signal } = new AbortController();

const make = async (many: number): Promise<void> => {
  for (let call = 0; call < many; call += 100) {
    const init = { method: 'POST', body: 'x', signal };
    await Promise.all(Array.from({ length: 100 }, async () => (await fetch('http://x.test', init)).text()));
    // What was collected leaves the platform's own sets in a turn of the event loop; these must not have grown meanwhile.
    if (call % 2_000 === 0) await collect(2);
  }
};
const heap = async (): Promise<number> => {
  await collect();
  return process.memoryUsage().heapUsed;
};

await make(2_000); // what is made once
const before = await heap();
await make(Number(calls));
console.log(JSON.stringify({ bytes: ((await heap()) - before) / Number(calls) }));
