import type { RetryOptions as KyRetry } from 'ky';
import type { Classification, Outcome, RetryVerdict } from './call.ts';
import type { Backoff } from './policy/backoff.ts';
import { isRetryable } from './policy/classify.ts';

/**
 * ky's own retry options, where somebody gives them to a client: they mean what they mean in ky, and win over ours.
 */
export interface KyRules {
  /** In place of our list of classes. */
  retries(outcome: Outcome, classification: Classification): boolean;
  /** In place of the rule of replay; `undefined` leaves it to ours. */
  replays(method: string): boolean | undefined;
  /** The server's wait as ky would take it: only for some statuses, and clamped. */
  serverMs(ms: number | undefined, outcome: Outcome): number | undefined;
  /** The wait of a verdict: `maxRetryAfter` bounds it with its jitter. */
  clamp(verdict: RetryVerdict): number;
  readonly maxRetryAfterMs: number | undefined;
  readonly backoff: Backoff | undefined;
  readonly shouldRetry: KyRetry['shouldRetry'];
}

/** Each of them unset. */
const UNSET: { [Name in Exclude<keyof KyRetry, 'limit'>]-?: undefined } = {
  methods: undefined,
  statusCodes: undefined,
  afterStatusCodes: undefined,
  maxRetryAfter: undefined,
  delay: undefined,
  jitter: undefined,
  backoffLimit: undefined,
  shouldRetry: undefined,
  retryOnTimeout: undefined,
};

/** `retry: 3` as ky takes it: its own options go back to their defaults, ours stay as the client has them. */
export const numberAsGroup = (limit: number): { limit: number } => ({ ...UNSET, limit });

/** The headers in which ky looks for a time: without one it repeats no 413. */
const TIMES = ['retry-after', 'ratelimit-reset', 'x-ratelimit-retry-after', 'x-ratelimit-reset', 'x-rate-limit-reset'];

/** ky's default delay. */
const kyDelay = (attempt: number): number => 300 * 2 ** (attempt - 1);

const backoffOf = ({ delay = kyDelay, jitter, backoffLimit = Number.POSITIVE_INFINITY }: KyRetry): Backoff => {
  const spread = (ms: number, random: () => number): number => {
    if (jitter === true) return random() * ms;
    const own = typeof jitter === 'function' ? jitter(ms) : ms;
    return own >= 0 && own < Number.POSITIVE_INFINITY ? own : ms;
  };
  return ({ attempt, random }) => Math.min(backoffLimit, spread(delay(attempt), random), 2_147_483_647);
};

/** What the given options change; `undefined` where none of them is ky's. */
export const kyRules = (given: KyRetry): KyRules | undefined => {
  if (Object.keys(UNSET).every(name => given[name as keyof KyRetry] === undefined)) return undefined;
  const { methods, statusCodes, afterStatusCodes, maxRetryAfter, delay, jitter, backoffLimit, shouldRetry } = given;
  const { retryOnTimeout } = given;
  const tooLarge = ({ headers }: Response): boolean =>
    afterStatusCodes?.includes(413) !== false && TIMES.some(name => headers.has(name));
  return {
    retries: (outcome, classification) => {
      if (outcome.kind === 'answer' && statusCodes) {
        return statusCodes.includes(outcome.status) && (outcome.status !== 413 || tooLarge(outcome.response));
      }
      if (outcome.kind === 'timeout' && retryOnTimeout !== undefined) return retryOnTimeout;
      return isRetryable(classification);
    },
    replays: method => methods?.some(each => each.toLowerCase() === method.toLowerCase()),
    serverMs: (ms, outcome) => {
      const heeded = !afterStatusCodes || (outcome.kind === 'answer' && afterStatusCodes.includes(outcome.status));
      return ms !== undefined && heeded ? Math.min(ms, maxRetryAfter ?? ms) : undefined;
    },
    clamp: ({ delayMs, delayFrom }) => (delayFrom === 'server' ? Math.min(delayMs, maxRetryAfter ?? delayMs) : delayMs),
    maxRetryAfterMs: maxRetryAfter === undefined ? undefined : Number.POSITIVE_INFINITY,
    backoff: delay || jitter || backoffLimit !== undefined ? backoffOf(given) : undefined,
    shouldRetry,
  };
};
