import { type Options as KyOptions, replaceOption } from 'ky';
import type { Call } from './call.ts';
import type { Rules } from './check.ts';
import { BODY_MS, dataOf, readText } from './errors/body.ts';
import { readDetails } from './errors/details.ts';
import { type ErrorFormat, selects, verdictOf } from './errors/format.ts';
import { sentBy } from './errors/mask.ts';
import {
  type ClientOptions,
  checkOptions,
  DEFAULTS,
  type Peeked,
  type Policy,
  resolve,
  retryGroup,
} from './options.ts';
import type { Outage } from './policy/outage.ts';
import { headersOf } from './policy/retry-after.ts';
import { type Run, remainingMs } from './run.ts';
import { createSender } from './sender.ts';

/** The policy of a client, and how its service words its errors. */
export interface ClientPolicy extends Policy {
  readonly formats: readonly ErrorFormat[];
}

/** What our policy is made of: ky is not to see it. */
export const OURS = 'service retry idempotency timeout totalTimeout use errors fetch runtime'.split(' ');

/** ky's retry options, which the engine has taken over, and what replaces them. */
const KY_RETRY: Rules = {
  methods: 'use `idempotency`: writes with a key are repeated',
  statusCodes: 'use `retry.classify`',
  afterStatusCodes: 'use `retry.retryAfter`',
  maxRetryAfter: 'use `retry.maxRetryAfterMs`',
  delay: 'use `retry.backoff`',
  jitter: 'use `retry.backoff`',
  backoffLimit: 'use `retry.backoff`',
  shouldRetry: 'use `retry.classify`, or an extension',
  retryOnTimeout: 'use `retry.classify`',
};

const isFormat = (value: unknown): boolean =>
  Object(value) === value && typeof (value as ErrorFormat).name === 'string';
const RULES: Rules = {
  errors: [value => Array.isArray(value) && value.every(isFormat), 'a list of error formats'],
};

/** The mark that ky's `replaceOption` puts on a value. */
const REPLACES = /* @__PURE__ */ (() => Object.getOwnPropertySymbols(replaceOption(0))[0]!)();

const isReplaced = (value: unknown): value is { value: unknown } =>
  Object(value) === value && REPLACES in Object(value);

/** Options as ky is to merge them, and as they are without the marks of `replaceOption`. Checked. */
export const checked = (options: ClientOptions): { given: KyOptions; bare: ClientOptions } => {
  let bare = options;
  for (const name in options) {
    const value = options[name as keyof ClientOptions];
    if (isReplaced(value)) bare = { ...bare, [name]: value.value };
  }
  checkOptions('createClient', bare, RULES, KY_RETRY);
  if (bare.hooks?.beforeRetry?.length) {
    throw new TypeError('createClient: `hooks.beforeRetry` is no option here: use `around` or `on` of an extension');
  }
  const { retry } = options;
  const isShort = typeof retry === 'number' || retry === false;
  return { given: (isShort ? { ...options, retry: retryGroup(retry) } : options) as KyOptions, bare };
};

/** Reads what an answer says, for a service whose formats name codes that are to be retried, or not. */
const peekFor =
  (formats: readonly ErrorFormat[]) =>
  (response: Response, call: Call): Promise<Peeked> | undefined => {
    const answer = { status: response.status, headers: headersOf(response) };
    return formats.some(format => selects(format, answer)) ? peek(response, call as Run, formats) : undefined;
  };

const peek = async (response: Response, run: Run, formats: readonly ErrorFormat[]): Promise<Peeked> => {
  const { text } = await readText(response, Math.min(BODY_MS, remainingMs(run)));
  const details = readDetails(dataOf(text), response, formats, sentBy(run));
  const verdict = verdictOf(details, formats);
  const throttled = details.kind === 'rate_limit' ? 'throttled' : 'server-error';
  return {
    details,
    terminal: verdict === 'terminal',
    classification: verdict === 'retryable' ? throttled : undefined,
  };
};

/** The policy that these options make. */
export const policyOf = (options: ClientOptions, outage: Outage | undefined): ClientPolicy => {
  const { errors: formats = [], idempotency = {} } = options;
  return {
    // Who makes a client knows its server.
    ...resolve({ ...options, idempotency }, DEFAULTS.client, createSender(options.fetch), outage),
    formats,
    peek: formats.some(({ terminal, retryable }) => terminal || retryable) ? peekFor(formats) : undefined,
  };
};
