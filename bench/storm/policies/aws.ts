/**
 * The AWS SDKs' standard mode with the defaults of 2026: 3 attempts, full jitter from 50 ms (1 s where throttled) up to 20 s,
 * and a quota of 500 of which a retry takes 14 (5 where throttled). A success gives back what its last retry took, or 1.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
import { type Failure, fullJitter, loop } from '../loop.ts';
import type { Policy } from '../policy.ts';

const QUOTA = 500;
const costOf = ({ throttled }: Failure): number => (throttled ? 5 : 14);
const transient = fullJitter(50, 20_000);
const throttling = fullJitter(1_000, 20_000);

export const aws: Policy = {
  name: 'AWS 2026',
  make: surroundings => {
    let left = QUOTA;
    return loop(surroundings, {
      limit: surroundings.limit,
      // The server's time counts within 5 s above the SDK's own.
      waitMs: failure => {
        const ownMs = (failure.throttled ? throttling : transient)(failure);
        return Math.max(ownMs, Math.min(failure.serverMs ?? 0, ownMs + 5_000));
      },
      pays: failure => {
        if (left < costOf(failure)) return false;
        left -= costOf(failure);
        return true;
      },
      succeeded: paid => {
        left = Math.min(QUOTA, left + (paid ? costOf(paid) : 1));
      },
    });
  },
};
