/** What calls leave behind: 10,000 that wait, and 100,000 that are over but shared a signal. */
import { CONTESTANTS, type Entry } from './contestants.ts';
import type { Left, Probe } from './probe.ts';
import { start } from './processes.ts';

export interface Remains {
  readonly kind: Probe['kind'];
  readonly count: number;
  readonly rows: readonly ({ readonly name: string } & Partial<Left>)[];
}

const leftBy = async ({ name, file, setup }: Entry, kind: Probe['kind'], count: number) => {
  const probe: Probe = { kind, file, count, ...(setup && { setup }) };
  const left = await start('probe.ts', [JSON.stringify(probe)], ['--expose-gc']).then(
    ({ first }) => first as Left,
    () => ({}),
  );
  return { name, ...left };
};

/** Two at a time: heaps don't mind. Bare fetch has nothing to wait for. */
export const remainsOf = async (kind: Probe['kind'], count: number): Promise<Remains> => {
  const taking = CONTESTANTS.filter(
    ({ file, ownTransport }) => !ownTransport && !(kind === 'waiting' && file === 'bare'),
  );
  const rows: Remains['rows'][number][] = [];
  for (let i = 0; i < taking.length; i += 2) {
    rows.push(...(await Promise.all(taking.slice(i, i + 2).map(entry => leftBy(entry, kind, count)))));
  }
  return { kind, count, rows };
};
