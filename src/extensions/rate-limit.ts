/** `holdfast/rate-limit`: sends no faster than a service allows, so that its 429 is the exception. */

import type { Call, Extension } from '../call.ts';
import { checked } from './rate-limit/checked.ts';
import { limiter } from './rate-limit/limiter.ts';
import { RateLimitQueueError } from './rate-limit/refused.ts';
import type { SharedOptions } from './rate-limit/shared.ts';
import type { TurnStore } from './rate-limit/store.ts';

export { type CoolDownOptions, coolDown } from './rate-limit/cool-down.ts';
export { type RedisClient, type RedisStoreOptions, redisStore } from './rate-limit/redis.ts';
export { CoolDownError, RateLimitQueueError } from './rate-limit/refused.ts';
export type { SharedOptions } from './rate-limit/shared.ts';
export type { HoldStore, Turn, TurnRequest, TurnStore } from './rate-limit/store.ts';

/** How fast attempts may begin. */
export interface RateLimitOptions extends SharedOptions {
  /** Attempts that may begin within any `intervalMs`. */
  readonly limit: number;
  /** In milliseconds. */
  readonly intervalMs: number;
  /**
   * Attempts that may begin at once after a rest, from 1 to `limit`. The turns that follow come one each
   * `intervalMs / (limit - burst + 1)`, so that no interval ever holds more than `limit`: a large burst is paid for with the
   * rate. @default 1
   */
  readonly burst?: number | undefined;
  /** An attempt that would have to wait for longer than this, in milliseconds, is refused at once. @default 60_000 */
  readonly maxQueueMs?: number | undefined;
  /** What shares one limit. A store sees what this gives: no secrets. @default the origin */
  readonly key?: ((call: Call) => string) | undefined;
  /** Shares the limit among processes. */
  readonly store?: TurnStore | undefined;
  /** How many processes there are: while the store is down, this one sends at one part in so many of the limit. @default 10 */
  readonly shares?: number | undefined;
}

/**
 * An extension that lets attempts begin no faster than `limit` in any `intervalMs`, for each origin or `key`: one after the
 * other at an even pace, in the order of arrival. Whoever would have to wait for longer than `maxQueueMs`, or than the call
 * may last, is refused at once; a wait ends with the call, and its turn is somebody else's. After a 429 that names a time,
 * nothing more begins until then, `maxQueueMs` at the most; what was held goes on at the same pace.
 *
 * @throws {TypeError | RangeError} at once, naming the option that is wrong
 * @example
 * const fetch = createFetch({ use: [rateLimit({ limit: 100, intervalMs: 1_000 })] });
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export const rateLimit = (options: RateLimitOptions): Extension => {
  const {
    limit,
    intervalMs,
    burst = 1,
    maxQueueMs = 60_000,
    shares = 10,
    store,
    ...rest
  } = checked(
    'rateLimit',
    options,
    {
      limit: 1,
      intervalMs: 1,
      burst: 1,
      maxQueueMs: 0,
      key: 'call',
      store: 'reserve',
      shares: 1,
      storeTimeoutMs: 0,
      onStoreError: 'call',
    },
    'limit',
    'intervalMs',
  );
  if (burst > limit) throw new RangeError(`rateLimit: \`burst\` must be at most \`limit\`, got ${burst}`);
  const gapMs = intervalMs / (limit - burst + 1);
  return limiter('rate-limit', RateLimitQueueError, {
    ...rest,
    maxMs: maxQueueMs,
    maxHoldMs: maxQueueMs,
    limit,
    intervalMs,
    // Without its store a process has a part of the rate, and no burst.
    gapMs: store ? gapMs * shares : gapMs,
    slackMs: store ? 0 : gapMs * (burst - 1),
    reserve: store && ((key, maxWaitMs) => store.reserve(key, { limit, intervalMs, burst, gapMs, maxWaitMs })),
  });
};
