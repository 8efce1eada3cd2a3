import ky, { type Input, type KyInstance, type Options as KyOptions, type ResponsePromise, replaceOption } from 'ky';
import { withDiagnostics } from './diagnostics.ts';
import { type ClientError, isApiError } from './errors/api-error.ts';
import type { CodeOf, ErrorFormat } from './errors/format.ts';
import { clientPolicy, holdFast, type Settle } from './hooks.ts';
import { numberAsGroup } from './ky-retry.ts';
import { budgetOf, type ClientOptions, DEFAULTS, fill } from './options.ts';
import type { Budget } from './policy/budget.ts';
import { checkClientOptions } from './rules.ts';

type Call = <T>(url: Input, options?: ClientOptions) => ResponsePromise<T>;

/** A parent's options as a function given to `extend` gets them: functions written for ky take them, too. */
type Parent = ClientOptions & KyOptions;

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
  extend(options: ClientOptions | ((parent: Parent) => ClientOptions)): Client<Code>;
  /** Whether an error is one that a client threw, with this client's codes. */
  isError(error: unknown): error is ClientError<Code>;
  isError<K extends ClientError['kind']>(error: unknown, kind: K): error is Extract<ClientError<Code>, { kind: K }>;
}

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
  const { bare } = checked(options);
  return wrap(ky.create({ ...options, ...fill(DEFAULTS.client, bare) } as KyOptions), budgetOf(bare)) as Client<
    CodeOf<Formats>
  >;
};

/** The mark that ky's `replaceOption` puts on a value. */
const REPLACES = /* @__PURE__ */ (() => Object.getOwnPropertySymbols(replaceOption(0))[0]!)();

const isReplaced = (value: unknown): value is { value: unknown } =>
  typeof value === 'object' && value !== null && REPLACES in value;

/** Options as ky is to merge them, and as they are without the marks of `replaceOption`. Checked. */
const checked = (options: ClientOptions): { given: ClientOptions; bare: ClientOptions } => {
  let bare = options;
  for (const name in options) {
    const value = options[name as keyof ClientOptions];
    if (isReplaced(value)) bare = { ...bare, [name]: value.value };
  }
  checkClientOptions(bare);
  const given = typeof options.retry === 'number' ? { ...options, retry: numberAsGroup(options.retry) } : options;
  return { given, bare };
};

/** What our policy is made of. A call that gives none of it takes the policy of its client. */
const POLICY: ReadonlySet<string> = new Set<keyof ClientOptions>([
  'service', 'retry', 'idempotency', 'timeout', 'totalTimeout', 'log', 'redact', 'use', 'errors', 'fetch', 'runtime',
]); // biome-ignore format: a list

/** Options that ky alone reads: nothing in them to check, and no policy. */
const PLAIN: ReadonlySet<string> = new Set<keyof ClientOptions>([
  'json', 'body', 'headers', 'searchParams', 'signal', 'method', 'context', 'throwHttpErrors', 'parseJson',
]); // biome-ignore format: a list

const every = (options: object, names: ReadonlySet<string>): boolean => {
  for (const name in options) if (!names.has(name)) return false;
  return true;
};
const some = (options: object, names: ReadonlySet<string>): boolean => {
  for (const name in options) if (names.has(name)) return true;
  return false;
};
const without = (options: object, names: ReadonlySet<string>): object =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !names.has(name)));

/** The options that an instance of ky was made with. */
const defaultsOf = (instance: KyInstance): ClientOptions => {
  let defaults: ClientOptions = {};
  instance.extend(parent => {
    defaults = parent as ClientOptions;
    return {};
  });
  return defaults;
};

/** The given ky instance with our hook in it, and with ways to extend it that keep the hook the last to be asked. */
const wrap = (plain: KyInstance, budget: Budget | undefined): Client => {
  const defaults = defaultsOf(plain);
  const policy = clientPolicy(defaults, budget);
  // A user's init hook may change anything (K8).
  const fixed = !defaults.hooks?.init?.length;

  /** The call that is being made at this moment: ky runs init hooks before it returns. */
  let input: Input = '';
  let settle: Settle | undefined;
  const arm = (instance: KyInstance, own: boolean): KyInstance => {
    const init = (options: KyOptions): void => {
      settle = holdFast(options, withDiagnostics(own ? clientPolicy(options as ClientOptions, budget) : policy), input);
    };
    return instance.extend({ hooks: { init: [init] } });
  };
  const armedAnew = arm(plain, true);
  // ky merges its options at each call, at a price for each of them: what makes up the policy needs no merging.
  const armed = fixed ? arm(ky.create(without(defaults, POLICY)), false) : armedAnew;

  const instanceFor = (options: ClientOptions): readonly [KyInstance, ClientOptions | undefined] => {
    if (every(options, PLAIN)) return [armed, options];
    const { given } = checked(options);
    const { hooks } = given;
    // These could take our hook away.
    const rearm = 'hooks' in given && (!hooks || isReplaced(hooks) || 'init' in hooks);
    if (rearm) return [arm(plain.extend(given as KyOptions), true), undefined];
    return [some(given, POLICY) ? armedAnew : armed, given];
  };

  const call = (send: 'get' | undefined, target: Input, options?: ClientOptions): ResponsePromise => {
    const [instance, given] = options === undefined ? [armed] : instanceFor(options);
    const [outerInput, outerSettle] = [input, settle];
    input = target;
    try {
      const result = (send ? instance[send] : instance)(target, given as KyOptions);
      // A `classify` that throws here has no call left to fail.
      if (settle) result.then(settle.resolved, settle.rejected).catch(() => {});
      return result;
    } finally {
      [input, settle] = [outerInput, outerSettle];
    }
  };
  const extend = (options: ClientOptions | ((parent: Parent) => ClientOptions)): Client => {
    const { given, bare } = checked(typeof options === 'function' ? options(defaults as Parent) : options);
    const ownsBudget = typeof bare.retry === 'object' && bare.retry.budget !== undefined;
    return wrap(plain.extend(given as KyOptions), ownsBudget ? budgetOf(bare) : budget);
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
