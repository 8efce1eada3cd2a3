/** What a policy makes of a scenario, in numbers. */
import { quantile } from '../statistics.ts';
import { type Call, SLOT_MS, simulate } from './fleet.ts';
import type { Policy } from './policy.ts';
import { OFFERED, type Scenario } from './scenarios.ts';

export interface Figures {
  readonly policy: string;
  readonly instances: number;
  readonly calls: number;
  /** Requests a call. */
  readonly amplification: number;
  /** Share of the calls. */
  readonly success: number;
  /** Of the calls that succeeded; null where none did. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** The busiest second after it is over, as a multiple of the calls offered. */
  readonly peak: number;
  /** Requests a slot, in the first round. */
  readonly load: readonly number[];
}

const SLOTS = 1000 / SLOT_MS;

/** The most requests in any second that begins with a slot from `fromMs` on. */
const busiest = (load: readonly number[], fromMs: number): number => {
  let most = 0;
  let sum = 0;
  load.forEach((count, slot) => {
    sum += count - (load[slot - SLOTS] ?? 0);
    if ((slot - SLOTS + 1) * SLOT_MS >= fromMs) most = Math.max(most, sum);
  });
  return most;
};

export const amplificationOf = (calls: readonly Call[]): number =>
  calls.reduce((sum, { requests }) => sum + requests, 0) / calls.length;

/** Another seed, another luck. */
export const seedOf = (round: number): number => 1 + 10 * round;

export const figuresOf = async (scenario: Scenario, instances: number, policy: Policy): Promise<Figures> => {
  const { rounds = 1, limit = 2, fromMs, toMs, path, plan } = scenario;
  const calls: Call[] = [];
  const loads: (readonly number[])[] = [];
  for (let round = 0; round < rounds; round++) {
    const story = await simulate({ instances, limit, ...plan() }, policy, seedOf(round));
    loads.push(story.load);
    for (const call of story.calls) {
      if (call.beganMs >= fromMs && call.beganMs < toMs && (path ?? call.path) === call.path) calls.push(call);
    }
  }
  const latencies = calls.filter(({ succeeded }) => succeeded).map(({ beganMs, endedMs }) => endedMs - beganMs);
  return {
    policy: policy.name,
    instances,
    calls: calls.length,
    amplification: amplificationOf(calls),
    success: latencies.length / calls.length,
    p50Ms: latencies.length > 0 ? quantile(latencies, 0.5) : null,
    p95Ms: latencies.length > 0 ? quantile(latencies, 0.95) : null,
    peak: Math.max(...loads.map(load => busiest(load, toMs))) / OFFERED,
    load: loads[0]!,
  };
};

/** At every size of the fleet. */
export const figuresAtSizes = async (scenario: Scenario, policy: Policy): Promise<readonly Figures[]> => {
  const all: Figures[] = [];
  for (const instances of scenario.sizes) {
    const [first] = all;
    all.push(first && policy.stateless ? { ...first, instances } : await figuresOf(scenario, instances, policy));
  }
  return all;
};
