/**
 * How long the server asks us to wait, in every form seen in the wild (FACTS, "HTTP").
 *
 * @see RFC 9110 §10.2.3 (Retry-After) and §5.6.7 (HTTP-date)
 * @see draft-ietf-httpapi-ratelimit-headers (RateLimit)
 */

const DECIMAL = /^\d+(\.\d+)?$/;
const TIME = '(\\d\\d:\\d\\d:\\d\\d)';
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, (\\d\\d) ([A-Z][a-z]{2}) (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(`^[A-Z][a-z]{5,8}, (\\d\\d)-([A-Z][a-z]{2})-(\\d\\d) ${TIME} GMT$`);
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${TIME} (\\d{4})$`);

const timestamp = (day: string, month: string, year: number, time: string): number | undefined => {
  const date = Date.parse(`${day.trim().padStart(2, '0')} ${month} ${String(year).padStart(4, '0')} ${time} GMT`);
  // `31 Feb` is no date, though some engines roll it over.
  return new Date(date).getUTCDate() === Number(day) ? date : undefined;
};

/** The most recent past year with these last two digits, unless that is more than 50 years back (RFC 9110 §5.6.7). */
const fullYear = (twoDigits: number, nowMs: number): number => {
  const year = new Date(nowMs).getUTCFullYear();
  const candidate = year - (year % 100) + twoDigits;
  return candidate > year + 50 ? candidate - 100 : candidate;
};

/** An HTTP-date in any of its three forms → epoch milliseconds. */
export const parseHttpDate = (value: string, nowMs: number): number | undefined => {
  const imf = IMF_FIXDATE.exec(value);
  if (imf) return timestamp(imf[1]!, imf[2]!, Number(imf[3]), imf[4]!);
  const rfc850 = RFC_850.exec(value);
  if (rfc850) return timestamp(rfc850[1]!, rfc850[2]!, fullYear(Number(rfc850[3]), nowMs), rfc850[4]!);
  const asctime = ASCTIME.exec(value);
  if (asctime) return timestamp(asctime[2]!, asctime[1]!, Number(asctime[4]), asctime[3]!);
  return undefined;
};

const decimal = (value: string | null): number | undefined =>
  value !== null && DECIMAL.test(value) ? Number(value) : undefined;

const retryAfter = (value: string | null, nowMs: number): number | undefined => {
  if (value === null) return undefined;
  const seconds = decimal(value);
  if (seconds !== undefined) return seconds * 1000;
  const date = parseHttpDate(value, nowMs);
  return date === undefined ? undefined : date - nowMs;
};

/** `"default";r=0;t=30, "daily";r=12;t=4000`: the longest of the quotas that are used up. */
const rateLimit = (value: string | null): number | undefined => {
  if (value === null) return undefined;
  const waits = value.split(',').flatMap(item => {
    const used = /^\s*"[^"]*"\s*((?:;\s*[a-z]+=[^;]+)+)$/.exec(item);
    const reset = used && /;\s*r=0\s*(;|$)/.test(used[1]!) && /;\s*t=(\d+)\s*(;|$)/.exec(used[1]!);
    return reset ? [Number(reset[1]) * 1000] : [];
  });
  return waits.length > 0 ? Math.max(...waits) : undefined;
};

/** Seconds from now, or an epoch in seconds or milliseconds: nobody means 30 years. */
const reset = (value: string | null, nowMs: number): number | undefined => {
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
  const remaining = headers.get('x-ratelimit-remaining') ?? headers.get('ratelimit-remaining');
  const usedUp = remaining === null ? throttled : Number(remaining) === 0;
  const ms =
    decimal(headers.get('retry-after-ms')) ??
    retryAfter(headers.get('retry-after'), nowMs) ??
    rateLimit(headers.get('ratelimit')) ??
    (usedUp
      ? (reset(headers.get('ratelimit-reset'), nowMs) ?? reset(headers.get('x-ratelimit-reset'), nowMs))
      : undefined);
  return ms !== undefined && ms > 0 ? ms : undefined;
};

/** The server's time is a minimum: spread the crowd after it, by up to a tenth and at most a second (rule 5). */
export const afterServerMs = (serverMs: number, random: () => number): number =>
  serverMs + random() * Math.min(serverMs / 10, 1000);

/**
 * Whether the server says that asking again is no use: `x-should-retry: false`, `stripe-should-retry: false`, or an error
 * that is itself a stored answer (`Idempotent-Replayed: true`).
 */
export const isVetoed = (headers: Headers): boolean =>
  headers.get('x-should-retry') === 'false' ||
  headers.get('stripe-should-retry') === 'false' ||
  headers.get('idempotent-replayed') === 'true';
