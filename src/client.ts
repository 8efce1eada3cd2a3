import ky, { type Input, type KyInstance, type Options as KyOptions, type ResponsePromise } from 'ky';
import { shorten } from './client-body.ts';
import { type ClientCall, refuse } from './client-call.ts';
import { arm } from './client-hooks.ts';
import { checked, OURS, policyOf } from './client-policy.ts';
import { type ClientError, isApiError } from './errors/api-error.ts';
import type { CodeOf, ErrorFormat } from './errors/format.ts';
import { type ClientOptions, outageOf } from './options.ts';
import type { Outage } from './policy/outage.ts';

type Call = <T>(url: Input, options?: ClientOptions) => ResponsePromise<T>;

/** A parent's options as a function given to `extend` gets them: functions written for ky take them, too. */
type Parent = ClientOptions & KyOptions;

/** A ky instance that holds fast. `Code` is the union of the codes of its `errors` formats. */
export interface Client<Code extends string = string> extends Pick<KyInstance, 'stop' | 'retry'> {
  /** Sends a request, GET unless `options.method` says otherwise. Rejects with a `ClientError`, or what a hook of yours threw. */
  <T>(url: Input, options?: ClientOptions): ResponsePromise<T>;
  /** Sends a GET. */
  readonly get: Call;
  /** Sends a POST, with an idempotency key. */
  readonly post: Call;
  /** Sends a PUT, with an idempotency key. */
  readonly put: Call;
  /** Sends a PATCH, with an idempotency key. */
  readonly patch: Call;
  /** Sends a DELETE, with an idempotency key. */
  readonly delete: Call;
  /** Sends a HEAD. */
  readonly head: Call;
  /** Sends a QUERY: a read with a body. */
  readonly query: Call;
  /** A client that inherits nothing. */
  readonly create: typeof createClient;
  /** A client that inherits these options, as `ky.extend` does. It shares what is known of outages, unless it is given its own. */
  extend(options: ClientOptions | ((parent: Parent) => ClientOptions)): Client<Code>;
  /** Whether an error is one that a client threw, with this client's codes. */
  isError(error: unknown): error is ClientError<Code>;
  isError<K extends ClientError['kind']>(error: unknown, kind: K): error is Extract<ClientError<Code>, { kind: K }>;
}

const SHORTCUTS = 'json text blob arrayBuffer bytes formData'.split(' ');

/** A call that is given one of these goes through a client of its own. */
const PARTICULAR: ReadonlySet<string> = /* @__PURE__ */ new Set([...OURS, 'hooks', 'log', 'redact']);

/**
 * A ky instance for one service: every option of ky under ky's own name, and retries, keys, typed errors and logs besides.
 *
 * @throws {TypeError | RangeError} at once, naming the option that is wrong
 * @example
 * const docs = createClient({ service: 'docs', baseUrl: 'https://api.docs.example/v1/', retry: { limit: 3 } });
 * const thing = await docs.post('things', { json: { name: 'a' } }).json();
 */
export const createClient = <const Formats extends readonly ErrorFormat[] = readonly ErrorFormat[]>(
  options: ClientOptions & { readonly errors?: Formats | undefined } = {},
): Client<CodeOf<Formats>> => {
  const { given, bare } = checked(options);
  return wrap(ky.create(given), outageOf(bare)) as Client<CodeOf<Formats>>;
};

/** The options that an instance of ky was made with. */
const optionsOf = (instance: KyInstance): ClientOptions => {
  let options: ClientOptions = {};
  instance.extend(parent => {
    options = parent as ClientOptions;
    return {};
  });
  return options;
};

const isOurs = ([name]: readonly [string, unknown]): boolean => OURS.includes(name);

/** A promise of ky's that rejects, and so do its shortcuts. */
const refused = (error: unknown): ResponsePromise => {
  const result = Promise.reject(error);
  return Object.assign(result, Object.fromEntries(SHORTCUTS.map(name => [name, () => result]))) as never;
};

/** An instance of ky over our engine, whatever becomes of its hooks. */
const wrap = (plain: KyInstance, outage: Outage | undefined): Client => {
  const options = optionsOf(plain);
  const policy = policyOf(options, outage);
  // A user's own may change anything.
  const isOpen = Boolean(options.hooks?.init?.length);
  let entering: { readonly input: Input; call?: ClientCall };
  const init = (merged: KyOptions): void => {
    if (isOpen) checked(merged as ClientOptions);
    const current = isOpen ? policyOf(merged as ClientOptions, outage) : policy;
    if (isOpen) for (const name of OURS) delete (merged as Record<string, unknown>)[name];
    entering.call = arm(current, entering.input, merged);
  };
  // ky merges its options at each call, at a price for each of them.
  const rest = isOpen ? options : Object.fromEntries(Object.entries(options).filter(each => !isOurs(each)));
  const armed = ky.create(rest as KyOptions).extend({ hooks: { init: [init] } });

  const extend = (more: ClientOptions | ((parent: Parent) => ClientOptions)): Client => {
    const { given, bare } = checked(typeof more === 'function' ? more(options as Parent) : more);
    const ownsOutage = typeof bare.retry === 'object' && bare.retry.outage !== undefined;
    return wrap(plain.extend(given), ownsOutage ? outageOf(bare) : outage);
  };
  const call = (method: 'get' | undefined, input: Input, given?: ClientOptions): ResponsePromise => {
    const outer = entering;
    const entered: typeof entering = { input };
    entering = entered;
    try {
      for (const name in given) {
        if (!PARTICULAR.has(name)) continue;
        const particular = extend(given) as unknown as KyInstance;
        return method ? particular[method](input) : particular(input);
      }
      const result = method ? armed[method](input, given as KyOptions) : armed(input, given as KyOptions);
      return shorten(result, entered.call!);
    } catch (error) {
      if (entered.call) refuse(entered.call, input, error);
      return refused(error);
    } finally {
      entering = outer;
    }
  };
  const methods = Object.keys(plain).map(method => [method, call.bind(undefined, method as 'get')]);
  const { stop, retry } = plain;
  return Object.assign(call.bind(undefined, undefined), Object.fromEntries(methods), {
    create: createClient,
    extend,
    stop,
    retry,
    isError: isApiError,
  }) as unknown as Client;
};
