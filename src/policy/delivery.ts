import type { Outcome } from '../call.ts';
import { failureOf } from './failure.ts';
import { isReplayed } from './retry-after.ts';

/**
 * "Was my write applied?" `not-sent`: provably not, it never left. `rejected`: no, the server refused it. `unknown`: it
 * may have been.
 */
export type Delivery = 'not-sent' | 'rejected' | 'unknown';

const deliveryOfAttempt = (outcome: Outcome, url: string | undefined): Delivery => {
  if (outcome.kind === 'answer') {
    const { status, response } = outcome;
    // What refuses a redirected request may be another than what took the first one (303, RFC 9110 §15.4.4).
    return status >= 400 && status < 500 && !response.redirected ? 'rejected' : 'unknown';
  }
  if (outcome.kind === 'invalid') return 'not-sent';
  if (outcome.kind !== 'failure') return 'unknown';
  const failure = failureOf(outcome.error, url);
  return failure === 'not-sent' || failure === 'unsendable' ? 'not-sent' : 'unknown';
};

/** A refusal that is the stored answer to an earlier attempt settles what became of that one. */
const settles = (outcome: Outcome): boolean => outcome.kind === 'answer' && isReplayed(outcome.response.headers);

/** Adds one more attempt to what was known of a call: once `unknown`, it stays so, unless an answer settles it by its key. */
export const deliveryAfter = (earlier: Delivery | undefined, outcome: Outcome, url?: string): Delivery => {
  const latest = deliveryOfAttempt(outcome, url);
  if (earlier === 'unknown' && !settles(outcome)) return 'unknown';
  return earlier === 'rejected' && latest === 'not-sent' ? 'rejected' : latest;
};
