import type { Delivery } from '../../src/index.ts';
import { seededFaults } from './faults.ts';
import { startApi } from './server.ts';
import { type Ending, type Figures, figuresOf, newTally } from './tally.ts';
import { type Create, current, DRIVE, type Make, type RunOptions, type Way } from './ways.ts';

/** Several users, as one API key may send 100 requests a second. */
const USERS = 8;

/** The nth create over these paths. Its ref, and with it the faults it meets, is the same in every way of calling. */
const creates = (paths: Way['paths'], index: number): Create => {
  const path = paths[index % paths.length]!;
  const nth = Math.floor(index / paths.length);
  const ref = `ref-${path === DRIVE ? 'drive' : 'docs'}-${nth}`;
  return { ref, path, headers: { authorization: `Bearer user-${nth % USERS}` }, fields: { name: ref } };
};

const make = async (how: Make, create: Create, signal: AbortSignal | undefined): Promise<Ending> => {
  const { ref } = create;
  const startedAt = performance.now();
  const call: { delivery?: Delivery | undefined } = {};
  const end = await current
    .run(call, () => how(create, signal))
    .then(
      ok => (ok ? 'succeeded' : 'failed'),
      () => (signal?.aborted ? 'aborted' : 'failed'),
    );
  return { ref, end, delivery: call.delivery, durationMs: performance.now() - startedAt };
};

/** Makes `calls` creates one way, against a server of its own, and counts. */
export const run = async (way: Way, options: RunOptions): Promise<Figures> => {
  const { seed, calls, signal, onProgress, patienceMs = 3_000 } = options;
  const api = await startApi({ faults: seededFaults(seed), patienceMs });
  const tally = newTally();
  try {
    const how = way.prepare(api.origin, tally, options);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < calls && !signal?.aborted) {
        const create = creates(way.paths, next++);
        tally.endings.push(await make(how, create, signal));
        onProgress?.(tally);
      }
    };
    await Promise.all(Array.from({ length: way.width }, worker));
    return figuresOf(tally, api.writes);
  } finally {
    await api.close();
  }
};
