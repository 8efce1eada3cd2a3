import type { Classification } from '../call.ts';
import type { ApiErrorKind } from '../errors/kinds.ts';

/**
 * What happened, in one vocabulary with the errors' `kind`: theirs, `network` and `timeout`; `success` for a call that
 * recovered; `invalid` for one that was refused before anything was sent, `thrown` for one that an error of your own ended.
 */
export type RecordKind = ApiErrorKind | 'network' | 'timeout' | 'success' | 'aborted' | 'invalid' | 'thrown';

const CLASSES: Partial<Record<Classification, RecordKind>> = {
  throttled: 'rate_limit',
  'server-error': 'server',
  'client-error': 'invalid_request',
  'network-error': 'network',
};

/** As `errors/kinds.ts` has them, where nobody has read what the body says. */
const STATUSES: Partial<Record<number, ApiErrorKind>> = {
  401: 'authentication',
  402: 'quota',
  403: 'permission',
  404: 'not_found',
  408: 'server',
  409: 'conflict',
  410: 'not_found',
  412: 'conflict',
  425: 'conflict',
};

/** By the status where it says more than the class. */
export const kindOf = (classification: Classification, status = 0): RecordKind =>
  (classification === 'success' ? undefined : STATUSES[status]) ??
  CLASSES[classification] ??
  (classification as RecordKind);
