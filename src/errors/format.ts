import { aFunction, check, type Rules } from '../check.ts';
import type { ApiErrorKind } from './kinds.ts';

/** What a service says of an error. Everything is optional: what is missing is made up for from status and headers. */
export interface ErrorDetails<Code extends string = string> {
  readonly message?: string | undefined;
  readonly code?: Code | undefined;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  readonly requestId?: string | undefined;
  /** What to branch on, where a format knows better than code, type and status say. */
  readonly kind?: ApiErrorKind | undefined;
}

/** The answer that an error body came with. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * How a service words its errors. `Code` is the union of its codes, so that `error.code` autocompletes.
 *
 * `data` is the parsed JSON of the body, its text, or `undefined`: from a stranger, of any shape.
 */
export interface ErrorFormat<Code extends string = string> {
  readonly name: string;
  /** The service's codes; they type `error.code`. */
  readonly codes?: readonly Code[] | undefined;
  /** Codes that no wait will cure: a 429 or 5xx with one of them is not retried. */
  readonly terminal?: readonly Code[] | undefined;
  /** Codes that a wait may cure, whatever the status they come with: what has one of them is retried as a 429 is. */
  readonly retryable?: readonly Code[] | undefined;
  /**
   * Which answers have their bodies read for `terminal` and `retryable` codes, before anyone decides on a retry.
   *
   * @default JSON and XML, from 400 on where there are `retryable` codes, otherwise with 429 and from 500 on
   */
  when?(answer: ErrorAnswer): boolean;
  /** `undefined` where the body is of another format. Left out, the built-in reader reads the body. */
  parse?(data: unknown, answer: ErrorAnswer): ErrorDetails | undefined;
}

/** The union of the codes of some formats; any string where there are none. */
export type CodeOf<Formats extends readonly ErrorFormat[]> =
  Formats[number] extends ErrorFormat<infer Code> ? Code : string;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const strings: Rules[string] = [value => Array.isArray(value) && value.every(isText), 'a list of strings'];
const RULES: Rules = {
  name: [isText, 'a name'],
  codes: strings,
  terminal: strings,
  retryable: strings,
  when: aFunction,
  parse: aFunction,
};

/**
 * Gives a service its own error codes, and its own format where the built-in one doesn't read it.
 *
 * @throws {TypeError} that names what is wrong
 * @example
 * const docsErrors = defineErrorFormat({ name: 'docs', codes: ['parameter_missing', 'quota_exceeded'], terminal: ['quota_exceeded'] });
 * const docs = createClient({ service: 'docs', errors: [docsErrors] });
 */
export const defineErrorFormat = <const Code extends string = string>(format: {
  readonly name: string;
  readonly codes?: readonly Code[];
  readonly terminal?: readonly NoInfer<Code>[];
  readonly retryable?: readonly NoInfer<Code>[];
  readonly when?: (answer: ErrorAnswer) => boolean;
  readonly parse?: (data: unknown, answer: ErrorAnswer) => ErrorDetails | undefined;
}): ErrorFormat<Code> => {
  // A group of ours: what is misspelt in it is refused.
  check('defineErrorFormat', { format: { ...format, name: format?.name ?? null } }, { format: RULES });
  return format;
};

/** Runs what is our user's, which may be broken. */
export const safely = <T>(run: () => T): T | undefined => {
  try {
    return run();
  } catch {
    return undefined;
  }
};

/** Whether this format wants the body of this answer read before there is a verdict on it. */
export const selects = (format: ErrorFormat, { status, headers }: ErrorAnswer): boolean =>
  safely(() => {
    const { terminal = [], retryable = [] } = format;
    if (terminal.length + retryable.length === 0) return false;
    if (format.when) return format.when({ status, headers }) === true;
    const isTried = status === 429 || status > 499;
    return (isTried || (retryable.length > 0 && status > 399)) && /json|xml/.test(`${headers.get('content-type')}`);
  }) ?? false;

/** What the formats say to a retry of an answer with this code; the first one that knows it decides. */
export const verdictOf = (
  { code }: ErrorDetails,
  formats: readonly ErrorFormat[] = [],
): 'terminal' | 'retryable' | undefined => {
  const verdicts = code === undefined ? [] : (['terminal', 'retryable'] as const);
  for (const format of formats) {
    const found = verdicts.find(verdict => safely(() => format[verdict]?.includes(code!)));
    if (found) return found;
  }
  return undefined;
};
