/**
 * ky's defaults: 0.3 × 2^(retry − 1) s without jitter, and the server's time after 413, 429 and 503. Of 5xx it repeats 500,
 * 502, 503 and 504, which are all that happen here.
 *
 * @see https://github.com/sindresorhus/ky#retry
 */
import { loop } from '../loop.ts';
import type { Policy } from '../policy.ts';

export const ky: Policy = {
  name: 'ky',
  stateless: true,
  make: surroundings =>
    loop(surroundings, {
      limit: surroundings.limit,
      waitMs: ({ serverMs, retries }) => serverMs ?? 300 * 2 ** retries,
    }),
};
