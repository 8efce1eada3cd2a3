/** The token budget that the outage rule took the place of: 100 a client and origin, a retry takes 1, a success gives 0.1 back. */
import { loop } from '../loop.ts';
import type { Policy } from '../policy.ts';
import { plainWaitMs } from './unlimited.ts';

const CAPACITY = 100;
const REFILL = 0.1;

export const firstEdition: Policy = {
  name: 'first edition',
  make: surroundings => {
    let tokens = CAPACITY;
    return loop(surroundings, {
      limit: surroundings.limit,
      waitMs: plainWaitMs,
      pays: () => {
        if (tokens < 1) return false;
        tokens--;
        return true;
      },
      succeeded: () => {
        tokens = Math.min(CAPACITY, tokens + REFILL);
      },
    });
  },
};
