import { aFunction, check, type Rules } from '../check.ts';

/** What a service says of an error. Everything is optional: what is missing is made up for from status and headers. */
export interface ErrorDetails<Code extends string = string> {
  readonly message?: string | undefined;
  readonly code?: Code | undefined;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  readonly requestId?: string | undefined;
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
  /** `undefined` where the body is of another format. Left out, the built-in formats read the body. */
  parse?(data: unknown, answer: ErrorAnswer): ErrorDetails | undefined;
}

/** The union of the codes of some formats; any string where there are none. */
export type CodeOf<Formats extends readonly ErrorFormat[]> =
  Formats[number] extends ErrorFormat<infer Code> ? Code : string;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const strings: Rules[string] = [value => Array.isArray(value) && value.every(isText), 'a list of strings'];
const RULES: Rules = { name: [isText, 'a name'], codes: strings, terminal: strings, parse: aFunction };

/**
 * Gives a service its own error codes, and its own format where the built-in ones don't read it.
 *
 * @example
 * const docsErrors = defineErrorFormat({ name: 'docs', codes: ['parameter_missing', 'quota_exceeded'], terminal: ['quota_exceeded'] });
 * const docs = createClient({ service: 'docs', errors: [docsErrors] });
 */
export const defineErrorFormat = <const Code extends string = string>(format: {
  readonly name: string;
  readonly codes?: readonly Code[];
  readonly terminal?: readonly NoInfer<Code>[];
  readonly parse?: (data: unknown, answer: ErrorAnswer) => ErrorDetails | undefined;
}): ErrorFormat<Code> => {
  check('defineErrorFormat', { ...format, name: format?.name ?? null }, RULES);
  return format;
};
