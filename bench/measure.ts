/** Runs one work with every contestant, in turns, so that noise hits all alike. */
import type { Cost, Job } from './child.ts';
import type { Entry } from './contestants.ts';
import { type Process, start } from './processes.ts';
import { median } from './statistics.ts';
import { WORK, type Work, type WorkName } from './work.ts';

export interface Samples {
  readonly entry: Entry;
  readonly costs: Cost[];
  /** Connections that one round opened, at the median. */
  readonly sockets: number[];
}

export interface Plan {
  readonly rounds: number;
  /** Of the work's own count. */
  readonly share: number;
}

const WARM_UP = 5;
/** A young generation so large that nothing is collected while we count. */
const COUNTING = ['--expose-gc', '--max-semi-space-size=1024', '--min-semi-space-size=1024'];

const startAll = (entries: readonly Entry[], work: WorkName, origin: string, flags: readonly string[]) =>
  Promise.all(
    entries.map(async entry => {
      const job: Job = {
        file: entry.file,
        origin,
        work,
        bare: entry.bare === true,
        ...(entry.setup && { setup: entry.setup }),
      };
      return { entry, child: await start('child.ts', [JSON.stringify(job)], flags) };
    }),
  );

/** What each round cost each contestant; the first rounds warm up and are not counted. */
export const measure = async (
  name: WorkName,
  entries: readonly Entry[],
  server: Process,
  { rounds, share }: Plan,
): Promise<Samples[]> => {
  const { origin } = server.first as { origin: string };
  const work: Work = WORK[name];
  const count = Math.ceil(work.count * share);
  const taking = work.stub ? entries.filter(entry => !entry.ownTransport) : entries;
  const accepted = async () => (await server.ask<{ accepted: number }>('')).accepted;
  const samples = taking.map(entry => ({ entry, costs: [] as Cost[], sockets: [] as number[] }));

  const children = await startAll(taking, name, origin, []);
  for (let round = -WARM_UP; round < rounds; round++) {
    for (let turn = 0; turn < children.length; turn++) {
      const index = (round + WARM_UP + turn) % children.length;
      const before = await accepted();
      const cost = await children[index]!.child.ask<Cost>(count);
      if (round < 0) continue;
      samples[index]!.costs.push(cost);
      samples[index]!.sockets.push((await accepted()) - before);
    }
  }
  for (const { child } of children) child.end();
  return samples;
};

/** Bytes allocated a call, counted in processes of their own. */
export const measureBytes = async (
  name: WorkName,
  entries: readonly Entry[],
  server: Process,
): Promise<Map<string, number>> => {
  const { origin } = server.first as { origin: string };
  const work: Work = WORK[name];
  const taking = work.stub ? entries.filter(entry => !entry.ownTransport) : entries;
  const bytes = new Map<string, number>();
  for (const entry of taking) {
    const [counted] = await startAll([entry], name, origin, COUNTING);
    await server.ask('');
    const samples: number[] = [];
    for (let round = 0; round < 5; round++) {
      samples.push((await counted!.child.ask<Cost>(work.count)).bytes ?? Number.NaN);
    }
    bytes.set(entry.name, median(samples.slice(1)));
    counted!.child.end();
  }
  return bytes;
};
