import type { Options as KyOptions, RetryOptions as KyRetryOptions } from 'ky';
import type { CallEvent, Classify, Extension } from './call.ts';
import type { ErrorFormat } from './errors/format.ts';
import { type IdempotencyOptions, type KeyPolicy, keyPolicy, uuid } from './idempotency.ts';
import type { KyRules } from './ky-retry.ts';
import { type Log, recorder } from './log/record.ts';
import type { RedactOptions } from './log/redact.ts';
import { type Backoff, exponential } from './policy/backoff.ts';
import { type Budget, type BudgetOptions, createBudget } from './policy/budget.ts';
import { classify } from './policy/classify.ts';

/** When a failed call is repeated, and after what wait. */
export interface RetryOptions {
  /** Retries after the first attempt; 0 means none. @default 2 */
  readonly limit?: number | undefined;
  /** The wait before each retry. @default exponential({ baseMs: 500, factor: 2, capMs: 8_000, jitter: full }) */
  readonly backoff?: Backoff | undefined;
  /** A server that asks for longer than this, in milliseconds, ends the call with its answer. @default 60_000 */
  readonly maxRetryAfterMs?: number | undefined;
  /** Per instance and origin, how many retries an outage may cost; `false` for no such bound. @default { capacity: 100, refill: 0.1 } */
  readonly budget?: BudgetOptions | false | undefined;
  /** What an outcome means. @default classify */
  readonly classify?: Classify | undefined;
}

/** Where time and chance come from; replace them in tests. */
export interface Runtime {
  /** A clock that never goes back, in milliseconds. @default () => performance.now() */
  readonly now?: (() => number) | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Makes idempotency keys. @default a UUID v4 */
  readonly uuid?: (() => string) | undefined;
  /**
   * Waits before a retry: resolves after `ms` milliseconds, rejects with the reason of `signal` when that aborts. Where it
   * is given, no timer is set for a wait. @default a timer
   */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** What both doors take. */
export interface CommonOptions {
  /** The name of the service in errors and log records. */
  readonly service?: string | undefined;
  /** A number is short for `{ limit }`. */
  readonly retry?: number | RetryOptions | undefined;
  /** `false` for no key. */
  readonly idempotency?: IdempotencyOptions | false | undefined;
  /** Milliseconds an attempt may take to answer, or `false`. @default false for `createFetch`, 10_000 for `createClient` */
  readonly timeout?: number | false | undefined;
  /** Milliseconds the whole call may take, waits included, or `false`. @default false for `createFetch`, 60_000 for `createClient` */
  readonly totalTimeout?: number | false | undefined;
  /** Takes the records of calls that were retried, recovered or failed. */
  readonly log?: Log | undefined;
  /** What the records may show of a URL's query and of response headers. */
  readonly redact?: RedactOptions | undefined;
  /** Extensions, asked in this order. */
  readonly use?: readonly Extension[] | undefined;
  /** What sends. @default globalThis.fetch, looked up at each attempt */
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

/** Options of `createClient`: ours, and every one of ky's under ky's own name. */
export interface ClientOptions extends Omit<KyOptions, keyof CommonOptions>, CommonOptions {
  readonly retry?: number | (RetryOptions & Omit<KyRetryOptions, 'limit'>) | undefined;
  /** How this service words its errors; asked before the built-in formats. */
  readonly errors?: readonly ErrorFormat[] | undefined;
}

/** Every default, once. */
export const DEFAULTS = Object.freeze({
  retry: Object.freeze({
    limit: 2,
    backoff: exponential(),
    maxRetryAfterMs: 60_000,
    budget: Object.freeze({ capacity: 100, refill: 0.1 }),
    classify,
  }),
  idempotency: Object.freeze({
    header: 'Idempotency-Key',
    methods: Object.freeze(['POST', 'PUT', 'PATCH', 'DELETE']),
    generate: undefined,
    format: 'bare',
    origins: Object.freeze([]),
  }),
  fetch: Object.freeze({ timeout: false, totalTimeout: false }),
  client: Object.freeze({ timeout: 10_000, totalTimeout: 60_000 }),
});

/** The options of one instance, or of one call, with every default filled in. */
export interface Policy {
  readonly service: string | undefined;
  readonly limit: number;
  readonly backoff: Backoff;
  readonly maxRetryAfterMs: number;
  readonly budget: Budget | undefined;
  readonly classify: Classify;
  readonly keys: KeyPolicy | undefined;
  readonly timeout: number | false;
  readonly totalTimeout: number | false;
  /** Turns events into records for the user's log. */
  readonly record: ((event: CallEvent) => unknown) | undefined;
  readonly use: readonly Extension[];
  readonly fetch: typeof globalThis.fetch | undefined;
  /** ky's own retry options, where a client was given some. */
  readonly ky?: KyRules | undefined;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: Runtime['sleep'];
}

/** `retry: 3` is short for `{ limit: 3 }`. */
export const retryGroup = <R extends RetryOptions>(retry: number | R | undefined): R | RetryOptions =>
  typeof retry === 'number' ? { limit: retry } : (retry ?? {});

/** `undefined` means the default. */
export const fill = <D extends object>(defaults: D, given: object): D => {
  const filled = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof D)[]) filled[name] = (given as D)[name] ?? defaults[name];
  return filled;
};

/** Fills in the defaults. Options are taken as checked. */
export const resolve = (
  options: CommonOptions,
  defaults: { timeout: number | false; totalTimeout: number | false },
  budget = budgetOf(options),
): Policy => {
  const { now = () => performance.now(), random = Math.random, uuid: unique = uuid, sleep } = options.runtime ?? {};
  return {
    service: options.service,
    ...fill(DEFAULTS.retry, retryGroup(options.retry)),
    budget,
    keys:
      options.idempotency === false
        ? undefined
        : keyPolicy(fill(DEFAULTS.idempotency, options.idempotency ?? {}), unique),
    ...fill(defaults, options),
    record: options.log && recorder(options.log, options.redact),
    use: options.use ?? [],
    fetch: options.fetch,
    now,
    random,
    sleep,
  };
};

/** The budget that these options ask for. */
export const budgetOf = (options: CommonOptions): Budget | undefined => {
  const { budget = {} } = retryGroup(options.retry);
  return budget === false ? undefined : createBudget(fill(DEFAULTS.retry.budget, budget));
};
