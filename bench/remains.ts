/** What calls leave behind: 10,000 that wait, and 100,000 that are over but shared a signal. */
import { CONTESTANTS } from './contestants.ts';
import type { Left, Probe } from './probe.ts';
import { start } from './processes.ts';

export interface Remains {
  readonly kind: Probe['kind'];
  readonly count: number;
  readonly rows: readonly ({ readonly name: string } & Partial<Left>)[];
}

/** Bare fetch has nothing to wait for. */
export const remainsOf = async (kind: Probe['kind'], count: number): Promise<Remains> => {
  const rows: ({ name: string } & Partial<Left>)[] = [];
  for (const { name, file, setup, ownTransport } of CONTESTANTS) {
    if (ownTransport || (kind === 'waiting' && file === 'bare')) continue;
    const probe: Probe = { kind, file, count, ...(setup && { setup }) };
    const left = await start('probe.ts', [JSON.stringify(probe)], ['--expose-gc'])
      .then(({ first }) => first as Left)
      .catch(() => ({}));
    rows.push({ name, ...left });
  }
  return { kind, count, rows };
};
