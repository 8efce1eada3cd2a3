import { match, P } from 'ts-pattern';
import type { Classification, Outcome } from '../call.ts';

const RETRYABLE: readonly Classification[] = ['throttled', 'server-error', 'network-error', 'timeout'];
const OTHERS: readonly Classification[] = ['success', 'client-error', 'aborted', 'invalid', 'thrown'];

/**
 * What an outcome means. 429 is `throttled`, 500 and above `server-error` (what is no status counts as one), any other 4xx
 * `client-error`, whatever else was answered `success`; without an answer it is what the attempt came to.
 *
 * @see RFC 9110 §15
 * @example
 * createFetch({ retry: { classify: outcome => (outcome.kind === 'answer' && outcome.status === 409 ? 'throttled' : classify(outcome)) } });
 */
export const classify = (outcome: Outcome): Classification =>
  // The happy path pays for no table.
  outcome.kind === 'answer' && outcome.status < 400 ? 'success' : table(outcome);

const atLeast500 = /* @__PURE__ */ P.number.gte(500);
const atLeast400 = /* @__PURE__ */ P.number.gte(400);

const table = (outcome: Outcome): Classification =>
  match<Outcome, Classification>(outcome)
    .with({ kind: 'answer', status: atLeast500 }, () => 'server-error')
    .with({ kind: 'answer', status: 429 }, () => 'throttled')
    .with({ kind: 'answer', status: atLeast400 }, () => 'client-error')
    .with({ kind: 'answer' }, () => 'success')
    .with({ kind: 'failure' }, () => 'network-error')
    .with({ kind: P.not('answer') }, ({ kind }) => kind as Classification)
    .exhaustive();

/** Whether a class may be retried at all. */
export const isRetryable = (classification: Classification): boolean => RETRYABLE.includes(classification);

/** @throws {TypeError} where `retry.classify` gave what is no class */
export const checkedClass = (given: Classification): Classification => {
  if (isRetryable(given) || OTHERS.includes(given)) return given;
  throw new TypeError(
    `\`retry.classify\` must return ${[...RETRYABLE, ...OTHERS].join(', ')}, got ${Object.prototype.toString.call(given)}`,
  );
};
