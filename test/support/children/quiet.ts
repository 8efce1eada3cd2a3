// Every way a call can end, bodies left unread: nothing may be left unhandled (K24). The last call ends the process.
import { createFetch } from '../../../src/fetch.ts';
import { log } from '../../../src/log/log.ts';
import { OK, RESET, STALL, type Step, serve, status } from '../server.ts';
import { collect } from './gc.ts';

const noise: string[] = [];
process.on('unhandledRejection', reason => noise.push(`unhandled ${String(reason)}`));
process.on('warning', ({ name, message }) => noise.push(`${name} ${message}`));

const server = await serve();
const part: Step = { status: 503, body: 'part', ending: 'stall' };
const scripts: Step[][] = [
  [OK],
  [STALL],
  [RESET],
  [status(503)],
  [status(503), OK],
  [part, OK],
  [part, STALL],
  [{ ...part, ending: 'endless' }, OK],
  [{ ...part, ending: 'reset' }, OK],
  [{ ...part, status: 200 }],
  [status(503, { 'retry-after': '5' })],
];
const retry = { backoff: () => 1 };
const fetches = [
  createFetch({ retry }),
  createFetch({ retry, timeout: 40, totalTimeout: 60 }),
  createFetch({
    retry,
    use: [{ name: 'watch', on: () => Promise.reject(new Error('mine')) }, log(() => Promise.reject(new Error('log')))],
  }),
];
for (const fetch of fetches) {
  for (const script of scripts) {
    for (const method of ['GET', 'POST']) {
      server.script(...script);
      const controller = new AbortController();
      const call = fetch(server.origin, { method, signal: controller.signal }).catch(() => undefined);
      await server.arrived(1);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      controller.abort(new Error('mine'));
      await call;
    }
  }
}
await collect();
await server.close();
console.log(JSON.stringify({ noise }));
