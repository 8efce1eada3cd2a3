import { isOneShot, snapshotBody } from './body.ts';
import { type KeyPolicy, wouldPreflight } from './idempotency.ts';

type Input = Parameters<typeof globalThis.fetch>[0];
/** What a fetch is called with. */
export type Args = readonly [input: string | Request, init: RequestInit | undefined];

/** What the caller asked for, read once (rule 9). */
export interface Sending {
  readonly method: string;
  readonly url: string;
  readonly idempotencyKey: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** The body can't be sent a second time. */
  readonly oneShot: boolean;
  /** What the platform's fetch is called with at the first attempt. */
  readonly first: Args;
  /** The same for any later one. */
  readonly later: Args;
}

/** The members of the standard's `RequestInit`. */
export const INIT = [
  'method', 'headers', 'body', 'signal', 'redirect', 'credentials', 'mode', 'cache', 'referrer', 'referrerPolicy',
  'integrity', 'keepalive', 'duplex', 'window', 'priority',
]; // biome-ignore format: a list

/** What fetch reads of its init, also where it is inherited or not enumerable (K21). */
const MEMBERS = [...INIT, 'dispatcher', 'next', 'cf'];

type Init = RequestInit & Record<string, unknown>;

const readInit = (init: RequestInit, defaults: RequestInit | undefined): Init => {
  const copy = (defaults ? { ...defaults, ...init } : { ...init }) as Init;
  for (const name of MEMBERS) {
    if (name in copy) continue;
    const value = (init as Init)[name];
    if (value !== undefined) copy[name] = value as never;
  }
  return copy;
};

/** As fetch normalizes it: only these six. */
const UPPER = /^(delete|get|head|options|post|put)$/i;

const methodOf = (asked: string): string => (UPPER.test(asked) ? asked.toUpperCase() : asked);

const isRequest = (input: unknown): input is Request =>
  input instanceof Request || Object.prototype.toString.call(input) === '[object Request]';

/** A copy in the caller's own form, in which names keep their case and order; what is no form of headers the platform refuses. */
const copyHeaders = (headers: HeadersInit): HeadersInit => {
  if (headers instanceof Headers) return new Headers(headers);
  if (typeof headers !== 'object' || headers === null) return headers;
  if (!(Symbol.iterator in headers)) return { ...headers };
  // It may be read only once (a generator).
  return Array.from(
    headers as Iterable<[string, string]>,
    pair => (Object(pair) === pair ? [...pair] : pair) as [string, string],
  );
};

/** The value that the caller gave this header, in any case and form. */
export const ownKey = (headers: HeadersInit | undefined, header: string): string | undefined => {
  if (typeof headers !== 'object' || headers === null) return undefined;
  if (headers instanceof Headers) return headers.get(header) ?? undefined;
  const isIt = (name: unknown) => String(name).toLowerCase() === header.toLowerCase();
  if (Array.isArray(headers)) return headers.find(pair => isIt(pair?.[0]))?.[1];
  const name = Object.keys(headers).find(isIt);
  return name && String(headers[name]);
};

/** The same headers and one more, in a copy. */
export const withHeader = (headers: HeadersInit | undefined, name: string, value: string): HeadersInit =>
  addHeader(copyHeaders(headers ?? {}), name, value);

const addHeader = (headers: HeadersInit, name: string, value: string): HeadersInit => {
  if (headers instanceof Headers) headers.set(name, value);
  else if (Array.isArray(headers)) headers.push([name, value]);
  else headers[name] = value;
  return headers;
};

/** A Request that is sent with an init forgets its referrer (K23), so these go along. */
const referrerOf = ({ referrer, referrerPolicy }: Request): RequestInit => ({
  ...(referrer && referrer !== 'about:client' && { referrer }),
  ...(referrerPolicy && { referrerPolicy }),
});

/** Adds to what is sent, without a change to it. */
export const amend = ([input, init]: Args, more: RequestInit): Args => [
  input,
  { ...(typeof input === 'object' && !init && referrerOf(input)), ...init, ...more },
];

/**
 * Whether a Request was made from a stream, which its clone would keep whole in memory (K10). Nothing shows it, but only
 * such a body may not go along into the mode `no-cors`.
 *
 * @see https://fetch.spec.whatwg.org/#dom-request (step 38.2)
 */
const isStreamed = (request: Request): boolean => {
  const probe = request.clone();
  try {
    // Of the realm or package that it came from.
    new (probe.constructor as typeof Request)(probe, { method: 'POST', mode: 'no-cors' });
    return false;
  } catch {
    void probe.body?.cancel();
    return true;
  }
};

const isSignal = (signal: unknown): signal is AbortSignal =>
  typeof (signal as AbortSignal)?.aborted === 'boolean' &&
  typeof (signal as AbortSignal).addEventListener === 'function';

// A function of its own: the closure would cost every call that makes no key.
const makeKey = (keys: KeyPolicy, method: string, url: string, headers: HeadersInit | undefined): string =>
  keys.value(() => ({ method, url, headers: new Headers(headers) }));

/** The arguments of a later attempt: a body that is a Request's is spent with each. */
export const again = ({ later: [input, init] }: Sending): Args => [
  typeof input === 'object' && input.body ? input.clone() : input,
  init,
];

/**
 * Reads the arguments of a fetch as the platform does, adds the key, and copies what the caller could change later, as far
 * as it may be sent again.
 *
 * @throws what the caller's own getters throw
 */
export const readRequest = (
  input: Input,
  init: RequestInit | undefined,
  defaults: RequestInit | undefined,
  keys: KeyPolicy | undefined,
  repeats: boolean,
): Sending => {
  const own: Init = init ? readInit(init, defaults) : { ...defaults };
  const request = typeof input === 'object' && isRequest(input) ? input : undefined;
  const target = request ?? `${input as string}`;
  if (own.method !== undefined && typeof own.method !== 'string') own.method = `${own.method}`;
  const method = methodOf(own.method ?? request?.method ?? 'GET');
  const url = request ? request.url : (target as string);
  const given = own.signal === undefined ? request?.signal : own.signal;
  const inherited = own.body == null ? request?.body : undefined;

  const oneShot =
    isOneShot(own.body) ||
    (inherited != null && (request!.bodyUsed || inherited.locked || (repeats && isStreamed(request!))));
  const copies = repeats && !oneShot;
  const spare = copies && inherited ? request!.clone() : undefined;
  if (copies && own.body != null && typeof own.body !== 'string') own.body = snapshotBody(own.body);

  const bare = Object.keys(own).length === 0;
  // Browsers let no such header into this mode, and say nothing.
  const usable = (own.mode ?? request?.mode) === 'no-cors' ? undefined : keys;
  const keyed = usable?.methods.has(method.toUpperCase()) ?? false;
  const asksKey = keyed || (usable !== undefined && method !== 'GET');
  if (own.headers && (copies || asksKey)) own.headers = copyHeaders(own.headers);
  const headers = own.headers === undefined ? request?.headers : own.headers;
  let key = asksKey ? ownKey(headers, keys!.header) : undefined;
  let first: Args = [target, bare ? undefined : own];
  const isForm = headers === undefined || (typeof headers === 'object' && headers !== null);
  if (keyed && key === undefined && isForm && !wouldPreflight(url, keys!.origins)) {
    key = makeKey(keys!, method, url, headers);
    own.headers = own.headers ? addHeader(own.headers, keys!.header, key) : withHeader(headers, keys!.header, key);
    first = bare ? amend(first, own) : [target, own];
  }
  // A Request's headers can be changed by its owner, the rest of it can't; the signal of a clone is soon lost (K15).
  const later =
    copies && request
      ? amend([spare ?? request, first[1]], {
          headers: own.headers ?? new Headers(request.headers),
          signal: (given as AbortSignal) ?? null,
        })
      : first;
  return {
    method,
    url,
    idempotencyKey: key,
    signal: isSignal(given) ? given : undefined,
    oneShot,
    first,
    later,
  };
};
