/** The check on the simulation: the same callers, in real time, over real sockets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { closed } from './drives.ts';
import { during } from './faults.ts';
import { amplificationOf, seedOf } from './figures.ts';
import { type Call, type Plan, simulate } from './fleet.ts';
import type { Policy } from './policy.ts';
import { exponentially, seeded } from './random.ts';
import { FAILURE_MS, type Fault, WORK_MS } from './service.ts';

const FROM_MS = 500;
const TO_MS = 5_500;
/** The last waits, twice over. */
const UNTIL_MS = TO_MS + 4_000;
const ROUNDS = 5;

const plan = (): Plan => ({
  instances: 20,
  fault: during(FROM_MS, TO_MS, { status: 503 }),
  drive: closed(200, 1_000, TO_MS),
  untilMs: UNTIL_MS,
});

const affected = (calls: readonly Call[]): readonly Call[] =>
  calls.filter(({ beganMs }) => beganMs >= FROM_MS && beganMs < TO_MS);

/** A server whose requests are counted by the number of their call. */
const serve = async (fault: Fault, now: () => number, random: () => number, counted: (id: number) => void) => {
  const server = createServer((request, response) => {
    counted(Number(request.url?.split('?')[1]));
    const status = fault(now(), random, '/')?.status ?? 200;
    setTimeout(() => response.writeHead(status).end(), status === 200 ? exponentially(random, WORK_MS) : FAILURE_MS);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** The plan as `simulate` plays it, but that nothing is simulated. */
const live = async ({ instances, fault, drive, untilMs }: Plan, policy: Policy): Promise<readonly Call[]> => {
  const began = performance.now();
  const now = (): number => performance.now() - began;
  const random = seeded(7);
  const calls: Call[] = [];
  const { server, origin } = await serve(fault, now, random, id => calls[id]!.requests++);
  const runtime = { now, random, uuid: () => 'key', sleep: async (ms: number) => void (await sleep(ms)) };
  const fleet = Array.from({ length: instances }, () =>
    policy.make({ fetch: (input, init) => globalThis.fetch(input, init), runtime, limit: 2 }),
  );
  const call = async (instance: number, path = '/'): Promise<void> => {
    const mine: Call = { path, beganMs: now(), endedMs: Number.POSITIVE_INFINITY, requests: 0, succeeded: false };
    const response = await fleet[instance]!(`${origin}${path}?${calls.push(mine) - 1}`);
    await response.arrayBuffer();
    mine.succeeded = response.ok;
    mine.endedMs = now();
  };
  drive({ instances, random, now, at: (ms, run) => void setTimeout(run, Math.max(1, ms - now())), call });
  await sleep(untilMs);
  server.close();
  server.closeAllConnections();
  return calls;
};

export interface Check {
  readonly calls: number;
  readonly measured: number;
  readonly simulated: number;
}

/** Requests a call of 200 callers in an outage of 5 s, really and as simulated. */
export const check = async (policy: Policy): Promise<Check> => {
  const real = affected(await live(plan(), policy));
  const simulated: Call[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    simulated.push(...affected((await simulate(plan(), policy, seedOf(round))).calls));
  }
  return { calls: real.length, measured: amplificationOf(real), simulated: amplificationOf(simulated) };
};
