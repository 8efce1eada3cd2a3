/** What a backoff is asked with. `random` gives numbers in [0, 1). */
export interface BackoffState {
  /** The attempt that has just failed, from 1. */
  readonly attempt: number;
  /** The wait before that attempt in milliseconds; `undefined` before the first retry. */
  readonly previousMs: number | undefined;
  readonly random: () => number;
}

/** How long to wait before the next attempt, in milliseconds from 0 to 2 147 483 647. */
export type Backoff = (state: BackoffState) => number;

/** What a jitter is given: the capped delay, the bounds it came from, and the state. */
export interface JitterState extends BackoffState {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Spreads a delay. The delay is capped before, never after: K6. */
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

export interface ExponentialOptions {
  /** The delay before the first retry, in milliseconds. @default 500 */
  readonly baseMs?: number;
  /** What each further delay is multiplied by. @default 2 */
  readonly factor?: number;
  /** No delay is longer, in milliseconds. @default 8000 */
  readonly capMs?: number;
  /** @default full */
  readonly jitter?: Jitter;
}

const need = (ok: boolean, name: string, expected: string, value: unknown): void => {
  if (!ok)
    throw new (typeof value === 'number' ? RangeError : TypeError)(
      `exponential: ${name} must be ${expected}, got ${String(value)}`,
    );
};

const isDelay = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 2_147_483_647;

/**
 * min(capMs, baseMs × factor^(attempt − 1)), then jittered.
 *
 * @throws {TypeError | RangeError} at once, naming the option that is wrong.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @example
 * createFetch({ retry: { backoff: exponential({ baseMs: 100, capMs: 2_000, jitter: equal }) } });
 */
export const exponential = ({
  baseMs = 500,
  factor = 2,
  capMs = 8_000,
  jitter = full,
}: ExponentialOptions = {}): Backoff => {
  need(isDelay(baseMs), 'baseMs', 'milliseconds from 0 to 2147483647', baseMs);
  need(isDelay(capMs), 'capMs', 'milliseconds from 0 to 2147483647', capMs);
  need(typeof factor === 'number' && factor >= 1, 'factor', 'a number from 1', factor);
  need(typeof jitter === 'function', 'jitter', 'full, equal, decorrelated, none or a function', jitter);
  return state => {
    const delayMs = Math.min(capMs, baseMs * factor ** (state.attempt - 1) || 0);
    return jitter(delayMs, { ...state, baseMs, capMs });
  };
};
