/** Our backoff and nothing that limits it: what every limit is measured by. */
import { type Failure, fullJitter, loop } from '../loop.ts';
import type { Policy } from '../policy.ts';

const transient = fullJitter(500, 8_000);
const throttling = fullJitter(1_000, 8_000);

/** The first edition's waits: the server's time and up to a tenth, at most 1 s, after it; else the backoff. */
export const plainWaitMs = (failure: Failure): number => {
  const { serverMs, throttled, runtime } = failure;
  if (serverMs === undefined) return (throttled ? throttling : transient)(failure);
  return serverMs + runtime.random() * Math.min(serverMs / 10, 1_000);
};

export const unlimited: Policy = {
  name: 'no limit',
  stateless: true,
  make: surroundings => loop(surroundings, { limit: surroundings.limit, waitMs: plainWaitMs }),
};
