import type { Outcome } from '../call.ts';
import { failureOf } from './failure.ts';
import { isReplayed } from './retry-after.ts';

/**
 * "Was my write applied?" `not-sent`: provably not, it never left. `rejected`: no, the server refused it. `unknown`: it
 * may have been.
 */
export type Delivery = 'not-sent' | 'rejected' | 'unknown';

/**
 * What says of a permanent failure that it came before the first byte of the request: a certificate that we refused, a
 * handshake that failed, a port or scheme or header that fetch would not use. Redirect loops, integrity and the like come
 * after an answer.
 */
const BEFORE_CODE =
  /^(ERR_TLS_(CERT|HANDSHAKE)|ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE|CIPHER|UNRECOGNIZED_NAME|PACKET_LENGTH)|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_INVALID_(URL|CHAR|PROTOCOL)|UND_ERR_(INVALID_ARG|NOT_SUPPORTED)|InvalidURL)/;
const BEFORE_TEXT =
  /unknown scheme|(scheme|protocol) (must be|.*not supported)|bad port|invalid (method|URL)|certificate|UnknownIssuer|wrong version|handshake fail/i;

const isBefore = (error: unknown, depth = 0): boolean => {
  const { code, message, cause } = Object(error) as Record<string, unknown>;
  // Some runtimes put the URL into the message, where any word may stand.
  const words = String(message)
    .slice(0, 1000)
    .replace(/\S+:\/\/\S+/g, '');
  if (BEFORE_TEXT.test(words) || (typeof code === 'string' && BEFORE_CODE.test(code))) return true;
  return depth < 4 && cause !== undefined && isBefore(cause, depth + 1);
};

const deliveryOfAttempt = (outcome: Outcome): Delivery => {
  if (outcome.kind === 'answer') {
    const { status, response } = outcome;
    // What refuses a redirected request may be another than what took the first one (303, RFC 9110 §15.4.4).
    return status >= 400 && status < 500 && !response.redirected ? 'rejected' : 'unknown';
  }
  if (outcome.kind === 'invalid') return 'not-sent';
  if (outcome.kind !== 'failure') return 'unknown';
  const failure = failureOf(outcome.error);
  return failure === 'not-sent' || (failure === 'permanent' && isBefore(outcome.error)) ? 'not-sent' : 'unknown';
};

/** A refusal that is the stored answer to an earlier attempt settles what became of that one. */
const settles = (outcome: Outcome): boolean => outcome.kind === 'answer' && isReplayed(outcome.response.headers);

/** Adds one more attempt to what was known of a call: once `unknown`, it stays so, unless an answer settles it by its key. */
export const deliveryAfter = (earlier: Delivery | undefined, outcome: Outcome): Delivery => {
  const latest = deliveryOfAttempt(outcome);
  if (earlier === 'unknown' && !settles(outcome)) return 'unknown';
  return earlier === 'rejected' && latest === 'not-sent' ? 'rejected' : latest;
};
