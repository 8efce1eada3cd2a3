/**
 * How long the server asks us to wait, in the forms that are common; what is rarer is `retry.retryAfter`'s.
 *
 * @see RFC 9110 §10.2.3 (Retry-After) and §5.6.7 (HTTP-date)
 * @see draft-ietf-httpapi-ratelimit-headers (RateLimit)
 */

/** The headers of an answer; of a stranger's it may have none, or a plain object. */
export const headersOf = ({ headers }: Response): Headers => {
  if (typeof headers?.get === 'function') return headers;
  try {
    return new Headers(headers ?? {});
  } catch {
    return new Headers();
  }
};

/** IMF-fixdate and RFC 850: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`. */
const DAY_FIRST = /^[A-Z][a-z]+, ([ \d]\d)[ -]([A-Z][a-z]{2})[ -](\d{4}|\d\d) (\d\d:(?:\d\d:[0-5]\d|59:60)) GMT$/;
/** `Sun Nov  6 08:49:37 1994`. */
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/;

/** Two digits mean the year that is no more than 50 years ahead, nor 50 or more back (RFC 9110 §5.6.7). */
const fullYear = (digits: string, nowMs: number): number => {
  const oldest = new Date(nowMs).getUTCFullYear() - 49;
  return digits.length > 2 ? Number(digits) : oldest + ((((Number(digits) - oldest) % 100) + 100) % 100);
};

/** An HTTP-date in any of its three forms → epoch milliseconds. */
export const parseHttpDate = (value: string, nowMs: number): number | undefined => {
  const parts = DAY_FIRST.exec(value.replace(ASCTIME, 'Day, $2 $1 $4 $3 GMT'));
  if (!parts) return undefined;
  const [, day, month, year, time] = parts;
  // A leap second is there to be named, though no engine parses it.
  const leapMs = time!.endsWith(':60') ? 1000 : 0;
  const date = Date.parse(`${day} ${month} ${fullYear(year!, nowMs)} ${time!.replace(/60$/, '59')} GMT`);
  // `31 Feb` is no date, though some engines roll it over.
  return new Date(date).getUTCDate() === Number(day) ? date + leapMs : undefined;
};

const decimal = (value: string): number | undefined => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined);

const ofSeconds = (value: string): number | undefined => {
  const seconds = decimal(value);
  return seconds === undefined ? undefined : seconds * 1000;
};

const ofDate = (value: string, nowMs: number): number | undefined => {
  const date = parseHttpDate(value, nowMs);
  return date && date - nowMs;
};

/** The parameters of a quota that is used up: `;r=0;t=30`. */
const USED_UP = /^(?=[^,]*;\s*r=0\s*(?:[;,]|$))[^,]*;\s*t=(\d+)\s*(?:[;,]|$)/;

/** `"default";r=0;t=30, "daily";r=12;t=4000`: the longest of the quotas that are used up; or `limit=100, remaining=0, reset=7`. */
const ofRateLimit = (value: string, throttled: boolean): number | undefined => {
  const [, remaining] = /\bremaining=(\d+)/.exec(value) ?? [];
  const [, reset] =
    (throttled || Number(remaining) === 0) && !value.includes('"') ? (/\breset=(\d+)/.exec(value) ?? []) : [];
  // Every other part stands outside of the quotes, and what is before the first of them is nothing.
  const parameters = value.split('"').filter((_, index) => index > 0 && index % 2 === 0);
  const seconds = [...parameters.flatMap(each => USED_UP.exec(each)?.[1] ?? []), ...(reset ? [reset] : [])];
  return seconds.length > 0 ? Math.max(...seconds.map(Number)) * 1000 : undefined;
};

/** Seconds from now, or an epoch in seconds or milliseconds: nobody means 30 years. */
const ofReset = (value: string, nowMs: number): number | undefined => {
  const number = decimal(value);
  if (number === undefined) return undefined;
  if (number < 1e9) return number * 1000;
  return (number < 1e12 ? number * 1000 : number) - nowMs;
};

/**
 * What the server asks for, in milliseconds from `nowMs` (epoch milliseconds); `undefined` if it asks for nothing above
 * zero. `Retry-After` wins over the rate-limit headers. A reset counts on a 429, or where nothing remains: many servers send
 * it with every answer.
 */
export const retryAfterMs = (headers: Headers, nowMs: number, throttled: boolean): number | undefined => {
  const read = <T>(name: string, parse: (value: string) => T): T | undefined => {
    const value = headers.get(name);
    // The same value from two layers is one value.
    return value === null ? undefined : parse(value.replace(/^(.+?)(?:, \1)+$/, '$1'));
  };
  const resetOf = (family: string): number | undefined =>
    throttled || read(`${family}-remaining`, decimal) === 0
      ? read(`${family}-reset`, value => ofReset(value, nowMs))
      : undefined;
  const ms =
    read('retry-after-ms', decimal) ??
    read('retry-after', value => ofSeconds(value) ?? ofDate(value, nowMs)) ??
    read('ratelimit', value => ofRateLimit(value, throttled)) ??
    read('x-ratelimit-retry-after', ofSeconds) ??
    resetOf('ratelimit') ??
    resetOf('x-ratelimit') ??
    resetOf('x-rate-limit');
  return (ms ?? 0) > 0 ? ms : undefined;
};

/**
 * The wait that follows the server's time, which is a minimum: a crowd is spread after it. A 429 is one client's, and up to
 * a tenth (at most a second) is enough; an error is told to every client at once, and it takes as long again to make their
 * return no storm. Cut to what the call has left.
 */
export const afterServerMs = (
  serverMs: number,
  { throttled, remainingMs, random }: { throttled: boolean; remainingMs: number; random: () => number },
): number => {
  const spreadMs = throttled ? Math.min(serverMs / 10, 1000) : serverMs;
  return serverMs + random() * Math.max(0, Math.min(spreadMs, remainingMs - serverMs));
};

/** The answer is the stored one to an earlier request with the same key. */
export const isReplayed = (headers: Headers): boolean => headers.get('idempotent-replayed') === 'true';

/**
 * Whether the server says that asking again is no use: `x-should-retry: false`, `stripe-should-retry: false`, or an error
 * that is itself a stored answer (`Idempotent-Replayed: true`).
 */
export const isVetoed = (headers: Headers): boolean =>
  headers.get('x-should-retry') === 'false' || headers.get('stripe-should-retry') === 'false' || isReplayed(headers);
