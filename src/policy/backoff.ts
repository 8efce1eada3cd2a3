import type { Classification, Outcome } from '../call.ts';
import { between, check, milliseconds, type Rules } from '../check.ts';

/** What a backoff is asked with. `random` gives numbers in [0, 1). */
export interface BackoffState {
  /** The attempt that has just failed, from 1. */
  readonly attempt: number;
  /** The wait before that attempt in milliseconds; `undefined` before the first retry. */
  readonly previousMs: number | undefined;
  readonly random: () => number;
  /** What that attempt came to, and what it means. */
  readonly outcome?: (Outcome & { readonly classification: Classification }) | undefined;
}

/** How long to wait before the next attempt, in milliseconds from 0 to 2 147 483 647. */
export type Backoff = (state: BackoffState) => number;

/** What a jitter is given: the capped delay, the bounds it came from, and the state. */
export interface JitterState extends BackoffState {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Spreads a delay. The delay is capped before, never after: else most of the late ones would be the cap itself. */
export type Jitter = (delayMs: number, state: JitterState) => number;

/** Anywhere from 0 to the delay: spreads a crowd best. */
export const full: Jitter = (delayMs, { random }) => random() * delayMs;

/** Half of the delay for sure, the other half by chance. */
export const equal: Jitter = (delayMs, { random }) => (delayMs + random() * delayMs) / 2;

/** From the base to three times the previous wait, the delay's own growth left aside. */
export const decorrelated: Jitter = (_, { random, baseMs, capMs, previousMs = baseMs }) => {
  const topMs = Math.min(capMs, Math.max(baseMs, previousMs * 3));
  const lowMs = Math.min(baseMs, topMs);
  return lowMs + random() * (topMs - lowMs);
};

/** The delay as it is. For tests, and for a single client. */
export const none: Jitter = delayMs => delayMs;

const JITTERS = { full, equal, decorrelated, none };

export interface ExponentialOptions {
  /** The delay before the first retry, in milliseconds. @default 500, and 1_000 where the server throttles */
  readonly baseMs?: number | undefined;
  /** What each further delay is multiplied by. @default 2 */
  readonly factor?: number | undefined;
  /** No delay is longer, in milliseconds. @default 8000 */
  readonly capMs?: number | undefined;
  /** By name, or a function of your own. @default 'full' */
  readonly jitter?: Jitter | keyof typeof JITTERS | undefined;
}

const RULES: Rules = /* @__PURE__ */ (() => ({
  baseMs: milliseconds,
  factor: [between(1, Number.MAX_VALUE), 'a number from 1'],
  capMs: milliseconds,
  jitter: [
    value => typeof value === 'function' || Object.hasOwn(JITTERS, `${value}`),
    `a function or one of ${Object.keys(JITTERS).join(', ')}`,
  ],
}))();

/**
 * min(capMs, baseMs × factor^(attempt − 1)), then jittered.
 *
 * @throws {TypeError | RangeError} at once, naming the option that is wrong.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @example
 * createFetch({ retry: { backoff: exponential({ baseMs: 100, capMs: 2_000, jitter: 'equal' }) } });
 */
export const exponential = (options: ExponentialOptions = {}): Backoff => {
  check('exponential', options, RULES, 'backoff.');
  const { baseMs: given, factor = 2, capMs = 8_000, jitter: named = full } = options;
  const jitter = typeof named === 'string' ? JITTERS[named] : named;
  return state => {
    const baseMs = given ?? (state.outcome?.classification === 'throttled' ? 1_000 : 500);
    // Nothing times a factor that has grown to Infinity is nothing.
    const delayMs = Math.min(capMs, baseMs * factor ** (state.attempt - 1) || 0);
    return jitter(delayMs, { ...state, baseMs, capMs });
  };
};
