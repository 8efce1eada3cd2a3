/**
 * gRPC's retry throttling with the numbers of its proposal: backoff with full jitter from 100 ms up to 1 s, 10 tokens, each
 * failure takes one, each success gives a tenth back, and nothing is retried while half of them or less are left.
 *
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs
 */
import { fullJitter, loop } from '../loop.ts';
import type { Policy } from '../policy.ts';

const TOKENS = 10;
const RATIO = 0.1;
const backoff = fullJitter(100, 1_000);

export const grpc: Policy = {
  name: 'gRPC A6',
  make: surroundings => {
    let tokens = TOKENS;
    return loop(surroundings, {
      limit: surroundings.limit,
      // Pushback: the server's time as it is.
      waitMs: failure => failure.serverMs ?? backoff(failure),
      failed: () => {
        tokens = Math.max(0, tokens - 1);
      },
      pays: () => tokens > TOKENS / 2,
      succeeded: () => {
        tokens = Math.min(TOKENS, tokens + RATIO);
      },
    });
  },
};
