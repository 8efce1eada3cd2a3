import { redactUrl } from '../log/redact.ts';
import { hide } from './describe.ts';
import { clean } from './text.ts';

/** A URL, or a path with a query, up to the next blank: runtimes put them into their messages. */
const ADDRESSES = /[a-z][\w+.-]*:\/\/\S+|\/\S*\?\S+/gi;

const safeText = (value: unknown): string =>
  typeof value === 'string' ? clean(value.slice(0, 1000).replace(ADDRESSES, url => redactUrl(url))) : '';

const copy = (cause: unknown, depth: number): Error | undefined => {
  if (typeof cause !== 'object' || cause === null || depth > 4) return undefined;
  const { name, message, code, syscall, errors, cause: inner } = cause as Record<string, unknown>;
  const error = Array.isArray(errors)
    ? new AggregateError(errors.slice(0, 8).map(each => copy(each, depth + 1)))
    : new Error();
  const title = safeText(name) || 'Error';
  const words = safeText(message);
  hide(error, { name: title, message: words, stack: `${title}: ${words}` });
  const below = copy(inner, depth + 1);
  if (below) hide(error, { cause: below });
  return Object.assign(
    error,
    typeof code === 'string' && { code: safeText(code) },
    typeof syscall === 'string' && { syscall: safeText(syscall) },
  );
};

/**
 * A cause that can be printed: the same chain of names, messages and codes, with no secrets of URLs in it, and nothing else
 * that a runtime hangs on its errors (sockets, raw bytes). Never throws.
 */
export const safeCause = (cause: unknown): Error | undefined => {
  try {
    return copy(cause, 0);
  } catch {
    return undefined; // a getter of the error threw
  }
};
