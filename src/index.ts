export type {
  Attempt,
  Call,
  CallEvent,
  Classification,
  Classify,
  DelayFrom,
  Extension,
  Outcome,
  Past,
  RetryVerdict,
  StopReason,
  Verdict,
} from './call.ts';
export { createFetch } from './fetch.ts';
export type { IdempotencyOptions, KeyedRequest } from './idempotency.ts';
export type { Log, LogRecord } from './log/record.ts';
export {
  type ClientOptions,
  type CommonOptions,
  DEFAULTS,
  type FetchOptions,
  type RetryOptions,
  type Runtime,
} from './options.ts';
export {
  type Backoff,
  type BackoffState,
  decorrelated,
  type ExponentialOptions,
  equal,
  exponential,
  full,
  type Jitter,
  type JitterState,
  none,
} from './policy/backoff.ts';
export type { BudgetOptions } from './policy/budget.ts';
export { classify } from './policy/classify.ts';
export type { Delivery } from './policy/delivery.ts';
