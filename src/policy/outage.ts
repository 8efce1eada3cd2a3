/** When an origin counts as down, and which calls are then still repeated. Reads no clock and rolls no dice. */

export interface OutageOptions {
  /** A call is held only if it began this long after an origin started to fail, in milliseconds. @default 1_000 */
  readonly spanMs?: number | undefined;
  /** Probes are at least so far apart, in milliseconds. @default 1_000 */
  readonly firstMs?: number | undefined;
  /** Probes are never further apart; what has not failed for as long is forgotten. @default 30_000 */
  readonly capMs?: number | undefined;
}

/** What an origin did since its last answer below 500. */
interface Streak {
  /** Below zero: as many are forgiven. */
  failures: number;
  sinceMs: number;
  lastMs: number;
  /** The next probe is not before this. */
  probeMs: number;
}

/** What a call that has just failed says of itself. */
interface Failed {
  readonly startedAt: number;
  /** Attempts so far, every one of them a failure. */
  readonly attempts: number;
  readonly limit: number;
}

export interface Outage {
  /** By origin; empty as long as none has failed of late, so that a success costs one look at its size. */
  readonly streaks: ReadonlyMap<string, unknown>;
  /** An attempt failed (5xx or no answer), or the origin answered below 500. */
  heard(origin: string, failed: boolean, nowMs: number): void;
  /** Whether a failed call must not be repeated. Where it may be because a probe is due, that probe is hereby taken. */
  holds(origin: string, call: Failed, nowMs: number, random: () => number): boolean;
}

/** Origins remembered at most; beyond that the oldest is forgotten. */
const ORIGINS = 1000;
/** Calls that must be lost, besides the one that asks. */
const CALLS = 2;
/** Failures that an origin is forgiven which has answered since its last one: it fails in part, and isn't gone. */
const FORGIVEN = 6;

/**
 * Keeps a fleet from storming a service that is down. No tokens: a blip, a burst, or a service that fails in part is retried
 * as without any limit, since it won't lose whole calls in a row for `spanMs` as well.
 */
export const createOutage = ({ spanMs, firstMs, capMs }: Record<keyof OutageOptions, number>): Outage => {
  const streaks = new Map<string, Streak>();
  return {
    streaks,
    heard: (origin, failed, nowMs) => {
      const streak = streaks.get(origin);
      const known = streak && nowMs - streak.lastMs < capMs;
      if (known && failed) {
        if (streak.failures++ < 0) streak.sinceMs = nowMs;
        streak.lastMs = nowMs;
        return;
      }
      streaks.delete(origin);
      if (failed) streaks.set(origin, { failures: 1, sinceMs: nowMs, lastMs: nowMs, probeMs: 0 });
      else if (known) streaks.set(origin, { failures: -FORGIVEN, sinceMs: nowMs, lastMs: streak.lastMs, probeMs: 0 });
      if (streaks.size > ORIGINS) streaks.delete(streaks.keys().next().value!);
    },
    holds: (origin, { startedAt, attempts, limit }, nowMs, random) => {
      const streak = streaks.get(origin);
      if (!streak || startedAt - streak.sinceMs < spanMs) return false;
      if (streak.failures - attempts < CALLS * (limit + 1)) return false;
      if (nowMs < streak.probeMs) return true;
      // As long again as it has failed: the gaps double of themselves, whatever the pace of the calls.
      streak.probeMs = nowMs + Math.min(capMs, Math.max(firstMs, nowMs - streak.sinceMs)) * (1 - random() / 2);
      return false;
    },
  };
};

/** Where an outage is counted: the origin, as far as the URL names one. */
export const originOf = (url: string): string => {
  try {
    return new URL(url, (globalThis as { location?: Location }).location?.href).origin;
  } catch {
    return url;
  }
};
