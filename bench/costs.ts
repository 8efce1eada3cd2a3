/** One work: what a call costs each contestant, and how that compares. */
import { CONTROL, type Entry } from './contestants.ts';
import { type Crew, measure, measureBytes, type Plan, type Samples } from './measure.ts';
import type { Process } from './processes.ts';
import { median, type Ratio, ratioOf } from './statistics.ts';
import { WORK, type Work, type WorkName } from './work.ts';

export interface Row {
  readonly name: string;
  readonly failed?: string;
  /** Microseconds a call, at the median. */
  readonly cpuUs: number;
  readonly wallUs: number;
  /** Client CPU, as a multiple of the control's. */
  readonly ratio: Ratio;
  /** The same, held against its own likeness. */
  readonly beside?: Ratio & { readonly name: string };
  /** Bytes of heap allocated a call, beyond the control's. */
  readonly bytes?: number;
  /** Connections opened in all counted rounds. */
  readonly sockets: number;
}

export interface Table {
  readonly work: WorkName;
  readonly title: string;
  readonly calls: number;
  readonly rows: readonly Row[];
}

const cpuOf = ({ costs }: Samples): number[] => costs.map(({ cpuUs }) => cpuUs);

/** Without `counted`, allocations aren't. */
export const costsOf = async (
  name: WorkName,
  entries: readonly Entry[],
  server: Process,
  plan: Plan & { readonly counted: boolean },
  crew?: Crew,
): Promise<Table> => {
  const work: Work = WORK[name];
  const samples = await measure(name, entries, server, plan, crew);
  const named = (name: string) => samples.find(({ entry }) => entry.name === name);
  const control = named(CONTROL)!;
  const count = Math.ceil(work.count * plan.share);
  const bytes = new Map<string, number>();
  if (plan.counted)
    for (const { entry } of samples) bytes.set(entry.name, await measureBytes(name, entry, server, count));
  const floor = bytes.get(CONTROL) ?? 0;

  const rows = samples.map((sample): Row => {
    const { entry, costs, sockets, failed } = sample;
    const likeness = entry.beside && named(entry.beside);
    return {
      name: entry.name,
      cpuUs: median(cpuOf(sample)),
      wallUs: median(costs.map(({ wallUs }) => wallUs)),
      ratio: ratioOf(cpuOf(sample), cpuOf(control)),
      ...(likeness && { beside: { name: likeness.entry.name, ...ratioOf(cpuOf(sample), cpuOf(likeness)) } }),
      ...(bytes.has(entry.name) && { bytes: Math.round(bytes.get(entry.name)! - floor) }),
      sockets: sockets.reduce((sum, opened) => sum + opened, 0),
      ...(failed && { failed }),
    };
  });
  return { work: name, title: work.title, calls: count * plan.rounds, rows };
};
