import { HTTPError, NetworkError, TimeoutError } from 'ky';
import { failureName } from '../policy/failure.ts';
import { safeCause } from './cause.ts';
import { BRAND, type CallFacts, describe, type Facts, hide } from './describe.ts';
import { type ErrorDetails, safely } from './format.ts';
import { type ApiErrorKind, deliverySaid, kindOf } from './kinds.ts';

/** What an answer adds. */
interface AnswerFacts<Code> {
  readonly status: number;
  /** The service's own word for what went wrong. */
  readonly code: Code | undefined;
  readonly type: string | undefined;
  /** The parameter that is to blame. */
  readonly param: string | undefined;
  /** To quote to the service's support. */
  readonly requestId: string | undefined;
  /** The earliest time at which the service wants to be asked again. */
  readonly retryAt: Date | undefined;
}

type Hidden = Pick<HTTPError, 'response' | 'request' | 'options' | 'data'>;
type Absent = { readonly [Name in keyof AnswerFacts<string> | Exclude<keyof Hidden, 'request'>]?: undefined };

interface Printable {
  toJSON(): Record<string, unknown>;
}

/** The service answered with an error. ky's `HTTPError`; `request`, `response`, `options` and `data` are there, but nothing prints them. */
interface Answered<Kind extends ApiErrorKind, Code> extends HTTPError, AnswerFacts<Code>, CallFacts, Printable {
  readonly kind: Kind;
}

/** 400, 422, 431 and whatever else is wrong with the request itself; a declined card, too. */
export type InvalidRequestError<Code extends string = string> = Answered<'invalid_request', Code>;
/** 401: who are you? */
export type AuthenticationError<Code extends string = string> = Answered<'authentication', Code>;
/** 402: what you paid for is used up; no wait will cure it. */
export type QuotaError<Code extends string = string> = Answered<'quota', Code>;
/** 403: we know who you are. */
export type PermissionError<Code extends string = string> = Answered<'permission', Code>;
/** 404, 410. */
export type NotFoundError<Code extends string = string> = Answered<'not_found', Code>;
/** 409, 412, 425: the state of things, or an idempotency key used with another payload. */
export type ConflictError<Code extends string = string> = Answered<'conflict', Code>;
/** 429. */
export type RateLimitError<Code extends string = string> = Answered<'rate_limit', Code>;
/** 5xx, and 408. */
export type ServerError<Code extends string = string> = Answered<'server', Code>;

/** No answer came, or not all of it. ky's `NetworkError`; its `cause` is a copy that is safe to print. */
export interface ApiNetworkError extends NetworkError, Absent, CallFacts, Printable {
  readonly kind: 'network';
}
/** No answer came in time. ky's `TimeoutError`. */
export interface ApiTimeoutError extends TimeoutError, Absent, CallFacts, Printable {
  readonly kind: 'timeout';
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

/** As a value, what `instanceof` asks: whether it is any of them, of this copy of the package or another. */
export type ApiError<Code extends string = string> = ClientError<Code>;

/** `instanceof` goes by kind, and so across copies and realms; a class of your own that extends one is its own. */
interface ErrorClass<E, Args extends readonly unknown[] = readonly never[]> {
  new (...args: Args): E;
  readonly prototype: E;
  [Symbol.hasInstance](error: unknown): error is E;
}

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
  const held = Object(error) === error && (error as Record<PropertyKey, unknown>)[BRAND] === true;
  return held && (kind === undefined || (error as ClientError).kind === kind);
}

type Make = new (...args: readonly unknown[]) => Error;

/** The class of a kind; what is made of a class of ky's is dressed at once. */
const classOf = (base: unknown, kind?: string, dress?: (error: Error, ...args: never[]) => void): unknown => {
  const Ours = class extends (base as Make) {
    constructor(...args: readonly unknown[]) {
      super(...(dress ? args.slice(0, 1) : args));
      dress?.(this, ...(args as never[]));
    }
    toJSON(): Record<string, unknown> {
      const { name, message } = this;
      return { ...(this as object), name, message };
    }
  };
  const has = Function.prototype[Symbol.hasInstance];
  const instance = function (this: unknown, error: unknown): boolean {
    return this === Ours ? isApiError(error, kind as 'server') : has.call(this as typeof Ours, error);
  };
  // A class's own name does not survive minification.
  const name = `${(kind ?? 'api').replace(/(^|_)(.)/g, (_, __, letter) => letter.toUpperCase())}Error`;
  return Object.defineProperties(Ours, { name: { value: name }, [Symbol.hasInstance]: { value: instance } });
};

export const ApiError = /* @__PURE__ */ classOf(HTTPError) as ErrorClass<ApiError>;
const answered = <K extends ApiErrorKind>(kind: K) => classOf(ApiError, kind) as ErrorClass<Answered<K, string>>;

export const InvalidRequestError = /* @__PURE__ */ answered('invalid_request');
export const AuthenticationError = /* @__PURE__ */ answered('authentication');
export const QuotaError = /* @__PURE__ */ answered('quota');
export const PermissionError = /* @__PURE__ */ answered('permission');
export const NotFoundError = /* @__PURE__ */ answered('not_found');
export const ConflictError = /* @__PURE__ */ answered('conflict');
export const RateLimitError = /* @__PURE__ */ answered('rate_limit');
export const ServerError = /* @__PURE__ */ answered('server');

export const ApiNetworkError = /* @__PURE__ */ classOf(
  NetworkError,
  'network',
  (error, request: Request, cause: unknown, facts: Facts) => {
    // A getter of the failure may throw.
    const safe = safely(() => safeCause(cause));
    const name = failureName(cause);
    // Without a code the runtime's words say more than a class: `bad port`, `unknown scheme`.
    const words = /^(Type)?Error$/.test(name) ? ((safe?.cause ?? safe) as Error | undefined)?.message : name;
    const what = `${facts.answered ? 'broke off its answer' : 'did not answer'}: ${words || name}`;
    describe(error, what, facts, { request }, { kind: 'network' });
    if (safe) hide(error, { cause: safe });
  },
) as ErrorClass<ApiNetworkError, [request: Request, cause: unknown, facts: Facts]>;

export const ApiTimeoutError = /* @__PURE__ */ classOf(
  TimeoutError,
  'timeout',
  (error, request: Request, facts: Facts) => {
    const what = `did not ${facts.answered ? 'finish its answer' : 'answer'} in time`;
    describe(error, what, facts, { request }, { kind: 'timeout' });
  },
) as ErrorClass<ApiTimeoutError, [request: Request, facts: Facts]>;

const CLASSES = {
  invalid_request: InvalidRequestError,
  authentication: AuthenticationError,
  quota: QuotaError,
  permission: PermissionError,
  not_found: NotFoundError,
  conflict: ConflictError,
  rate_limit: RateLimitError,
  server: ServerError,
} as unknown as Record<ApiErrorKind, Make>;

/** What ky's error holds, and what its body says → the error of its kind. */
export const apiError = (
  { response, request, options, data }: Hidden,
  details: ErrorDetails,
  retryAt: Date | undefined,
  facts: Facts,
): AnswerError => {
  const { status } = response;
  const { code, type, param, requestId, message = 'no message', kind = kindOf(status, details) } = details;
  const error = new CLASSES[kind](response, request, options);
  const what = `answered ${status}${code ? ` ${code}` : ''}: ${message}${requestId ? ` (${requestId})` : ''}`;
  const isDate = !Number.isNaN(retryAt?.getTime());
  describe(
    error,
    what,
    { ...facts, delivery: deliverySaid(facts.delivery, status, details) },
    { response, request, options, data },
    { kind, status, code, type, param, requestId, retryAt: isDate ? retryAt : undefined },
  );
  return error as AnswerError;
};
