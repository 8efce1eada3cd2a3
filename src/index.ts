export type {
  Attempt,
  Call,
  CallEvent,
  Classification,
  Classify,
  DelayFrom,
  Ending,
  Extension,
  Outcome,
  Past,
  Result,
  RetryVerdict,
  StopReason,
  Verdict,
} from './call.ts';
export { type Client, createClient } from './client.ts';
export {
  type AnswerError,
  ApiError,
  ApiNetworkError,
  ApiTimeoutError,
  AuthenticationError,
  type ClientError,
  ConflictError,
  InvalidRequestError,
  isApiError,
  NotFoundError,
  PermissionError,
  QuotaError,
  RateLimitError,
  ServerError,
} from './errors/api-error.ts';
export {
  type CodeOf,
  defineErrorFormat,
  type ErrorAnswer,
  type ErrorDetails,
  type ErrorFormat,
} from './errors/format.ts';
export type { ApiErrorKind } from './errors/kinds.ts';
export { type ToApiErrorOptions, toApiError } from './errors/to-api-error.ts';

import { createFetch } from './fetch.ts';

export { createFetch };

/**
 * The platform's fetch, minus the transient failures: `createFetch()` with every default.
 *
 * @example
 * import { fetch } from 'holdfast';
 */
export const fetch: typeof globalThis.fetch = /* @__PURE__ */ createFetch();

export {
  type ClientOptions,
  type CommonOptions,
  DEFAULTS,
  type FetchOptions,
  type IdempotencyOptions,
  type KeyedRequest,
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
export { classify } from './policy/classify.ts';
export type { Delivery } from './policy/delivery.ts';
export type { OutageOptions } from './policy/outage.ts';
