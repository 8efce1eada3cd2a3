/** Runs one work with every contestant, in turns, so that noise hits all alike. */
import type { Cost, Failure, Job, Task } from './child.ts';
import type { Entry } from './contestants.ts';
import { type Process, start } from './processes.ts';
import { median } from './statistics.ts';
import { WORK, type Work, type WorkName } from './work.ts';

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

const isStub = (name: WorkName): boolean => (WORK[name] as Work).stub === true;

/** Contestants that are up, by name. */
export type Crew = ReadonlyMap<string, Process>;

/** Starts those who can do such work. */
export const startCrew = async (
  entries: readonly Entry[],
  stub: boolean,
  server: Process,
  flags: readonly string[] = [],
): Promise<Crew> => {
  const { origin } = server.first as { origin: string };
  const started = entries
    .filter(({ ownTransport }) => !stub || !ownTransport)
    .map(async ({ name, file, setup }) => {
      const job: Job = { file, origin, stub, ...(setup && { setup }) };
      return [name, await start('child.ts', [JSON.stringify(job)], flags)] as const;
    });
  return new Map(await Promise.all(started));
};

export const endCrew = (crew: Crew): void => {
  for (const child of crew.values()) child.end();
};

/** What each round cost each contestant; the first rounds warm up and are not counted. Without a crew, each work has its own. */
export const measure = async (
  work: WorkName,
  entries: readonly Entry[],
  server: Process,
  { rounds, share, warmUp }: Plan,
  given?: Crew,
): Promise<Samples[]> => {
  const task: Task = { work, count: Math.ceil(WORK[work].count * share) };
  const accepted = async () => (await server.ask<{ accepted: number }>('')).accepted;
  const crew = given ?? (await startCrew(entries, isStub(work), server));
  const samples = entries
    .filter(({ name }) => crew.has(name))
    .map((entry): Samples => ({ entry, costs: [], sockets: [] }));
  for (let round = 0; round < warmUp + rounds; round++) {
    for (let turn = 0; turn < samples.length; turn++) {
      const sample = samples[(round + turn) % samples.length]!;
      if (sample.failed) continue;
      const before = await accepted();
      const cost = await crew.get(sample.entry.name)!.ask<Cost | Failure>(task);
      if ('failed' in cost) sample.failed = cost.failed;
      else if (round >= warmUp) {
        sample.costs.push(cost);
        sample.sockets.push((await accepted()) - before);
      }
    }
  }
  if (!given) endCrew(crew);
  return samples;
};

/** Bytes allocated a call, counted in a process of its own. */
export const measureBytes = async (work: WorkName, entry: Entry, server: Process, count: number): Promise<number> => {
  const task: Task = { work, count };
  const crew = await startCrew([entry], isStub(work), server, COUNTING);
  const samples: number[] = [];
  for (let round = 0; round < 4; round++) {
    await server.ask('');
    const cost = await crew.get(entry.name)!.ask<Cost | Failure>(task);
    if ('failed' in cost) break;
    if (round > 0) samples.push(cost.bytes ?? Number.NaN);
  }
  endCrew(crew);
  return median(samples);
};
