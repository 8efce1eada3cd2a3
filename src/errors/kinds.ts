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

/**
 * Codes and types that say more than the status they come with: both guides', OAuth's (RFC 6749 §5.2) and what others send
 * with a 400, in upper case and without `_ERROR` or `Exception`.
 */
const WORDS: Readonly<Record<ApiErrorKind, string>> = {
  invalid_request: 'INVALID_ARGUMENT DOWNLOAD_NOT_SUPPORTED PARAMETER_MISSING PARAMETER_INVALID',
  authentication: 'AUTHENTICATION AUTHENTICATION_FAILED UNAUTHENTICATED INVALID_CLIENT INVALID_GRANT',
  quota: 'QUOTA_EXCEEDED INSUFFICIENT_QUOTA',
  permission: 'PERMISSION PERMISSION_DENIED ACCESS_DENIED CONNECTOR_NOT_LINKED UNAUTHORIZED_CLIENT',
  not_found: 'NOT_FOUND RESOURCE_MISSING RESOURCE_NOT_FOUND',
  conflict: 'IDEMPOTENCY IDEMPOTENCY_CONFLICT DRIVE_ITEM_CONFLICT STATE_NOT_READY',
  rate_limit: 'RATE_LIMIT RATE_LIMIT_EXCEEDED SLOW_DOWN THROTTLING',
  server: 'INTERNAL API',
};

const KINDS = /* @__PURE__ */ Object.keys(WORDS) as ApiErrorKind[];

const STATUSES: Readonly<Record<number, ApiErrorKind>> = {
  401: 'authentication',
  402: 'quota',
  403: 'permission',
  404: 'not_found',
  409: 'conflict',
  410: 'not_found',
  412: 'conflict',
  429: 'rate_limit',
};

const wordOf = (word = ''): ApiErrorKind | undefined => {
  const key = word
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/_?(error|exception)$/i, '')
    .toUpperCase();
  return KINDS.find(kind => WORDS[kind].split(' ').includes(key));
};

/** The server's words first (a 400 with `idempotency_error` is a conflict), its status second. */
export const kindOf = (status: number, code: string | undefined, type: string | undefined): ApiErrorKind =>
  wordOf(code) ?? wordOf(type) ?? STATUSES[status] ?? (status >= 500 ? 'server' : 'invalid_request');
