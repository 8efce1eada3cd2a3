/**
 * Limits that are shared through a real Redis, with real processes and both usual clients: `npm run test:redis`.
 *
 * Four processes of fifty callers each send to one loopback server as fast as a shared limit of 100 in a second lets them:
 * two through node-redis, two through ioredis. Then Redis is killed for four seconds, and comes back empty.
 */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import type { Report } from './worker.ts';

const PROCESSES = 4;
const CALLERS = 50;
const LIMIT = 100;
/** Until every process is at its pace. */
const WARM_UP_MS = 3_000;
const MEASURED_MS = 12_000;
const DOWN_MS = 4_000;
/** Until the store alone gives the pace again, and a while more. */
const AFTER_MS = 22_000;
const DEADLINE_MS = 58_000;

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const freePort = async (): Promise<number> => {
  const socket = createSocket().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
};

const children = new Set<ChildProcess>();
const keep = (child: ChildProcess): ChildProcess => {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
};
const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

/** Without a file: what it knew is lost when it dies. */
const startRedis = async (port: number): Promise<ChildProcess> => {
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const redis = keep(spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const missing = once(redis, 'error').then(([error]) => {
    throw error;
  });
  const ready = (async () => {
    for await (const line of redis.stdout!) if (/ready to accept connections/i.test(String(line))) return;
    throw new Error('redis-server ended before it was ready');
  })();
  await Promise.race([ready, missing]);
  redis.stdout!.resume();
  return redis;
};

interface Arrival {
  readonly at: number;
  readonly worker: number;
}

const serve = async () => {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    arrivals.push({ at: performance.now(), worker: Number(request.headers['x-worker']) });
    response.end('ok');
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, arrivals, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** The most that any second holds. */
const worst = (arrivals: readonly Arrival[]): number => {
  let most = 0;
  for (let from = 0, to = 0; from < arrivals.length; from++) {
    while (to < arrivals.length && arrivals[to]!.at - arrivals[from]!.at < 1_000) to++;
    most = Math.max(most, to - from);
  }
  return most;
};

let passed = 0;
let failed = 0;
const check = (name: string, value: number, isRight: boolean): void => {
  if (isRight) passed++;
  else failed++;
  console.log(`${isRight ? 'ok  ' : 'FAIL'} ${name}: ${Number(value.toFixed(3))}`);
};

const run = async (): Promise<void> => {
  const port = await freePort();
  let redis = await startRedis(port);
  const { server, arrivals, origin } = await serve();
  try {
    const workers = Array.from({ length: PROCESSES }, (_, id) => {
      const client = id % 2 === 0 ? 'node-redis' : 'ioredis';
      const args = [`${id}`, client, `${port}`, origin, `${CALLERS}`, `${LIMIT}`, `${PROCESSES}`];
      return keep(fork(new URL('worker.ts', import.meta.url), args));
    });
    await Promise.all(workers.map(worker => once(worker, 'message')));
    const reports = workers.map(async worker => (await once(worker, 'message'))[0] as Report);
    const ends = workers.map(worker => once(worker, 'exit'));

    await sleep(WARM_UP_MS);
    const began = performance.now();
    await sleep(MEASURED_MS);
    const steady = arrivals.filter(({ at }) => at >= began && at < began + MEASURED_MS);

    const killedAt = performance.now();
    await kill(redis);
    await sleep(DOWN_MS);
    redis = await startRedis(port);
    await sleep(AFTER_MS);
    const endedAt = performance.now();
    for (const worker of workers) worker.send('stop');
    const all = await Promise.all(reports);
    await Promise.all(ends);

    const rate = steady.length / (MEASURED_MS / 1_000) / LIMIT;
    check('most in any second (at most 105)', worst(steady), worst(steady) <= 105);
    check('part of the rate that was used (at least 0.97)', rate, rate >= 0.97);
    for (let id = 0; id < PROCESSES; id++) {
      const share = steady.filter(({ worker }) => worker === id).length / (steady.length / PROCESSES);
      check(`process ${id}'s part of its share (0.95 to 1.05)`, share, Math.abs(share - 1) <= 0.05);
    }
    const waits = all
      .flatMap(({ calls }) => calls)
      .filter(({ at }) => at < WARM_UP_MS + MEASURED_MS)
      .map(({ ms }) => ms)
      .sort((one, other) => one - other);
    const p99 = waits[Math.floor(waits.length * 0.99)] ?? Number.NaN;
    check('ms that 99 in 100 wait at most (at most 2,500)', p99, p99 <= 2_500);

    const outage = arrivals.filter(({ at }) => at >= killedAt - 1_000);
    const during = outage.filter(({ at }) => at >= killedAt + 1_000 && at < killedAt + DOWN_MS).length;
    const last = arrivals.filter(({ at }) => at >= endedAt - 3_000 && at < endedAt).length / 3;
    check('most in any second with Redis killed and back (at most 130)', worst(outage), worst(outage) <= 130);
    check('calls in the last 3 s without Redis (at least 100)', during, during >= 100);
    check('calls a second, at the end (at least 97)', last, last >= 97);
    const errors = all.flatMap(({ errors }) => errors);
    if (errors.length > 0) console.log(errors.slice(0, 5).join('\n'));
    check('calls that failed (none)', errors.length, errors.length === 0);
    for (const { told, id } of all) check(`outages that process ${id} was told of (1)`, told, told === 1);
    const seconds = new Map<number, number>();
    for (const { at } of arrivals) {
      const second = Math.floor((at - killedAt) / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    console.log(`a second: ${[...seconds].map(([second, count]) => `${second}:${count}`).join(' ')}`);
  } finally {
    server.close();
    server.closeAllConnections();
    await Promise.all([...children].map(kill));
  }
};

const deadline = setTimeout(() => {
  for (const child of children) child.kill('SIGKILL');
  console.error(`not done within ${DEADLINE_MS} ms`);
  process.exit(1);
}, DEADLINE_MS);

try {
  await run();
} catch (error) {
  failed++;
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  console.error(isMissing ? 'redis-server is missing: apt-get install redis-server' : error);
} finally {
  clearTimeout(deadline);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
