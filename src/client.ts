import ky, { type Input, type KyInstance, type Options as KyOptions, type ResponsePromise } from 'ky';
import { type ClientError, isApiError } from './errors/api-error.ts';
import type { ErrorFormat } from './errors/format.ts';
import { holdFast } from './hooks.ts';
import { budgetOf, type ClientOptions, checkClientOptions, DEFAULTS, fill } from './options.ts';
import type { Budget } from './policy/budget.ts';

type Call = <T>(url: Input, options?: ClientOptions) => ResponsePromise<T>;

/** A ky instance that holds fast. `Code` is the union of the codes of its `errors` formats. */
export interface Client<Code extends string = string> extends Pick<KyInstance, 'stop' | 'retry'> {
  <T>(url: Input, options?: ClientOptions): ResponsePromise<T>;
  readonly get: Call;
  readonly post: Call;
  readonly put: Call;
  readonly patch: Call;
  readonly delete: Call;
  readonly head: Call;
  readonly query: Call;
  /** A client that inherits nothing. */
  readonly create: typeof createClient;
  /** A client that inherits these options, as `ky.extend` does. It shares the retry budget, unless it is given its own. */
  extend(options: ClientOptions | ((parent: ClientOptions) => ClientOptions)): Client<Code>;
  /** Whether an error is one that a client threw, with this client's codes. */
  isError(error: unknown): error is ClientError<Code>;
}

/** The union of the codes of some formats; any string where there are none. */
type CodeOf<Formats extends readonly ErrorFormat[]> = Formats[number] extends ErrorFormat<infer Code> ? Code : string;

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'query'] as const;

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
  checkClientOptions(options);
  return wrap(ky.create({ ...options, ...fill(DEFAULTS.client, options) } as KyOptions), budgetOf(options)) as Client<
    CodeOf<Formats>
  >;
};

/** The given ky instance with our hook in it, and with ways to extend it that keep the hook the last to be asked. */
const wrap = (plain: KyInstance, budget: Budget | undefined): Client => {
  const init = (options: KyOptions): void => holdFast(options, budget);
  const armed = plain.extend({ hooks: { init: [init] } });

  const call = (send: 'get' | undefined, input: Input, options?: ClientOptions): ResponsePromise => {
    const given = checkClientOptions(options) as KyOptions | undefined;
    const own = given?.hooks?.init;
    const instance = own ? plain : armed;
    const merged = own ? { ...given, hooks: { ...given.hooks, init: [...own, init] } } : given;
    return send ? instance[send](input, merged) : instance(input, merged);
  };
  const extend = (options: ClientOptions | ((parent: ClientOptions) => ClientOptions)): Client => {
    let given: ClientOptions = {};
    const extended = plain.extend(parent => {
      given = typeof options === 'function' ? options(parent as ClientOptions) : options;
      return checkClientOptions(given) as KyOptions;
    });
    const own = typeof given.retry === 'object' && given.retry.budget !== undefined;
    return wrap(extended, own ? budgetOf(given) : budget);
  };
  const shortcuts = Object.fromEntries(METHODS.map(method => [method, call.bind(undefined, method as 'get')]));
  return Object.assign(call.bind(undefined, undefined), shortcuts, {
    create: createClient,
    extend,
    stop: plain.stop,
    retry: plain.retry,
    isError: isApiError,
  }) as unknown as Client;
};
