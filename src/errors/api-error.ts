import { HTTPError, NetworkError, TimeoutError } from 'ky';
import type { StopReason } from '../call.ts';
import type { Delivery } from '../policy/delivery.ts';
import { failureName } from '../policy/failure.ts';
import { safeCause } from './cause.ts';
import { BRAND, describe, type Facts, toJSON, veil } from './describe.ts';
import type { ErrorDetails } from './format.ts';
import { type ApiErrorKind, kindOf } from './kinds.ts';
import { clean } from './text.ts';

/** The service answered with an error. ky's `HTTPError`; safe to print: `request`, `response`, `options` and `data` are there but hidden. */
export abstract class ApiError<Code extends string = string> extends HTTPError {
  declare readonly kind: ApiErrorKind;
  declare readonly status: number;
  /** The service's own word for what went wrong. */
  declare readonly code: Code | undefined;
  declare readonly type: string | undefined;
  /** The parameter that is to blame. */
  declare readonly param: string | undefined;
  /** To quote to the service's support. */
  declare readonly requestId: string | undefined;
  /** The earliest time at which the service wants to be asked again. */
  declare readonly retryAt: Date | undefined;
  declare readonly service: string;
  /** Attempts made. */
  declare readonly attempts: number;
  /** Why the call was not repeated. */
  declare readonly stopped: StopReason | undefined;
  /** Whether a write was applied. */
  declare readonly delivery: Delivery;
  /** The key that every attempt carried. Hidden, too. */
  declare readonly idempotencyKey: string | undefined;

  constructor(kind: ApiErrorKind, error: HTTPError, details: ErrorDetails, retryAt: Date | undefined, facts: Facts) {
    const { response, request, options, data } = error;
    super(response, request, options);
    veil(this, { response, request, options, data });
    const { status } = response;
    const { code, type, param, requestId } = details;
    const words = details.message ?? (clean(response.statusText, 100) || 'no message');
    const what = `answered ${status}${code ? ` ${code}` : ''}: ${words}${requestId ? ` (${requestId})` : ''}`;
    describe(this, kind, '', what, facts, { status, code, type, param, requestId, retryAt });
  }

  toJSON(): Record<string, unknown> {
    return toJSON(this);
  }
}

/** 400, 422 and whatever else is wrong with the request itself. */
export class InvalidRequestError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'invalid_request';
}

/** 401: who are you? */
export class AuthenticationError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'authentication';
}

/** 402: what you paid for is used up; no wait will cure it. */
export class QuotaError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'quota';
}

/** 403: we know who you are. */
export class PermissionError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'permission';
}

/** 404, 410. */
export class NotFoundError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'not_found';
}

/** 409, 412: the state of things, or an idempotency key used with another payload. */
export class ConflictError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'conflict';
}

/** 429. */
export class RateLimitError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'rate_limit';
}

/** 5xx. */
export class ServerError<Code extends string = string> extends ApiError<Code> {
  declare readonly kind: 'server';
}

const CLASSES = {
  invalid_request: InvalidRequestError,
  authentication: AuthenticationError,
  quota: QuotaError,
  permission: PermissionError,
  not_found: NotFoundError,
  conflict: ConflictError,
  rate_limit: RateLimitError,
  server: ServerError,
} satisfies Record<ApiErrorKind, unknown>;

/** ky's error, and what its body says → the error of its kind. */
export const apiError = (
  error: HTTPError,
  details: ErrorDetails,
  retryAt: Date | undefined,
  facts: Facts,
): AnswerError => {
  const kind = kindOf(error.response.status, details.code, details.type);
  return new CLASSES[kind](kind, error, details, Number.isNaN(retryAt?.getTime()) ? undefined : retryAt, facts);
};

/** No answer came. ky's `NetworkError`; safe to print, its `cause` a copy that is too. */
export class ApiNetworkError extends NetworkError {
  declare readonly kind: 'network';
  declare readonly status?: undefined;
  declare readonly code?: undefined;
  declare readonly type?: undefined;
  declare readonly param?: undefined;
  declare readonly requestId?: undefined;
  declare readonly retryAt?: undefined;
  declare readonly service: string;
  declare readonly attempts: number;
  declare readonly stopped: StopReason | undefined;
  declare readonly delivery: Delivery;
  declare readonly idempotencyKey: string | undefined;

  constructor(request: Request, cause: unknown, facts: Facts) {
    const safe = safeCause(cause);
    super(request as NetworkError['request'], { cause: safe! });
    veil(this, { request });
    const name = clean(failureName(cause), 100);
    // Without a code the runtime's words say more than a class: `bad port`, `unknown scheme`.
    const words = /^(Type)?Error$/.test(name) ? ((safe?.cause ?? safe) as Error | undefined)?.message : name;
    describe(this, 'network', 'Api', `did not answer: ${words || name}`, facts);
  }

  toJSON(): Record<string, unknown> {
    return toJSON(this);
  }
}

/** No answer came in time. ky's `TimeoutError`; safe to print. */
export class ApiTimeoutError extends TimeoutError {
  declare readonly kind: 'timeout';
  declare readonly status?: undefined;
  declare readonly code?: undefined;
  declare readonly type?: undefined;
  declare readonly param?: undefined;
  declare readonly requestId?: undefined;
  declare readonly retryAt?: undefined;
  declare readonly service: string;
  declare readonly attempts: number;
  declare readonly stopped: StopReason | undefined;
  declare readonly delivery: Delivery;
  declare readonly idempotencyKey: string | undefined;

  constructor(request: Request, facts: Facts) {
    super(request as TimeoutError['request']);
    veil(this, { request });
    describe(this, 'timeout', 'Api', 'did not answer in time', facts);
  }

  toJSON(): Record<string, unknown> {
    return toJSON(this);
  }
}

/** The answered errors, as a union to match on. */
export type AnswerError<Code extends string = string> =
  | InvalidRequestError<Code>
  | AuthenticationError<Code>
  | QuotaError<Code>
  | PermissionError<Code>
  | NotFoundError<Code>
  | ConflictError<Code>
  | RateLimitError<Code>
  | ServerError<Code>;

/** Every error that a client throws on its own account; closed, so that a match on `kind` can be exhaustive. */
export type ClientError<Code extends string = string> = AnswerError<Code> | ApiNetworkError | ApiTimeoutError;

/**
 * Whether this is an error of a client of ours, in this copy of the package or another; with a kind, whether it is that one.
 *
 * @example
 * if (isApiError(error, 'rate_limit')) console.log(error.retryAt);
 */
export function isApiError(error: unknown): error is ClientError;
export function isApiError<K extends ClientError['kind']>(
  error: unknown,
  kind: K,
): error is Extract<ClientError, { kind: K }>;
export function isApiError(error: unknown, kind?: string): boolean {
  const held = typeof error === 'object' && error !== null && (error as Record<PropertyKey, unknown>)[BRAND] === true;
  return held && (kind === undefined || (error as ClientError).kind === kind);
}
