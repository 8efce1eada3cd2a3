/** `holdfast/rate-limit`: sends no faster than a service allows, so that its 429 is the exception. */

import type { Call, CallEvent, Extension } from '../call.ts';
import { between, MAX_MS, type Rule, show } from '../check.ts';
import { originOf } from '../engine.ts';
import { onAbort } from '../signal.ts';

/** How fast attempts may begin, for each origin of its own. */
export interface RateLimitOptions {
  /** Attempts that may begin within an interval; as many may begin at once. */
  readonly limit: number;
  /** In milliseconds. */
  readonly intervalMs: number;
  /** An attempt that would have to wait for longer than this, in milliseconds, is refused at once. @default 60_000 */
  readonly maxQueueMs?: number | undefined;
}

/** An attempt was refused, because its turn would have come too late. Nothing was sent. */
export class RateLimitQueueError extends Error {
  override readonly name = 'RateLimitQueueError';
  /** How long it would have waited, in milliseconds. */
  readonly waitMs: number;
  constructor(origin: string, waitMs: number, maxQueueMs: number) {
    super(`rate-limit: the next turn of ${origin} is ${waitMs} ms away, more than \`maxQueueMs\` (${maxQueueMs})`);
    this.waitMs = waitMs;
  }
}

/** Turns of one origin, on a clock in milliseconds. */
interface Turns {
  /** When the bucket would be full again if nobody else came (GCRA: the theoretical arrival time). */
  full: number;
  /** The server asked for silence until then. */
  held: number;
}

const RULES: Readonly<Record<keyof RateLimitOptions, Rule>> = {
  limit: [value => Number.isSafeInteger(value) && (value as number) > 0, 'a whole number from 1'],
  intervalMs: [between(1, MAX_MS), `milliseconds from 1 to ${MAX_MS}`],
  maxQueueMs: [value => value === undefined || between(0, MAX_MS)(value), `milliseconds from 0 to ${MAX_MS}`],
};

/** As the core checks its own, without its search for near misses: a subpath is to be small. */
const checked = (given: RateLimitOptions): RateLimitOptions => {
  const options: RateLimitOptions = Object(given);
  for (const name of Object.keys({ ...RULES, ...options }) as (keyof RateLimitOptions)[]) {
    const [isRight, expected] = RULES[name] ?? [];
    if (!isRight) throw new TypeError(`rateLimit: \`${name}\` is no option, but ${Object.keys(RULES).join(', ')} are`);
    if (isRight(options[name])) continue;
    const Wrong = typeof options[name] === 'number' ? RangeError : TypeError;
    throw new Wrong(`rateLimit: \`${name}\` must be ${expected}, got ${show(options[name])}`);
  }
  return options;
};

/** Origins remembered at most, before those that are at rest are forgotten. */
const ORIGINS = 1000;

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    let release = () => {};
    const timer = setTimeout(() => {
      release();
      resolve();
    }, ms);
    if (!signal) return;
    release = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

/**
 * An extension that lets attempts begin no faster than `limit` in `intervalMs`, for each origin: a bucket of `limit`
 * tokens that refills evenly. An attempt without a token waits for its turn, in the order of arrival; the wait ends with
 * the call. After a 429 that names a time, nothing more is sent to that origin until then, `maxQueueMs` at the most.
 *
 * @throws {TypeError | RangeError} at once, naming the option that is wrong
 * @example
 * const fetch = createFetch({ use: [rateLimit({ limit: 10, intervalMs: 1_000 })] });
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export const rateLimit = (options: RateLimitOptions): Extension => {
  const { limit, intervalMs, maxQueueMs = 60_000 } = checked(options);
  const gap = intervalMs / limit;
  const origins = new Map<string, Turns>();

  const turnsOf = (call: Call): Turns => {
    const origin = originOf(call.url);
    let turns = origins.get(origin);
    if (turns) return turns;
    const now = performance.now();
    if (origins.size >= ORIGINS) {
      for (const [name, { full, held }] of origins) if (full <= now && held <= now) origins.delete(name);
    }
    turns = { full: now, held: now };
    origins.set(origin, turns);
    return turns;
  };

  return {
    name: 'rate-limit',

    async beforeAttempt({ call, signal }) {
      const turns = turnsOf(call);
      const now = performance.now();
      const start = Math.max(now, turns.held, turns.full - intervalMs + gap);
      const waitMs = Math.ceil(start - now);
      if (waitMs > maxQueueMs) throw new RateLimitQueueError(originOf(call.url), waitMs, maxQueueMs);
      turns.full = Math.max(turns.full, start) + gap;
      if (waitMs === 0) return;
      try {
        await pause(waitMs, signal);
      } catch (reason) {
        turns.full -= gap; // its turn is somebody else's
        throw reason;
      }
    },

    on(event: CallEvent) {
      if (event.type === 'attempt' || event.classification !== 'throttled') return;
      const askedMs = event.retryAfterMs ?? 0;
      const turns = turnsOf(event.call);
      turns.held = Math.max(turns.held, performance.now() + Math.min(askedMs, maxQueueMs));
    },
  };
};
