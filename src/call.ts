/**
 * The nouns: what a call, an attempt, an outcome and a verdict are. Types only.
 */

import type { ErrorDetails } from './errors/format.ts';
import type { Delivery } from './policy/delivery.ts';

/**
 * What an outcome means to us. Only `throttled`, `server-error`, `network-error` and `timeout` may be retried. `invalid`: it
 * was refused before anything was sent. `thrown`: a fetch of yours, or an extension, threw an error of its own.
 */
export type Classification =
  | 'success'
  | 'throttled'
  | 'server-error'
  | 'client-error'
  | 'network-error'
  | 'timeout'
  | 'aborted'
  | 'invalid'
  | 'thrown';

/**
 * What one attempt came to, before anyone judges it.
 *
 * - `answer`: the server answered, whatever the status.
 * - `failure`: the network failed. `timeout`: our own timer ended the attempt. `aborted`: the caller's signal did.
 * - `invalid`: refused before it was sent. `thrown`: an error that is not the network's; it reaches the caller as it is.
 */
export type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly response: Response }
  | { readonly kind: 'failure' | 'timeout' | 'aborted' | 'invalid' | 'thrown'; readonly error: unknown };

/** Outcome → class, at once; the default is `classify`. */
export type Classify = (outcome: Outcome) => Classification;

/** Why a call was not repeated, in the order in which the rules are asked. */
export type StopReason = 'final' | 'vetoed' | 'limit' | 'not-replayable' | 'retry-after' | 'deadline' | 'outage';

/** Where a wait came from: the server's own word, or the backoff. */
export type DelayFrom = 'server' | 'backoff';

/** Repeat after `delayMs` milliseconds. */
export interface RetryVerdict {
  readonly kind: 'retry';
  readonly delayMs: number;
  readonly delayFrom: DelayFrom;
}

/** What is to be done about an outcome: take it, repeat the call, or stop and say why. */
export type Verdict =
  | { readonly kind: 'accept' }
  | RetryVerdict
  | { readonly kind: 'stop'; readonly because: StopReason };

/** One finished attempt, as the history of a call keeps it. */
export interface Past {
  readonly kind: Classification;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** Code or name of the failure, where there was none. */
  readonly failure?: string;
  /** The wait that followed, in milliseconds. */
  readonly delayMs?: number;
  readonly delayFrom?: DelayFrom;
}

/** One logical call: what stays the same over all its attempts. */
export interface Call {
  readonly service: string | undefined;
  /** As sent: upper case for the standard methods. */
  readonly method: string;
  /** The whole URL, query values included: mask it before you print it. */
  readonly url: string;
  /** The key every attempt carries; `undefined` where none is sent. */
  readonly idempotencyKey: string | undefined;
  /** Attempts begun so far. */
  readonly attempts: number;
  /** The attempts that ended, oldest first. */
  readonly history: readonly Past[];
}

/** One attempt of a call, as an extension sees it. */
export interface Attempt {
  readonly call: Call;
  /** 1 for the first attempt. */
  readonly number: number;
  /** What will be sent; `around` may change headers here before it calls `send`. A change made later has no effect. */
  readonly headers: Headers;
  /** Aborts as the caller's signal does, and when the total timeout ends: whoever waits should listen to it. */
  readonly signal: AbortSignal;
  /** What the total timeout leaves of the call, in milliseconds; Infinity without one. */
  readonly remainingMs: number;
  /** The call's own clock, in milliseconds, its dice, and a wait that ends with the call (it rejects with the reason). */
  readonly runtime: { now(): number; random(): number; sleep(ms: number): Promise<void> };
}

/** How an attempt, or with it the call, came out. */
export interface Result {
  readonly call: Call;
  readonly outcome: Outcome;
  readonly classification: Classification;
  /** What the service's error body says, where a client read it. */
  readonly details: ErrorDetails | undefined;
  /** The wait that the server asks for, in milliseconds, if that is above zero. */
  readonly retryAfterMs: number | undefined;
  /** Since the call began, in milliseconds. */
  readonly durationMs: number;
}

/** How a call ended: `stopped` is `undefined` after a success, `delivery` for a read. */
export interface Ending extends Result {
  readonly stopped: StopReason | undefined;
  /** Whether a write was applied. */
  readonly delivery: Delivery | undefined;
}

/** What an extension can watch: an attempt is sent; a retry was decided on, its wait begins; the call is over. */
export type CallEvent =
  | { readonly type: 'attempt'; readonly call: Call; readonly attempt: Attempt }
  | (Result & { readonly type: 'retry'; readonly verdict: RetryVerdict })
  | (Ending & { readonly type: 'end' });

/** The one seam: everything optional hangs here. Extensions nest in the order of `use`, the first one outermost. */
export interface Extension {
  readonly name: string;
  /**
   * Around an attempt: wait, change `attempt.headers`, run the sending in a context of yours, answer without sending, send
   * again what can be sent twice. The attempt's timeout begins with `send()`, and no wait here outlasts the call. Throwing
   * before `send()` refuses the attempt: the call ends with that error. What `send()` rejects with may pass through; any
   * other error is yours and ends the call, too.
   */
  around?(attempt: Attempt, send: () => Promise<Response>): Promise<Response>;
  /**
   * Another verdict on an attempt that failed, or nothing; a promise is waited for. It may always stop. It may turn a stop
   * into a retry only for what can be sent again, within `retry.limit` and the total timeout.
   */
  verdict?(
    verdict: Verdict,
    attempt: Attempt,
    outcome: Outcome & { readonly classification: Classification },
  ): Verdict | undefined | Promise<Verdict | undefined>;
  /** Watch. What is thrown here never touches the call. */
  on?(event: CallEvent): void;
}
