/** The loop that API guides print: 1 s, 2 s, 4 s, no jitter, the server's time where it gives one. */
import { loop } from '../loop.ts';
import type { Policy } from '../policy.ts';

export const guide: Policy = {
  name: 'guide loop',
  stateless: true,
  make: surroundings =>
    loop(surroundings, {
      limit: surroundings.limit,
      waitMs: ({ serverMs, retries }) => serverMs ?? 1_000 * 2 ** retries,
    }),
};
