import { HTTPError, NetworkError, TimeoutError } from 'ky';
import type { StopReason } from '../call.ts';
import { redactUrl } from '../log/redact.ts';
import type { Delivery } from '../policy/delivery.ts';
import { failureName } from '../policy/failure.ts';
import type { ErrorDetails } from './format.ts';
import { type ApiErrorKind, kindOf } from './kinds.ts';
import { clean } from './text.ts';

/** What an error says of the call that ended in it. */
export interface Facts {
  readonly service: string;
  /** Attempts made. */
  readonly attempts: number;
  readonly stopped: StopReason | undefined;
  readonly delivery: Delivery;
  readonly idempotencyKey: string | undefined;
  readonly durationMs: number;
}

/** Members that are there for whoever asks, and that nothing prints: they hold headers, URLs and bodies (K12). */
const hide = (error: object, members: Record<string, unknown>): void => {
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(error, name, { value, enumerable: false, writable: true, configurable: true });
  }
};

/** Puts the message in, also where the stack already holds the one ky made, with its URL. */
const say = (error: Error, name: string, message: string): void => {
  const frames = error.stack?.slice(error.stack.indexOf(error.message) + error.message.length) ?? '';
  hide(error, { name, message, stack: `${name}: ${message}${frames}` });
};

const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** `, gave up after 3 attempts in 4.1 s: limit`; nothing where there was one attempt and no question of another. */
const ending = ({ attempts, stopped, durationMs }: Facts): string => {
  const why = stopped && stopped !== 'final' ? `: ${stopped}` : '';
  if (attempts > 1) return `, gave up after ${attempts} attempts in ${duration(durationMs)}${why}`;
  return why && `, not retried${why}`;
};

/** What all our errors have, as far as it is known. `idempotencyKey` is not enumerable: it is a header's value. */
const describe = (error: object, { service, attempts, stopped, delivery, idempotencyKey }: Facts, rest = {}): void => {
  for (const [name, value] of Object.entries({ ...rest, service, attempts, stopped, delivery })) {
    if (value !== undefined) Object.assign(error, { [name]: value });
  }
  hide(error, { idempotencyKey });
  Object.defineProperty(error, BRAND, { value: true });
};

/** The same in every copy of this package. */
const BRAND = Symbol.for('holdfast.ApiError');

const json = (error: Error): Record<string, unknown> => ({ ...error, name: error.name, message: error.message });

/** A cause that can be printed: the same chain of names, messages and codes, with no URL's secrets in it. */
const safeCause = (cause: unknown, depth = 0): unknown => {
  if (typeof cause !== 'object' || cause === null || depth > 4) return undefined;
  const { name, message, code, syscall, errors, cause: inner } = cause as Record<string, unknown>;
  const text = (value: unknown) => clean(String(value ?? '').replace(/[a-z][\w+.-]*:\/\/[^\s"'()<>]+/gi, redactUrl));
  const options = inner === undefined ? undefined : { cause: safeCause(inner, depth + 1) };
  const copy = Array.isArray(errors)
    ? new AggregateError(
        errors.slice(0, 8).map(each => safeCause(each, depth + 1)),
        text(message),
        options,
      )
    : new Error(text(message), options);
  hide(copy, { name: text(name ?? 'Error') });
  copy.stack = `${copy.name}: ${copy.message}`;
  return Object.assign(
    copy,
    typeof code === 'string' && { code: text(code) },
    typeof syscall === 'string' && { syscall: text(syscall) },
  );
};

/** The service answered with an error. ky's `HTTPError`; safe to print. */
export abstract class ApiError<Code extends string = string> extends HTTPError {
  abstract readonly kind: ApiErrorKind;
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
  declare readonly attempts: number;
  declare readonly stopped: StopReason | undefined;
  /** Whether a write was applied. */
  declare readonly delivery: Delivery;
  declare readonly idempotencyKey: string | undefined;

  constructor(error: HTTPError, details: ErrorDetails<Code>, retryAt: Date | undefined, facts: Facts) {
    super(error.response, error.request, error.options);
    const { response, request, options, data } = error;
    const { status } = response;
    hide(this, { response, request, options, data });
    const { code, type, param, requestId } = details;
    describe(this, facts, { status, code, type, param, requestId, retryAt });
    const what = [status, code].filter(Boolean).join(' ');
    const words = details.message ?? (clean(response.statusText, 100) || 'no message');
    const id = requestId ? ` (${requestId})` : '';
    say(this, new.target.title, `${facts.service} answered ${what}: ${words}${id}${ending(facts)}`);
  }

  /** The class's name, which survives minification. */
  static readonly title: string = 'ApiError';

  toJSON(): Record<string, unknown> {
    return json(this);
  }
}

/** 400, 422 and whatever else is wrong with the request itself. */
export class InvalidRequestError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'InvalidRequestError';
  readonly kind = 'invalid_request';
}

/** 401: who are you? */
export class AuthenticationError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'AuthenticationError';
  readonly kind = 'authentication';
}

/** 402: what you paid for is used up; no wait will cure it. */
export class QuotaError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'QuotaError';
  readonly kind = 'quota';
}

/** 403: we know who you are. */
export class PermissionError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'PermissionError';
  readonly kind = 'permission';
}

/** 404, 410. */
export class NotFoundError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'NotFoundError';
  readonly kind = 'not_found';
}

/** 409: the state of things, or an idempotency key used with another payload. */
export class ConflictError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'ConflictError';
  readonly kind = 'conflict';
}

/** 429. */
export class RateLimitError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'RateLimitError';
  readonly kind = 'rate_limit';
}

/** 5xx. */
export class ServerError<Code extends string = string> extends ApiError<Code> {
  static override readonly title: string = 'ServerError';
  readonly kind = 'server';
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
): AnswerError =>
  new CLASSES[kindOf(error.response.status, details.code, details.type)](error, details, retryAt, facts);

/** No answer came. ky's `NetworkError`; safe to print, its `cause` a copy that is too. */
export class ApiNetworkError extends NetworkError {
  readonly kind = 'network';
  declare readonly service: string;
  declare readonly attempts: number;
  declare readonly stopped: StopReason | undefined;
  declare readonly delivery: Delivery;
  declare readonly idempotencyKey: string | undefined;

  constructor(request: Request, cause: unknown, facts: Facts) {
    super(request as NetworkError['request'], { cause: safeCause(cause) as Error });
    hide(this, { request });
    describe(this, facts);
    say(this, 'ApiNetworkError', `${facts.service} did not answer: ${clean(failureName(cause), 100)}${ending(facts)}`);
  }

  toJSON(): Record<string, unknown> {
    return json(this);
  }
}

/** No answer came in time. ky's `TimeoutError`; safe to print. */
export class ApiTimeoutError extends TimeoutError {
  readonly kind = 'timeout';
  declare readonly service: string;
  declare readonly attempts: number;
  declare readonly stopped: StopReason | undefined;
  declare readonly delivery: Delivery;
  declare readonly idempotencyKey: string | undefined;

  constructor(request: Request, facts: Facts) {
    super(request as TimeoutError['request']);
    hide(this, { request });
    describe(this, facts);
    say(this, 'ApiTimeoutError', `${facts.service} did not answer in time${ending(facts)}`);
  }

  toJSON(): Record<string, unknown> {
    return json(this);
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
