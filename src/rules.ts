/** The rules of every option, for both doors. */

import type { Extension } from './call.ts';
import { aFunction, between, check, MAX_MS, milliseconds, type Rule, type Rules } from './check.ts';
import type { ClientOptions, FetchOptions } from './options.ts';
import { INIT } from './request.ts';

const KY_RETRY = [
  'methods',
  'statusCodes',
  'afterStatusCodes',
  'maxRetryAfter',
  'delay',
  'jitter',
  'backoffLimit',
  'shouldRetry',
  'retryOnTimeout',
] as const;
const KY = [
  'json',
  'parseJson',
  'stringifyJson',
  'searchParams',
  'baseUrl',
  'prefix',
  'hooks',
  'throwHttpErrors',
  'onDownloadProgress',
  'onUploadProgress',
  'context',
];

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isExtension = (value: unknown): boolean => {
  const { name, beforeAttempt, allowRetry, on } = Object(value) as Record<keyof Extension, unknown>;
  return isText(name) && [beforeAttempt, allowRetry, on].every(each => each === undefined || aFunction[0](each));
};
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
const anAmount: Rule = [between(0, Number.MAX_VALUE), 'a number from 0'];
const aTimeout: Rule = [
  value => value === false || between(1, MAX_MS)(value),
  `false or milliseconds from 1 to ${MAX_MS}`,
];

const RETRY_RULES: Rules = {
  limit: [value => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number from 0'],
  backoff: aFunction,
  maxRetryAfterMs: milliseconds,
  budget: { capacity: anAmount, refill: anAmount },
  classify: aFunction,
};

/** What both doors know. */
export const COMMON_RULES: Rules = {
  service: [isText, 'a name'],
  retry: RETRY_RULES,
  idempotency: {
    header: [value => typeof value === 'string' && TOKEN.test(value), 'a header name'],
    methods: [value => isStrings(value) && value.every(each => TOKEN.test(each)), 'a list of methods'],
    generate: aFunction,
    format: [value => value === 'bare' || value === 'quoted', "'bare' or 'quoted'"],
    origins: [
      value => isStrings(value) && value.every(each => URL.canParse(each) && new URL(each).origin === each),
      "a list of origins like 'https://api.example.com'",
    ],
  },
  timeout: aTimeout,
  totalTimeout: aTimeout,
  log: aFunction,
  redact: {
    query: [isStrings, 'a list of parameter names'],
    headers: [value => isStrings(value) && value.every(each => TOKEN.test(each)), 'a list of header names'],
    mask: [value => typeof value === 'string', 'a text'],
  },
  use: [value => Array.isArray(value) && value.every(isExtension), 'a list of extensions, each with a name'],
  fetch: aFunction,
  runtime: { now: aFunction, random: aFunction, uuid: aFunction, sleep: aFunction },
};

const rulesFor = (names: readonly string[], rule?: Rule): Rules => Object.fromEntries(names.map(name => [name, rule]));

/** @throws {TypeError | RangeError} that names the option, the value and what would be right */
export const checkFetchOptions = (options: FetchOptions): FetchOptions => {
  check('createFetch', options, {
    ...rulesFor([...KY, ...INIT, 'errors'], [() => false, 'given with each call, or to createClient']),
    // Some runtimes know more, and as defaults these do no harm.
    ...rulesFor(['duplex', 'priority']),
    ...COMMON_RULES,
  });
  return options;
};

/** @throws {TypeError | RangeError} that names the option, the value and what would be right */
export const checkClientOptions = <O extends ClientOptions | undefined>(options: O): O => {
  if (options !== undefined) {
    check('createClient', options, {
      ...rulesFor([...KY, ...INIT]),
      ...COMMON_RULES,
      retry: { ...RETRY_RULES, ...rulesFor(KY_RETRY) },
      errors: [Array.isArray, 'a list of error formats'],
    });
  }
  return options;
};
