import type { Classification, StopReason, Verdict } from '../call.ts';
import { isRetryable } from './classify.ts';

/** All that a decision rests on; times in milliseconds. Nothing here reads a clock or rolls dice. */
export interface Situation {
  readonly classification: Classification;
  /** No repetition cures this failure. */
  readonly permanent: boolean;
  /** The server said not to ask again. */
  readonly vetoed: boolean;
  /** The attempt that has just ended, from 1. */
  readonly attempt: number;
  /** Retries allowed after the first attempt. */
  readonly limit: number;
  readonly replayable: boolean;
  /** What the server asked for, if that is above zero. */
  readonly serverMs: number | undefined;
  readonly maxRetryAfterMs: number;
  /** The wait: after the server's time, or the backoff's own. Asked only when it is needed. */
  readonly delay: () => number;
  /** What is left of the total timeout; Infinity without one. */
  readonly remainingMs: number;
  /** Whether the origin is down, and this no probe. Asked last, since a probe is taken by asking. */
  readonly isHeld: () => boolean;
}

export const stop = (because: StopReason): Verdict => ({ kind: 'stop', because });

/**
 * Accept, retry or stop, in the order of the stop words. A wait is never begun whose end is already known to be too late.
 */
export const decide = (now: Situation): Verdict => {
  if (now.classification === 'success') return { kind: 'accept' };
  if (!isRetryable(now.classification) || now.permanent) return stop('final');
  if (now.vetoed) return stop('vetoed');
  if (now.attempt > now.limit) return stop('limit');
  if (!now.replayable) return stop('not-replayable');
  if ((now.serverMs ?? 0) > now.maxRetryAfterMs) return stop('retry-after');
  const delayMs = now.delay();
  if (delayMs >= now.remainingMs) return stop('deadline');
  if (now.isHeld()) return stop('outage');
  return { kind: 'retry', delayMs, delayFrom: now.serverMs === undefined ? 'backoff' : 'server' };
};
