import type { ErrorAnswer, ErrorDetails } from './format.ts';

/** A stranger's JSON: anything. */
type Json = Readonly<Record<string, unknown>> | undefined;

const isObject = (value: unknown): value is object => Object(value) === value;
const first = (value: unknown): Json => (Array.isArray(value) ? value[0] : value) as Json;
const more = (count = 1): string => (count > 1 ? ` (and ${count - 1} more)` : '');

/** A text, a list of such, or Microsoft's `{ lang, value }`. */
const textOf = (value: unknown, glue = ', '): string => {
  if (Array.isArray(value)) return value.some(isObject) ? '' : value.join(glue);
  const text = (value as Json)?.value ?? value;
  return typeof text === 'string' ? text : '';
};

/** Reads JSON of any service: the first one of a list speaks for all, and what is further in before what is around it. */
export const readJson = (data: unknown, { status, headers }: ErrorAnswer): ErrorDetails => {
  const root = first(data);
  const { error, errors, detail, title } = { ...root };
  const holders = [error, root?.['odata.error'], root?.fault, errors, detail];
  const holder = holders.find(each => isObject(each) && Object.keys(each)[0]);
  const inner = first(holder);
  const all: Json = {
    ...root,
    ...(inner?.detail as object),
    ...(inner?.source as object),
    ...(inner?.extensions as object),
    ...inner,
  };
  /** Under which names services give what we look for, the most telling first. A code that repeats the status says nothing. */
  const find = (names: string, say: (value: unknown) => string = textOf): string | undefined =>
    names
      .split(' ')
      .map(name => say(all[name]))
      .find(said => said && said !== `${status}`);

  const isProblem = textOf(title) || headers.get('content-type')?.startsWith('application/problem+json');
  const problem =
    isProblem &&
    [title, detail]
      .map(each => textOf(each))
      .filter(Boolean)
      .join(': ');
  // RFC 6749 §5.2 has a code here, others words.
  const word = textOf(error);
  const isCode = /^[\w.-]+$/.test(word);
  const said =
    ([inner, root].find(each => typeof each === 'string') as string | undefined) ||
    find(
      'message error_description detail title error_message errorMessages msg description faultstring Message reason',
    ) ||
    (isCode ? '' : word) ||
    textOf(errors);
  // `{ "name": ["is too short"] }`: which member is to blame, and for what.
  const fields = Array.isArray(errors)
    ? []
    : Object.entries({ ...(errors as object) }).filter(([, value]) => textOf(value));
  const [param, blame] = (!problem && !said && fields[0]) || [];
  const count = [holder, data].find(Array.isArray)?.length;
  return {
    message: problem || (said ? said + more(count) : param && `${param}: ${textOf(blame)}${more(fields.length)}`),
    code:
      find('error_code errorCode errorcode code __type Code', value =>
        value && typeof value === 'number' ? `${value}` : textOf(value),
      ) ??
      // Google has the word under `status`, or further down.
      (word && isCode ? word : /^[A-Z_]+$/.exec(textOf(inner?.status))?.[0]) ??
      textOf(first(inner?.errors)?.reason),
    type: find('type')?.replace(/^about:blank$/, ''),
    param: find('param field parameter pointer loc target', value => textOf(value, '.')) ?? param,
    requestId: find('request_id requestId RequestId trace_id traceId fbtrace_id'),
  };
};
