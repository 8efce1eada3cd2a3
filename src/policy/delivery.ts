import type { Classification, Outcome } from '../call.ts';
import { CERTIFICATE, type Failure, PROXY } from './failure.ts';
import { headersOf, isReplayed } from './retry-after.ts';

/**
 * "Was my write applied?" `not-sent`: provably not, it never left. `rejected`: no, the server refused it. `accepted`: yes,
 * the server said so (and if that is an error's, only the answer's body was lost). `unknown`: it may have been.
 */
export type Delivery = 'not-sent' | 'rejected' | 'accepted' | 'unknown';

/** Where a request was to go, and through which proxies it may have gone. */
export interface Route {
  readonly url: string;
  readonly proxies: readonly string[];
}

const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name);

/** Whether what an error names (port, host, address) is this place, as far as both can be compared. */
const isAt = (place: string, failure: Failure): boolean => {
  if (!URL.canParse(place)) return true;
  const asked = new URL(place);
  const name = asked.hostname.replace(/^\[|\]$/g, '');
  // undici's words for a connection that took too long name a place, too.
  const [, to, at] = /attempted address(?:es)?: ([^,)]+):(\d+)/.exec(`${failure.message}`) ?? [];
  const port = Number(failure.port ?? at ?? asked.port) || (asked.protocol === 'https:' ? 443 : 80);
  const host = failure.hostname ?? failure.host ?? (to && !isAddress(to) ? to : name);
  const address = failure.address ?? (to && isAddress(to) ? to : undefined);
  if (port !== (Number(asked.port) || (asked.protocol === 'https:' ? 443 : 80)) || host !== name) return false;
  if (address === undefined) return true;
  return isAddress(name) ? address === name : name !== 'localhost' || /^(127\.|::1$)/.test(`${address}`);
};

/** Whether this one error proves that the server never got the request. A bare code, a stranger's word prove nothing. */
const isProof = (failure: Failure, { url, proxies }: Route): boolean => {
  const { code, syscall, http2ErrorCode, message } = failure;
  const isUnconnected =
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    (CERTIFICATE.test(`${code}`) && !url.startsWith('http:'));
  return (
    (isUnconnected && [url, ...proxies].some(place => isAt(place, failure))) ||
    http2ErrorCode === 7 || // REFUSED_STREAM, RFC 9113 §8.7
    PROXY.test(`${message}`)
  );
};

/** Looks beneath: of several tries in one (happy eyeballs) each must prove it. */
const proves = (error: unknown, route: Route, depth = 0): boolean => {
  if (Object(error) !== error || depth > 8) return false;
  const { errors, cause } = error as { errors?: unknown; cause?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.every(each => proves(each, route, depth + 1));
  return isProof(error as Failure, route) || proves(cause, route, depth + 1);
};

/** Whether an attempt provably never reached the server it was meant for. Never throws. */
export const isUnsent = (outcome: Outcome, route: () => Route): boolean => {
  try {
    return outcome.kind === 'invalid' || (outcome.kind === 'failure' && proves(outcome.error, route()));
  } catch {
    return false; // a getter of the error threw
  }
};

/** Whether an answer proves a refusal: it may be another's, or say that the write is still being worked on. */
const isRefusal = ({ status, response }: Outcome & { kind: 'answer' }): boolean =>
  status > 399 &&
  status < 500 &&
  status !== 408 &&
  // What refuses a redirected request may be another than what took the first one (303, RFC 9110 §15.4.4).
  !response.redirected &&
  // A conflict that will be over at some time is with the first request of this key.
  !(status === 409 && headersOf(response).has('retry-after'));

/**
 * Adds one more attempt to what was known of a write. A success settles it; once `unknown`, it stays so, unless a refusal
 * settles it by its key.
 */
export const deliveryAfter = (
  earlier: Delivery | undefined,
  { classification, outcome, unsent }: { classification: Classification; outcome: Outcome; unsent: boolean },
): Delivery => {
  if (classification === 'success') return 'accepted';
  const answer = outcome.kind === 'answer' ? outcome : undefined;
  const latest = unsent ? 'not-sent' : answer && isRefusal(answer) ? 'rejected' : 'unknown';
  // The stored answer to an earlier attempt settles what became of that one.
  if (earlier === 'unknown' && !(answer && isReplayed(headersOf(answer.response)))) return 'unknown';
  return earlier === 'rejected' && latest === 'not-sent' ? 'rejected' : latest;
};
