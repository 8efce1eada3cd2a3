/** Runs one work with every contestant, in turns, so that noise hits all alike. */
import type { Cost, Failure, Job } from './child.ts';
import type { Entry } from './contestants.ts';
import { type Process, start } from './processes.ts';
import { median } from './statistics.ts';
import { WORK, type WorkName } from './work.ts';

export interface Samples {
  readonly entry: Entry;
  readonly costs: Cost[];
  /** Connections opened, round by round. */
  readonly sockets: number[];
  failed?: string;
}

export interface Plan {
  readonly rounds: number;
  /** Of the work's own count. */
  readonly share: number;
  /** Rounds before the first that counts. */
  readonly warmUp: number;
}

/** A young generation so large that nothing is collected while we count. */
const COUNTING = ['--expose-gc', '--max-semi-space-size=1024', '--min-semi-space-size=1024'];

const startAll = (entries: readonly Entry[], work: WorkName, origin: string, flags: readonly string[]) =>
  Promise.all(
    entries.map(async entry => {
      const job: Job = {
        file: entry.file,
        origin,
        work,
        ...(entry.setup && { setup: entry.setup }),
      };
      return start('child.ts', [JSON.stringify(job)], flags);
    }),
  );

/** What each round cost each contestant; the first rounds warm up and are not counted. */
export const measure = async (
  name: WorkName,
  entries: readonly Entry[],
  server: Process,
  { rounds, share, warmUp }: Plan,
): Promise<Samples[]> => {
  const { origin } = server.first as { origin: string };
  const count = Math.ceil(WORK[name].count * share);
  const accepted = async () => (await server.ask<{ accepted: number }>('')).accepted;
  const children = await startAll(entries, name, origin, []);
  const samples: Samples[] = entries.map(entry => ({ entry, costs: [], sockets: [] }));
  for (let round = 0; round < warmUp + rounds; round++) {
    for (let turn = 0; turn < children.length; turn++) {
      const index = (round + turn) % children.length;
      const sample = samples[index]!;
      if (sample.failed) continue;
      const before = await accepted();
      const cost = await children[index]!.ask<Cost | Failure>(count);
      if ('failed' in cost) sample.failed = cost.failed;
      else if (round >= warmUp) {
        sample.costs.push(cost);
        sample.sockets.push((await accepted()) - before);
      }
    }
  }
  for (const child of children) child.end();
  return samples;
};

/** Bytes allocated a call, counted in a process of its own. */
export const measureBytes = async (name: WorkName, entry: Entry, server: Process, count: number): Promise<number> => {
  const { origin } = server.first as { origin: string };
  const [child] = await startAll([entry], name, origin, COUNTING);
  const samples: number[] = [];
  for (let round = 0; round < 4; round++) {
    await server.ask('');
    const cost = await child!.ask<Cost | Failure>(count);
    if ('failed' in cost) break;
    if (round > 0) samples.push(cost.bytes ?? Number.NaN);
  }
  child!.end();
  return median(samples);
};
