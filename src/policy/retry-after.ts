/**
 * How long the server asks us to wait, in every form seen in the wild (FACTS, "HTTP").
 *
 * @see RFC 9110 §10.2.3 (Retry-After) and §5.6.7 (HTTP-date)
 * @see draft-ietf-httpapi-ratelimit-headers (RateLimit)
 */

const DECIMAL = /^\d+(\.\d+)?$/;
const TIME = '(\\d\\d:\\d\\d:\\d\\d)';
/** IMF-fixdate and RFC 850: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`. */
const DAY_FIRST = new RegExp(`^[A-Z][a-z]+, ([ \\d]\\d)[ -]([A-Z][a-z]{2})[ -](\\d{4}|\\d\\d) ${TIME} GMT$`);
/** `Sun Nov  6 08:49:37 1994`. */
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${TIME} (\\d{4})$`);

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
  const date = Date.parse(`${day} ${month} ${fullYear(year!, nowMs)} ${time} GMT`);
  // `31 Feb` is no date, though some engines roll it over.
  return new Date(date).getUTCDate() === Number(day) ? date : undefined;
};

const decimal = (value: string): number | undefined => (DECIMAL.test(value) ? Number(value) : undefined);

const retryAfter = (value: string, nowMs: number): number | undefined => {
  const seconds = decimal(value);
  if (seconds !== undefined) return seconds * 1000;
  const date = parseHttpDate(value, nowMs);
  return date && date - nowMs;
};

/** The parameters of a quota that is used up: `;r=0;t=30`. */
const USED_UP = /^(?=[^,]*;\s*r=0\s*(?:[;,]|$))[^,]*;\s*t=(\d+)\s*(?:[;,]|$)/;

/** `"default";r=0;t=30, "daily";r=12;t=4000`: the longest of the quotas that are used up. */
const rateLimit = (value: string): number | undefined => {
  // Every other part stands outside of the quotes, and what is before the first of them is nothing.
  const parameters = value.split('"').filter((_, index) => index > 0 && index % 2 === 0);
  const seconds = parameters.flatMap(each => USED_UP.exec(each)?.[1] ?? []);
  return seconds.length > 0 ? Math.max(...seconds.map(Number)) * 1000 : undefined;
};

/** Seconds from now, or an epoch in seconds or milliseconds: nobody means 30 years. */
const reset = (value: string, nowMs: number): number | undefined => {
  const number = decimal(value);
  if (number === undefined) return undefined;
  if (number < 1e9) return number * 1000;
  return (number < 1e12 ? number * 1000 : number) - nowMs;
};

/**
 * What the server asks for, in milliseconds from `nowMs` (epoch milliseconds); `undefined` if it asks for nothing above
 * zero. `Retry-After` wins over the rate-limit headers, whose reset counts only where the limit is used up: many servers
 * send it with every answer.
 */
export const retryAfterMs = (headers: Headers, nowMs: number, throttled: boolean): number | undefined => {
  const read = (name: string): string => headers.get(name) ?? '';
  const remaining = decimal(read('x-ratelimit-remaining')) ?? decimal(read('ratelimit-remaining'));
  const usedUp = remaining === undefined ? throttled : remaining === 0;
  const ms =
    decimal(read('retry-after-ms')) ??
    retryAfter(read('retry-after'), nowMs) ??
    rateLimit(read('ratelimit')) ??
    (usedUp ? (reset(read('ratelimit-reset'), nowMs) ?? reset(read('x-ratelimit-reset'), nowMs)) : undefined);
  return (ms ?? 0) > 0 ? ms : undefined;
};

/** The server's time is a minimum: spread the crowd after it, by up to a tenth and at most a second (rule 5). */
export const afterServerMs = (serverMs: number, random: () => number): number =>
  serverMs + random() * Math.min(serverMs / 10, 1000);

/** The answer is the stored one to an earlier request with the same key. */
export const isReplayed = (headers: Headers): boolean => headers.get('idempotent-replayed') === 'true';

/**
 * Whether the server says that asking again is no use: `x-should-retry: false`, `stripe-should-retry: false`, or an error
 * that is itself a stored answer (`Idempotent-Replayed: true`).
 */
export const isVetoed = (headers: Headers): boolean =>
  headers.get('x-should-retry') === 'false' || headers.get('stripe-should-retry') === 'false' || isReplayed(headers);
