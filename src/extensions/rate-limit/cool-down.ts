import type { Call, Extension } from '../../call.ts';
import { checked } from './checked.ts';
import { limiter } from './limiter.ts';
import { CoolDownError } from './refused.ts';
import type { SharedOptions } from './shared.ts';
import type { HoldStore } from './store.ts';

/** When a service is left alone. */
export interface CoolDownOptions extends SharedOptions {
  /** No attempt waits for longer than this, in milliseconds; it fails at once instead. @default 60_000 */
  readonly maxMs?: number | undefined;
  /** What is left alone together. A store sees what this gives: no secrets. @default the origin */
  readonly key?: ((call: Call) => string) | undefined;
  /** Shares among processes until when. */
  readonly store?: HoldStore | undefined;
}

/** Nobody means a longer time; a server that mistakes an epoch for seconds from now says 50 years. */
const DAY_MS = 86_400_000;

/**
 * An extension that takes a service at its word: after a 429 or 503 that names a time, no attempt goes to that origin (or
 * `key`) until then, a day at the most. Calls wait, and come back spread over a while; one that can't wait for so long,
 * because of `maxMs` or its total timeout, fails at once with a `CoolDownError`.
 *
 * @throws {TypeError | RangeError} at once, naming the option that is wrong
 * @example
 * const fetch = createFetch({ use: [coolDown({ maxMs: 10_000 })] });
 * @see RFC 9110 §10.2.3 (Retry-After)
 */
export const coolDown = (options: CoolDownOptions = {}): Extension => {
  const {
    store,
    maxMs = 60_000,
    ...rest
  } = checked('coolDown', options, {
    maxMs: 0,
    key: 'call',
    store: 'held',
    storeTimeoutMs: 0,
    onStoreError: 'call',
  });
  return limiter('cool-down', CoolDownError, {
    ...rest,
    maxMs,
    maxHoldMs: DAY_MS,
    reserve: store && (async key => ({ waitMs: await store.held(key), taken: true })),
    hold: store && ((key, ms) => store.hold(key, ms)),
  });
};
