import type { Classification, StopReason, Verdict } from '../call.ts';
import { isRetryable } from './classify.ts';

/** All that a decision rests on; times in milliseconds. Nothing here reads a clock or rolls dice. */
export interface Situation {
  readonly classification: Classification;
  /** Whether this may be retried at all, where that is not for the class to say. */
  readonly retryable?: boolean | undefined;
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
  /** The wait that follows the server's time. */
  readonly afterServerMs: (serverMs: number) => number;
  /** The wait where the server gave no time; asked only when it is needed. */
  readonly backoffMs: () => number;
  /** What is left of the total timeout; Infinity without one. */
  readonly remainingMs: number;
  /** Retries that the budget still pays for; Infinity without one. */
  readonly tokens: number;
}

export const stop = (because: StopReason): Verdict => ({ kind: 'stop', because });

/**
 * Accept, retry or stop: rules 4 and 5, in their order. A wait is never begun whose end is already known to be too late.
 */
export const decide = (now: Situation): Verdict => {
  if (now.classification === 'success' && !now.retryable) return { kind: 'accept' };
  if (!(now.retryable ?? isRetryable(now.classification))) return stop('final');
  if (now.vetoed) return stop('vetoed');
  if (now.attempt > now.limit) return stop('limit');
  if (!now.replayable) return stop('not-replayable');
  if ((now.serverMs ?? 0) > now.maxRetryAfterMs) return stop('retry-after');
  const delayMs = now.serverMs === undefined ? now.backoffMs() : now.afterServerMs(now.serverMs);
  if (delayMs >= now.remainingMs) return stop('deadline');
  if (now.tokens < 1) return stop('budget');
  return { kind: 'retry', delayMs, delayFrom: now.serverMs === undefined ? 'backoff' : 'server' };
};
