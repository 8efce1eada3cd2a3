import { isOneShot, snapshotBody } from './body.ts';
import { type KeyPolicy, wouldPreflight } from './idempotency.ts';

type Input = Parameters<typeof globalThis.fetch>[0];
/** What a fetch is called with. */
export type Args = readonly [input: string | Request, init: RequestInit | undefined];

/** What the caller asked for, read once (rule 9). */
export interface Sending {
  readonly method: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** The body can't be sent a second time. */
  readonly oneShot: boolean;
  /** What the platform's fetch is called with at the first attempt. */
  readonly first: Args;
  /** The same for any later one. */
  again(): Args;
}

/** The members that fetch reads of its init, also where they are inherited or not enumerable (K21). */
const MEMBERS = [
  'method', 'headers', 'body', 'signal', 'redirect', 'credentials', 'mode', 'cache', 'referrer', 'referrerPolicy',
  'integrity', 'keepalive', 'duplex', 'window', 'priority', 'dispatcher', 'next', 'cf',
] as const; // biome-ignore format: a list

type Init = RequestInit & Record<string, unknown>;

const readInit = (init: RequestInit): Init => {
  const copy = { ...init } as Init;
  for (const name of MEMBERS) {
    if (name in copy) continue;
    const value = (init as Init)[name];
    if (value !== undefined) copy[name] = value as never;
  }
  return copy;
};

/** As fetch normalizes it: only these six. */
const UPPER = /^(delete|get|head|options|post|put)$/i;

const isRequest = (input: unknown): input is Request =>
  input instanceof Request || Object.prototype.toString.call(input) === '[object Request]';

const isRecord = (headers: object): headers is Record<string, string> => {
  const prototype = Object.getPrototypeOf(headers);
  return (prototype === Object.prototype || prototype === null) && !(Symbol.iterator in headers);
};

const copyHeaders = (headers: HeadersInit): HeadersInit => (isRecord(headers) ? { ...headers } : new Headers(headers));

export const ownKey = (headers: HeadersInit | undefined, header: string): string | undefined => {
  if (!headers) return undefined;
  if (!isRecord(headers)) return (headers instanceof Headers ? headers : new Headers(headers)).get(header) ?? undefined;
  const name = Object.keys(headers).find(each => each.toLowerCase() === header.toLowerCase());
  return name && String(headers[name]);
};

export const withHeader = (headers: HeadersInit | undefined, name: string, value: string): HeadersInit => {
  if (!headers) return { [name]: value };
  if (isRecord(headers)) return { ...headers, [name]: value };
  const copy = new Headers(headers);
  copy.set(name, value);
  return copy;
};

/** A Request that is sent with an init forgets its referrer (K23), so these go along. */
const referrerOf = ({ referrer, referrerPolicy }: Request): RequestInit => ({
  ...(referrer && referrer !== 'about:client' && { referrer }),
  ...(referrerPolicy && { referrerPolicy }),
});

/**
 * Reads the arguments of a fetch as the platform does, adds the key, and copies what the caller could change later, as far
 * as it may be sent again.
 *
 * @throws what the caller's own getters throw
 */
export const readRequest = (
  input: Input,
  init: RequestInit | undefined,
  keys: KeyPolicy | undefined,
  repeats: boolean,
): Sending => {
  const own: Init = init ? readInit(init) : {};
  const request = typeof input === 'object' && isRequest(input) ? input : undefined;
  const target = request ?? String(input);
  if (own.method !== undefined && typeof own.method !== 'string') own.method = String(own.method);
  const asked = own.method ?? request?.method ?? 'GET';
  const method = UPPER.test(asked) ? asked.toUpperCase() : asked;
  const url = request ? request.url : (target as string);
  const headers = own.headers ?? request?.headers;
  const signal = (own.signal === undefined ? request?.signal : own.signal) ?? undefined;
  const bodyOf =
    own.body == null && request && request.body !== null && !/^(GET|HEAD)$/.test(method) ? request : undefined;

  const oneShot = isOneShot(own.body) || (own.body == null && request?.bodyUsed === true);
  const copies = repeats && !oneShot;
  const spare = copies && bodyOf?.clone();
  if (copies && own.body != null) own.body = snapshotBody(own.body).body!;

  const keyed = keys?.methods.has(method.toUpperCase()) ?? false;
  let key = keyed || method !== 'GET' ? keys && ownKey(headers, keys.header) : undefined;
  const bare = Object.keys(own).length === 0;
  let first = bare ? undefined : own;
  const adds = keyed && key === undefined && !wouldPreflight(url, keys!.origins);
  if (adds) {
    key = keys!.value(() => ({ method, url, headers: new Headers(headers) }));
    first = { ...(request && bare && referrerOf(request)), ...own, headers: withHeader(headers, keys!.header, key) };
  } else if (copies && own.headers) {
    own.headers = copyHeaders(own.headers);
  }
  // A Request's headers can be changed by its owner, the rest of it can't.
  const later: RequestInit | undefined =
    copies && request && !adds && !own.headers
      ? { ...(bare && referrerOf(request)), ...own, headers: new Headers(request.headers) }
      : first;
  return {
    method,
    url,
    key,
    signal,
    oneShot,
    first: [target, first],
    again: () => [spare ? spare.clone() : target, later],
  };
};
