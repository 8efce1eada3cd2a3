import type { Delivery } from '../policy/delivery.ts';
import type { ErrorDetails } from './format.ts';

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

/** Statuses, and codes and types (in lower case, without `_error` or `Exception`) that say more than the status they come with. */
const WORDS: Readonly<Record<ApiErrorKind, string>> = {
  invalid_request: 'invalid_argument download_not_supported parameter_missing parameter_invalid card card_declined',
  authentication: 'authentication authentication_failed unauthenticated invalid_client invalid_grant',
  quota: '402 quota_exceeded insufficient_quota',
  permission: '403 permission permission_denied access_denied connector_not_linked unauthorized_client',
  not_found: '404 410 not_found resource_missing resource_not_found',
  conflict: '409 412 425 idempotency idempotency_conflict drive_item_conflict state_not_ready',
  rate_limit: '429 rate_limit rate_limit_exceeded slow_down throttling too_many_requests',
  server: '408 internal api',
};

export const isKind = (word: unknown): word is ApiErrorKind => Object.hasOwn(WORDS, word as string);

/**
 * The server's words first (a 400 with `idempotency_error` is a conflict), its status second. A 401 is what it says; a 402
 * may be about somebody's card as well as about your own account; a 408 is a server that ran out of time (RFC 9110 §15.5.9).
 */
export const kindOf = (status: number, { code = '', type = '' }: ErrorDetails): ApiErrorKind => {
  const isCard = status === 402 && /card|declin|funds/i.test(code + type);
  for (const word of status === 401 ? [] : [code, type, isCard ? 'card' : `${status}`]) {
    const key = word
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replace(/_?(error|exception)$/i, '')
      .toLowerCase();
    // A service's own numbers are no statuses.
    const isWord = word === `${status}` || /\D/.test(word);
    const found = (Object.keys(WORDS) as ApiErrorKind[]).find(kind => isWord && WORDS[kind].split(' ').includes(key));
    if (found) return found;
  }
  return status === 401 ? 'authentication' : status > 499 ? 'server' : 'invalid_request';
};

/** What becomes of `rejected` where a conflict is with a first request that still runs. Words can only take a proof away. */
export const deliverySaid = (
  delivery: Delivery | undefined,
  status: number,
  { code, type, message }: ErrorDetails,
): Delivery | undefined => {
  const RUNNING = /idempoten.*in.?use|in.?progress|still.(running|being|process)|being.processed|concurren/i;
  return status === 409 && delivery === 'rejected' && RUNNING.test(`${code} ${type} ${message}`) ? 'unknown' : delivery;
};
