/** What to branch on: a closed union, with a class each. */
export type ApiErrorKind =
  | 'invalid_request'
  | 'authentication'
  | 'quota'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'rate_limit'
  | 'server';

/** Codes and types that say more than the status, in upper case: both guides', Stripe's, OAuth's (RFC 6749 §5.2) and Google's. */
const WORDS: Readonly<Record<string, ApiErrorKind>> = Object.fromEntries(
  Object.entries({
    invalid_request:
      'INVALID_ARGUMENT DOWNLOAD_NOT_SUPPORTED PARAMETER_MISSING PARAMETER_INVALID INVALID_SCOPE UNSUPPORTED_GRANT_TYPE OUT_OF_RANGE',
    authentication:
      'AUTHENTICATION_FAILED AUTHENTICATION_ERROR UNAUTHENTICATED INVALID_CLIENT INVALID_GRANT INVALID_TOKEN',
    quota: 'QUOTA_EXCEEDED INSUFFICIENT_QUOTA BILLING_ERROR',
    permission:
      'ACCESS_DENIED CONNECTOR_NOT_LINKED PERMISSION_DENIED PERMISSION_ERROR INSUFFICIENT_SCOPE UNAUTHORIZED_CLIENT',
    not_found: 'NOT_FOUND RESOURCE_MISSING NOT_FOUND_ERROR',
    conflict:
      'DRIVE_ITEM_CONFLICT STATE_NOT_READY IDEMPOTENCY_CONFLICT IDEMPOTENCY_ERROR ALREADY_EXISTS ABORTED FAILED_PRECONDITION',
    rate_limit: 'RATE_LIMIT_EXCEEDED RATE_LIMIT_ERROR RESOURCE_EXHAUSTED SLOW_DOWN',
    server:
      'INTERNAL_ERROR API_ERROR INTERNAL UNAVAILABLE DEADLINE_EXCEEDED SERVER_ERROR TEMPORARILY_UNAVAILABLE OVERLOADED_ERROR',
  } satisfies Record<ApiErrorKind, string>).flatMap(([kind, words]) =>
    words.split(' ').map(word => [word, kind as ApiErrorKind]),
  ),
);

const wordOf = (word: string | undefined): ApiErrorKind | undefined => {
  const key = word?.toUpperCase() ?? '';
  return Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
};

const kindOfStatus = (status: number): ApiErrorKind => {
  switch (status) {
    case 401:
      return 'authentication';
    case 402:
      return 'quota';
    case 403:
      return 'permission';
    case 404:
    case 410:
      return 'not_found';
    case 409:
      return 'conflict';
    case 429:
      return 'rate_limit';
    default:
      return status >= 500 ? 'server' : 'invalid_request';
  }
};

/** The server's words first (a 400 with `idempotency_error` is a conflict), its status second. */
export const kindOf = (status: number, code: string | undefined, type: string | undefined): ApiErrorKind =>
  wordOf(code) ?? wordOf(type) ?? kindOfStatus(status);
