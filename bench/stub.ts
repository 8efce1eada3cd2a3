/** One process, no network: what a call costs over fetch itself. `node --expose-gc bench/stub.ts` */
import { bench, do_not_optimize, run, summary } from 'mitata';
import { bundle } from './bundle.ts';
import type { Setup } from './contestant.ts';
import { CONTESTANTS } from './contestants.ts';
import { stubFetch } from './stub-fetch.ts';

bundle();
globalThis.fetch = stubFetch;
const body = JSON.stringify({ name: 'a thing' });
const settings = { origin: 'http://127.0.0.1:1', waitMs: 500, outage: false };
const taking = await Promise.all(
  CONTESTANTS.filter(({ ownTransport }) => !ownTransport).map(async ({ name, file, setup = 'setup' }) => {
    const module = (await import(`./contestants/${file}.ts`)) as Record<string, Setup>;
    return { name, contestant: module[setup]!(settings) };
  }),
);

for (const method of ['GET', 'POST']) {
  summary(() => {
    for (const { name, contestant } of taking) {
      const call = method === 'GET' ? () => contestant.get('/json') : () => contestant.post('/json', body);
      bench(`${method} ${name}`, async () => do_not_optimize(await call())).gc('once');
    }
  });
}
await run();
// Timers that some leave behind would keep us.
process.exit();
