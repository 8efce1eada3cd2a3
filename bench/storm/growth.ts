/** What ten times the instances cost the one who simulates them, and an instance costs its process. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { simulate } from './fleet.ts';
import type { Policy } from './policy.ts';
import type { Scenario } from './scenarios.ts';

export interface Growth {
  readonly instances: number;
  readonly seconds: number;
  /** Of the heap that the fleet still holds after its last call, in bytes. */
  readonly bytes: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

export const growthOf = async (
  policy: Policy,
  { plan }: Scenario,
  sizes: readonly number[],
): Promise<readonly Growth[]> => {
  const rows: Growth[] = [];
  // Once for the code that is compiled on the way.
  await simulate({ instances: 1, ...plan() }, policy);
  for (const instances of sizes) {
    const before = heap();
    const began = performance.now();
    const { fleet } = await simulate({ instances, ...plan() }, policy);
    const seconds = (performance.now() - began) / 1000;
    const bytes = heap() - before;
    rows.push({ instances: fleet.length, seconds, bytes });
  }
  return rows;
};
