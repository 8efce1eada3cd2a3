import { snapshot } from './body.ts';
import type { KeyPolicy } from './options.ts';

type Input = Parameters<typeof globalThis.fetch>[0];
/** What a fetch is called with. */
export type Args = readonly [input: string | Request, init: RequestInit | undefined];

/** What the caller asked for, read once. */
export interface Sending {
  readonly method: string;
  readonly url: string;
  readonly idempotencyKey: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** The body can't be sent a second time. */
  readonly oneShot: boolean;
  /** The body of its Request was used before: nothing can be sent. */
  readonly spent: boolean;
  /** Its Request was built for this call alone. */
  readonly built?: boolean;
  /** What must live as long as the answer's body: a Request's signal hangs on nothing else. */
  readonly keeps: unknown;
  /** What the first attempt is sent with. */
  readonly first: Args;
  /** The same for any later one. */
  readonly later: Args;
}

/** What fetch reads of its init, also where it is inherited or not enumerable. */
const MEMBERS = [
  'method', 'headers', 'body', 'signal', 'redirect', 'credentials', 'mode', 'cache', 'referrer', 'referrerPolicy',
  'integrity', 'keepalive', 'duplex', 'window', 'priority', 'dispatcher', 'next', 'cf',
]; // biome-ignore format: a list

type Init = RequestInit & Record<string, unknown>;

const readInit = (init: RequestInit, defaults: RequestInit | undefined): Init => {
  const copy = (defaults ? { ...defaults, ...init } : { ...init }) as Init;
  // A plain object hides nothing.
  const isPlain = Object.getPrototypeOf(init) === Object.prototype;
  if (isPlain && Object.getOwnPropertyNames(init).length === Object.keys(init).length) return copy;
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

const isNamed = (name: unknown, header: string): boolean =>
  `${name}`.length === header.length && `${name}`.toLowerCase() === header.toLowerCase();

/** The value that the caller gave this header, in any case and form. `undefined` as a value is none. */
const ownKey = (headers: HeadersInit | undefined, header: string): string | undefined => {
  if (Object(headers) !== headers) return undefined;
  if (headers instanceof Headers) return headers.get(header) ?? undefined;
  let value: unknown;
  if (Array.isArray(headers)) value = headers.find(pair => isNamed(pair?.[0], header) && pair?.[1] !== undefined)?.[1];
  else for (const name in headers) if (isNamed(name, header)) value ??= (headers as Record<string, string>)[name];
  return value == null ? undefined : `${value}`;
};

/** Adds a header to a copy of ours, in the place of any that has this name. */
const addHeader = (headers: HeadersInit, name: string, value: string): HeadersInit => {
  if (headers instanceof Headers) headers.set(name, value);
  else if (Array.isArray(headers)) return [...headers.filter(pair => !isNamed(pair?.[0], name)), [name, value]];
  else {
    for (const each in headers) if (isNamed(each, name)) delete headers[each];
    headers[name] = value;
  }
  return headers;
};

/** A Request that is sent with an init forgets its referrer, so these go along (https://fetch.spec.whatwg.org/#dom-request). */
const referrerOf = ({ referrer, referrerPolicy }: Request): RequestInit => ({
  ...(referrer && referrer !== 'about:client' && { referrer }),
  ...(referrerPolicy && { referrerPolicy }),
});

/** Adds to what is sent, without a change to it. */
export const amend = ([input, init]: Args, more: RequestInit): Args => [
  input,
  { ...(typeof input === 'object' && Object.keys(init ?? {}).length === 0 && referrerOf(input)), ...init, ...more },
];

/**
 * A Request without a body as url and init: with a signal of its own it is answered from no framework's memory.
 *
 * @see https://react.dev/reference/react/cache (equal GETs of a render are one)
 */
export const takeApart = ([input, init]: Args, signal: AbortSignal): Args => {
  if (typeof input === 'string') return [input, { ...init, signal }];
  // All of them: a framework's cache is keyed by them.
  const members = Object.fromEntries(
    MEMBERS.flatMap(name => (name === 'body' ? [] : [[name, input[name as keyof Request]]])),
  );
  return [input.url, { ...members, ...init, signal }];
};

/**
 * Whether a Request was made from a stream, which its clone would keep whole in memory. Nothing shows it, but only such a
 * body may not go along into the mode `no-cors`.
 *
 * @see https://fetch.spec.whatwg.org/#dom-request (step 38.2)
 */
export const isStreamed = (request: Request): boolean => {
  if (typeof request.body?.getReader !== 'function') return true;
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

interface Page {
  readonly document?: Document;
  readonly WorkerGlobalScope?: unknown;
  readonly location?: Location;
  readonly Deno?: unknown;
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/**
 * Whether a header more would make a browser ask the server first. Outside of a browser's page or worker there is no CORS:
 * Deno's workers and a DOM that is emulated in Node only look like one.
 */
const wouldPreflight = (url: string): boolean => {
  const { document, WorkerGlobalScope, location, Deno, process } = globalThis as Page;
  if (!location || Deno || process?.versions?.node || !(document || WorkerGlobalScope)) return false;
  const base = document?.baseURI ?? location.href; // <base> counts
  // What is no URL is the platform's to refuse.
  return URL.canParse(url, base) && new URL(url, base).origin !== location.origin;
};

// A function of its own: the closure would cost every call that makes no key.
const makeKey = (keys: KeyPolicy, method: string, url: string, headers: HeadersInit | undefined): string =>
  keys.make(() => ({ method, url, headers: new Headers(headers) }));

/** The arguments of a later attempt: a body that is a Request's is spent with each. */
export const again = ({ later: [input, init] }: Sending): Args => [
  typeof input === 'object' && input.body ? input.clone() : input,
  init,
];

/**
 * Reads the arguments of a fetch as the platform does, adds the key, and copies what the caller could change later, as far
 * as it may be sent again (`repeats`) or is sent only later (`waits`).
 *
 * @throws what the caller's own getters throw
 */
export const readRequest = (
  input: Input,
  init: RequestInit | null | undefined,
  defaults: RequestInit | undefined,
  keys: KeyPolicy | undefined,
  repeats: boolean,
  waits: boolean,
): Sending => {
  const own: Init = init ? readInit(init, defaults) : { ...defaults };
  const request = typeof input === 'object' && isRequest(input) ? input : undefined;
  const target = request ?? `${input as string}`;
  if (own.method !== undefined && typeof own.method !== 'string') own.method = `${own.method}`;
  const method = methodOf(own.method ?? request?.method ?? 'GET');
  const url = request ? request.url : (target as string);
  const given = own.signal === undefined ? request?.signal : own.signal;
  const inherited = own.body == null ? request?.body : undefined;
  const spent = inherited != null && (request!.bodyUsed || inherited.locked);

  let oneShot = spent || (inherited != null && repeats && isStreamed(request!));
  if (own.body != null && typeof own.body !== 'string') {
    const copy = repeats || waits ? snapshot(own.body) : undefined;
    oneShot = copy === undefined;
    if (copy !== undefined) own.body = copy;
  }
  const copies = (repeats && !oneShot) || waits;
  const spare = repeats && !oneShot && inherited ? request!.clone() : undefined;

  const bare = Object.keys(own).length === 0;
  // Browsers let no such header into this mode, and say nothing.
  const usable = (own.mode ?? request?.mode) === 'no-cors' ? undefined : keys;
  const keyed = usable?.methods.has(method.toUpperCase()) ?? false;
  const asksKey = keyed || (usable !== undefined && method !== 'GET');
  if (own.headers && (copies || asksKey)) own.headers = copyHeaders(own.headers);
  const headers = own.headers === undefined ? request?.headers : own.headers;
  let key = asksKey ? ownKey(headers, keys!.header) : undefined;
  const isForm = headers === undefined || (typeof headers === 'object' && headers !== null);
  if (keyed && key === undefined && isForm && (keys!.asked || !wouldPreflight(url))) {
    key = makeKey(keys!, method, url, headers);
    own.headers = addHeader(own.headers ?? copyHeaders(headers ?? {}), keys!.header, key);
  } else if (waits && request) own.headers ??= new Headers(request.headers);
  const first: Args = bare ? (own.headers ? amend([target, undefined], own) : [target, undefined]) : [target, own];
  // A Request's headers can be changed by its owner, the rest of it can't; the signal of a clone is soon lost.
  const later =
    copies && request
      ? amend([spare ?? request, first[1]], {
          headers: own.headers ?? new Headers(request.headers),
          signal: (given as AbortSignal) ?? null,
        })
      : first;
  const signal = isSignal(given) ? given : undefined;
  return { method, url, idempotencyKey: key, signal, oneShot, spent, keeps: request, first, later };
};

/** What a client knows of a Request that ky has built for it. */
export interface Built {
  readonly keys: KeyPolicy | undefined;
  /** The key of this call, as far as it has one. */
  readonly key: string | undefined;
  /** The caller's own, and the Request that it may hang on. */
  readonly signal: AbortSignal | undefined;
  readonly input: unknown;
  readonly oneShot: boolean;
  readonly repeats: boolean;
}

/** Reads a Request of ky's, which nobody else has a hand in, and adds the key where a hook has brought one without. */
export const readBuilt = (request: Request, init: RequestInit | undefined, built: Built): Sending => {
  const { keys, signal, input, oneShot, repeats } = built;
  const { method, url } = request;
  const own = keys && (request.headers.get(keys.header) ?? undefined);
  const key =
    own ??
    (keys?.methods.has(method.toUpperCase()) ? (built.key ?? makeKey(keys, method, url, request.headers)) : undefined);
  const more: RequestInit = {
    ...(key !== own && { headers: addHeader(new Headers(request.headers), keys!.header, key!) }),
    ...(signal && { signal }),
  };
  const args = (from: Request): Args => (key !== own || signal ? amend([from, init], more) : [from, init]);
  const spare = repeats && !oneShot && request.body ? request.clone() : request;
  const keeps = signal && [input, request];
  return {
    method,
    url,
    idempotencyKey: key,
    signal,
    oneShot,
    spent: false,
    built: true,
    keeps,
    first: args(request),
    later: args(spare),
  };
};
