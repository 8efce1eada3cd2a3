/**
 * The nouns: what a call, an attempt, an outcome and a verdict are. Types only, but for one list.
 */

import type { ErrorDetails } from './errors/format.ts';
import type { Delivery } from './policy/delivery.ts';

/** Every class an outcome can have (rule 1). */
export const CLASSES = [
  'success',
  'throttled',
  'server-error',
  'client-error',
  'network-error',
  'timeout',
  'aborted',
  'invalid',
] as const;

/** What an outcome means to us. Only `throttled`, `server-error`, `network-error` and `timeout` may be retried. */
export type Classification = (typeof CLASSES)[number];

/**
 * What one attempt came to, before anyone judges it.
 *
 * - `answer`: the server answered, whatever the status.
 * - `failure`: the runtime's fetch rejected although the request itself could be built.
 * - `timeout`: our own timer ended the attempt. `aborted`: the caller's signal did. `invalid`: the request can't be built.
 */
export type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly response: Response }
  | { readonly kind: 'failure' | 'timeout' | 'aborted' | 'invalid'; readonly error: unknown };

/** Outcome → class; the default is `classify`. */
export type Classify = (outcome: Outcome) => Classification;

/** Why a call was not repeated, in the order in which the rules are asked (rule 4). */
export type StopReason = 'final' | 'vetoed' | 'limit' | 'not-replayable' | 'retry-after' | 'deadline' | 'budget';

/** Where a wait came from: the server's own word, or the backoff. */
export type DelayFrom = 'server' | 'backoff';

/** Repeat after `delayMs` milliseconds. */
export interface RetryVerdict {
  readonly kind: 'retry';
  readonly delayMs: number;
  readonly delayFrom: DelayFrom;
}

/** What `decide` says of an outcome: take it, repeat the call, or stop and say why. */
export type Verdict =
  | { readonly kind: 'accept' }
  | RetryVerdict
  | { readonly kind: 'stop'; readonly because: StopReason };

/** One finished attempt, as the history of a call keeps it. */
export interface Past {
  readonly kind: Classification;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** Name or code of the failure, where there was none. */
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
  /** The key every attempt carries, without quotes of ours; `undefined` where none is sent. */
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
  /** What will be sent; `beforeAttempt` may set headers here. A change made later has no effect. */
  readonly headers: Headers;
  /** The caller's signal, if there is one: an extension that waits should end its wait when it aborts. */
  readonly signal: AbortSignal | undefined;
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

/**
 * What an extension can watch: an attempt begins; a retry was decided on, its wait begins; the call is over. `stopped` is
 * `undefined` after a success, `delivery` says whether a write was applied.
 */
export type CallEvent =
  | { readonly type: 'attempt'; readonly call: Call; readonly attempt: Attempt }
  | (Result & { readonly type: 'retry'; readonly verdict: RetryVerdict })
  | (Result & { readonly type: 'end'; readonly stopped: StopReason | undefined; readonly delivery: Delivery });

/** The one seam: everything optional hangs here. An extension's own throw in `on` or `allowRetry` never touches the call. */
export interface Extension {
  readonly name: string;
  /** Wait, stamp a header on `attempt.headers`, or throw to refuse: what is thrown ends the call, unretried. */
  beforeAttempt?(attempt: Attempt): void | Promise<void>;
  /** `false` stops a retry that the rules would make (`vetoed`). */
  allowRetry?(attempt: Attempt, verdict: RetryVerdict): boolean;
  /** Watch. */
  on?(event: CallEvent): void;
}
