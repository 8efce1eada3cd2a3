import { match, P } from 'ts-pattern';
import type { Classification, Outcome } from '../call.ts';
import { failureOf, isPermanent } from './failure.ts';

/**
 * What an outcome means (rule 1). 429 is `throttled`, 500–599 `server-error`, any other 4xx `client-error`, whatever else
 * was answered `success`; a failure that no repetition cures is `invalid`, any other `network-error`.
 *
 * @see RFC 9110 §15
 * @example
 * createFetch({ retry: { classify: outcome => (outcome.kind === 'answer' && outcome.status === 409 ? 'throttled' : classify(outcome)) } });
 */
export const classify = (outcome: Outcome): Classification =>
  // The happy path pays for no table (K14).
  outcome.kind === 'answer' && outcome.status < 400 ? 'success' : table(outcome);

const table = (outcome: Outcome): Classification =>
  match<Outcome, Classification>(outcome)
    .with({ kind: 'answer', status: 429 }, () => 'throttled')
    .with({ kind: 'answer', status: P.number.between(500, 599) }, () => 'server-error')
    .with({ kind: 'answer', status: P.number.between(400, 499) }, () => 'client-error')
    .with({ kind: 'answer' }, () => 'success')
    .with({ kind: 'failure' }, ({ error }) => (isPermanent(failureOf(error)) ? 'invalid' : 'network-error'))
    .with({ kind: 'timeout' }, () => 'timeout')
    .with({ kind: 'aborted' }, () => 'aborted')
    .with({ kind: 'invalid' }, () => 'invalid')
    .exhaustive();

/** Whether a class may be retried at all. */
export const isRetryable = (classification: Classification): boolean =>
  classification === 'throttled' ||
  classification === 'server-error' ||
  classification === 'network-error' ||
  classification === 'timeout';
