import type { Options as KyOptions } from 'ky';
import type { Call, Classification, Classify, Extension } from './call.ts';
import {
  aFunction,
  check,
  isMilliseconds,
  isObject,
  isText,
  milliseconds,
  type Rule,
  type Rules,
  show,
} from './check.ts';
import type { ErrorDetails, ErrorFormat } from './errors/format.ts';
import { type Backoff, exponential } from './policy/backoff.ts';
import { classify } from './policy/classify.ts';
import { createOutage, type Outage, type OutageOptions } from './policy/outage.ts';
import type { Sender } from './sender.ts';

/** When a failed call is repeated, and after what wait. */
export interface RetryOptions {
  /** Retries after the first attempt; 0 means none. @default 2 */
  readonly limit?: number | undefined;
  /** The wait before each retry. @default exponential({ baseMs: 500, factor: 2, capMs: 8_000, jitter: 'full' }) */
  readonly backoff?: Backoff | undefined;
  /** A server that asks for longer than this, in milliseconds, ends the call with its answer. @default 60_000 */
  readonly maxRetryAfterMs?: number | undefined;
  /** A service's own way to name a time: milliseconds from now, or nothing. Asked before the headers that we know. */
  readonly retryAfter?: ((response: Response) => number | undefined) | undefined;
  /**
   * When an origin counts as down, per instance (with all that `extend` it), so that calls which began since are repeated
   * only as probes; `false` for no such rule. @default { spanMs: 1_000, firstMs: 1_000, capMs: 30_000 }
   */
  readonly outage?: OutageOptions | false | undefined;
  /** What an outcome means. @default classify */
  readonly classify?: Classify | undefined;
}

/** What `generate` is told of the call it makes a key for. */
export interface KeyedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/** The key of a write: one for a call, the same on each of its attempts, bare as every deployed API takes it. */
export interface IdempotencyOptions {
  /** The header that carries the key. @default 'Idempotency-Key' */
  readonly header?: string | undefined;
  /** The methods that get a key. @default ['POST', 'PUT', 'PATCH', 'DELETE'] */
  readonly methods?: readonly string[] | undefined;
  /** Makes the key of one logical call. @default a UUID v4 */
  readonly generate?: ((request: KeyedRequest) => string) | undefined;
}

/** Where time and chance come from; replace them in tests. */
export interface Runtime {
  /** A clock that never goes back, in milliseconds. @default () => performance.now() */
  readonly now?: (() => number) | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Makes idempotency keys. @default a UUID v4 */
  readonly uuid?: (() => string) | undefined;
  /** Waits before a retry. Where it is given, no timer is set for a wait, which counts as passed whatever the clock says. @default a timer */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** What both doors take. */
export interface CommonOptions {
  /** The name of the service in errors and log records. */
  readonly service?: string | undefined;
  /** A number is short for `{ limit }`; `0` and `false` mean none. */
  readonly retry?: number | false | RetryOptions | undefined;
  /**
   * `false` for no key. In a browser the drop-in adds none to a write to another origin unless this is given (`{}` will do):
   * the header makes the browser ask that server first (CORS preflight), which refuses where it doesn't know it.
   */
  readonly idempotency?: IdempotencyOptions | false | undefined;
  /** Milliseconds an attempt may take to answer, or `false`. @default false for `createFetch`, 10_000 for `createClient` */
  readonly timeout?: number | false | undefined;
  /** Milliseconds the whole call may take, waits included, or `false`. @default false for `createFetch`, 60_000 for `createClient` */
  readonly totalTimeout?: number | false | undefined;
  /** Extensions, the first one outermost: logs, traces, limits. */
  readonly use?: readonly Extension[] | undefined;
  /** What sends; called plainly, at each attempt. @default globalThis.fetch as it is then */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** For tests. */
  readonly runtime?: Runtime | undefined;
}

/** Options of `createFetch`. What only a runtime's fetch knows becomes a default of every call; other such names pass, too. */
export interface FetchOptions extends CommonOptions {
  /** undici, Node. */
  readonly dispatcher?: unknown;
  /** Next.js. */
  readonly next?: unknown;
  /** Cloudflare Workers. */
  readonly cf?: unknown;
  /** Deno. */
  readonly client?: unknown;
  /** Bun. */
  readonly proxy?: unknown;
  /** Bun. */
  readonly tls?: unknown;
  readonly priority?: 'high' | 'low' | 'auto';
  readonly duplex?: 'half';
}

/** Options of `createClient`: ours, and ky's under ky's own names, but for its retries, which the engine has taken over. */
export interface ClientOptions extends Omit<KyOptions, keyof CommonOptions>, CommonOptions {
  /** How this service words its errors; asked before the built-in formats. */
  readonly errors?: readonly ErrorFormat[] | undefined;
}

/** Every default, once. */
export const DEFAULTS = /* @__PURE__ */ Object.freeze({
  retry: /* @__PURE__ */ Object.freeze({
    limit: 2,
    backoff: /* @__PURE__ */ exponential(),
    maxRetryAfterMs: 60_000,
    retryAfter: undefined,
    outage: /* @__PURE__ */ Object.freeze({ spanMs: 1_000, firstMs: 1_000, capMs: 30_000 }),
    classify,
  }),
  idempotency: /* @__PURE__ */ Object.freeze({
    header: 'Idempotency-Key',
    methods: /* @__PURE__ */ Object.freeze(['POST', 'PUT', 'PATCH', 'DELETE']),
    generate: undefined,
  }),
  fetch: /* @__PURE__ */ Object.freeze({ timeout: false, totalTimeout: false }),
  client: /* @__PURE__ */ Object.freeze({ timeout: 10_000, totalTimeout: 60_000 }),
});

/** How a call gets its key. */
export interface KeyPolicy {
  readonly header: string;
  readonly methods: ReadonlySet<string>;
  /** It was asked for: also where a browser must ask another origin first. */
  readonly asked: boolean;
  /** The key depends on the request. */
  readonly generated: boolean;
  /** A new key. @throws {TypeError} where `generate` gives none */
  make(request: () => KeyedRequest): string;
}

/** The options of one instance, or of one call, with every default filled in. Times are in milliseconds, Infinity for none. */
export interface Policy {
  readonly service: string | undefined;
  readonly limit: number;
  readonly backoff: Backoff;
  readonly maxRetryAfterMs: number;
  readonly retryAfter: RetryOptions['retryAfter'];
  readonly outage: Outage | undefined;
  readonly classify: Classify;
  readonly keys: KeyPolicy | undefined;
  readonly timeout: number;
  readonly totalTimeout: number;
  readonly use: readonly Extension[];
  readonly sender: Sender;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: Runtime['sleep'];
  /** A client whose formats name codes reads what an answer says before it is judged; `undefined` where it need not. */
  readonly peek?: ((response: Response, run: Call) => Promise<Peeked> | undefined) | undefined;
}

/** What an answer's body says, before the verdict on it. */
export interface Peeked {
  readonly details: ErrorDetails;
  /** No wait will cure this. */
  readonly terminal: boolean;
  /** What it is, whatever its status: a service answers 400 to whom it throttles, or 200 with errors inside. */
  readonly classification: Classification | undefined;
}

/** `retry: 3` is short for `{ limit: 3 }`, `retry: false` for 0. */
export const retryGroup = (retry: CommonOptions['retry']): RetryOptions =>
  typeof retry === 'object' && retry ? retry : retry === undefined ? {} : { limit: Number(retry) };

/** `undefined` means the default. */
const fill = <D extends object>(defaults: D, given: object): D => {
  const filled = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof D)[]) filled[name] = (given as D)[name] ?? defaults[name];
  return filled;
};

/**
 * UUID v4. `crypto.randomUUID` is missing on plain-http pages; `getRandomValues` is there.
 *
 * @see RFC 9562 §5.4
 */
export const uuid = (): string =>
  crypto.randomUUID?.() ??
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, digit =>
    (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16),
  );

const keyPolicy = (given: IdempotencyOptions | undefined, unique: () => string): KeyPolicy => {
  const { header, methods, generate } = fill<IdempotencyOptions>(DEFAULTS.idempotency, given ?? {});
  return {
    header: header!,
    methods: new Set(methods!.map(method => method.toUpperCase())),
    asked: given !== undefined,
    generated: generate !== undefined,
    make: request => {
      if (!generate) return unique();
      const key = generate(request());
      if (isText(key)) return key;
      throw new TypeError(`\`idempotency.generate\` must return a text, got ${show(key)}`);
    },
  };
};

/** What watches for outages, as these options ask for it. */
export const outageOf = (options: CommonOptions): Outage | undefined => {
  const { outage = {} } = retryGroup(options.retry);
  return outage === false ? undefined : createOutage(fill(DEFAULTS.retry.outage, outage));
};

/** Fills in the defaults. Options are taken as checked. */
export const resolve = (
  options: CommonOptions,
  defaults: { timeout: number | false; totalTimeout: number | false },
  sender: Sender,
  outage = outageOf(options),
): Policy => {
  const { now = () => performance.now(), random = Math.random, uuid: unique = uuid, sleep } = options.runtime ?? {};
  const { timeout, totalTimeout } = fill(defaults, options);
  return {
    service: options.service,
    ...fill(DEFAULTS.retry, retryGroup(options.retry)),
    outage,
    keys: options.idempotency === false ? undefined : keyPolicy(options.idempotency, unique),
    timeout: timeout === false ? Number.POSITIVE_INFINITY : timeout,
    totalTimeout: totalTimeout === false ? Number.POSITIVE_INFINITY : totalTimeout,
    use: options.use ?? [],
    sender,
    now,
    random,
    sleep,
  };
};

/** RFC 9110 §5.6.2. */
const isToken = (value: unknown): boolean => typeof value === 'string' && /^[!#$%&'*+.^_`|~\w-]+$/.test(value);
const isExtension = (value: unknown): boolean => {
  const { name, around, verdict, on } = Object(value) as Record<keyof Extension, unknown>;
  return isText(name) && [around, verdict, on].every(each => each === undefined || typeof each === 'function');
};

/** What both doors know. */
export const COMMON = /* @__PURE__ */ (() => {
  const listOf = (each: (value: unknown) => boolean, what: string): Rule => [
    value => Array.isArray(value) && value.every(each),
    `a list of ${what}`,
  ];
  const aTimeout: Rule = [value => value === false || isMilliseconds(value), `false or ${milliseconds[1]}`];
  return {
    service: [isText, 'a name'],
    retry: {
      limit: [value => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number from 0'],
      backoff: aFunction,
      maxRetryAfterMs: milliseconds,
      retryAfter: aFunction,
      outage: { spanMs: milliseconds, firstMs: milliseconds, capMs: milliseconds },
      classify: aFunction,
    },
    idempotency: { header: [isToken, 'a header name'], methods: listOf(isToken, 'methods'), generate: aFunction },
    timeout: aTimeout,
    totalTimeout: aTimeout,
    use: listOf(isExtension, 'extensions, each with a name'),
    fetch: aFunction,
    runtime: { now: aFunction, random: aFunction, uuid: aFunction, sleep: aFunction },
  } satisfies Rules;
})();

/** What is given with each call, or to a client; and what went. */
const ELSEWHERE: Rules = /* @__PURE__ */ Object.fromEntries(
  'method headers body signal json searchParams baseUrl prefix hooks throwHttpErrors parseJson errors'
    .split(' ')
    .map(name => [name, 'give it with a call, or to createClient']),
);
const MOVED = { log: 'put one of holdfast/log into `use`', redact: 'tell the log in `use`' };

/** @throws {TypeError | RangeError} that names the option, the value and what would be right */
export const checkOptions = (where: string, options: CommonOptions, own = ELSEWHERE, retry: Rules = {}): void => {
  // Short forms are none of a group's.
  const { retry: group, idempotency } = Object(options) as CommonOptions;
  const short = {
    ...((typeof group === 'number' || group === false) && { retry: retryGroup(group) }),
    ...(isObject(group) && group.outage === false && { retry: { ...group, outage: undefined } }),
    ...(idempotency === false && { idempotency: undefined }),
  };
  const given = isObject(options) ? { ...options, ...short } : options;
  check(where, given, { ...COMMON, ...MOVED, ...own, retry: { ...COMMON.retry, ...retry } });
};
