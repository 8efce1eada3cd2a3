import { hide } from './describe.ts';
import { clean } from './text.ts';

/** Runtimes put URLs into their messages: no values of a query, no fragment, no userinfo. */
const wordsOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? clean(
        value
          .slice(0, 1000)
          .replace(/([?&#](?:[^\s&=]*=)?)[^\s&]+/g, '$1***')
          .replace(/\/\/\S*@/g, '//'),
      )
    : undefined;

/**
 * A cause that can be printed, since pino and winston print causes however they are hidden: the same chain of names, messages
 * and codes, and nothing else that a runtime hangs on its errors (sockets, raw bytes).
 *
 * @throws what a getter of the error throws
 */
export const safeCause = (error: unknown, depth = 0): Error | undefined => {
  if (Object(error) !== error || depth > 4) return undefined;
  const { errors, cause } = error as Record<string, unknown>;
  const [name = 'Error', message = '', code, syscall] = ['name', 'message', 'code', 'syscall'].map(each =>
    wordsOf((error as Record<string, unknown>)[each]),
  );
  const copy = Object.assign(new Error(), code && { code }, syscall && { syscall });
  const below = safeCause(cause, depth + 1);
  hide(copy, {
    name,
    message,
    stack: `${name}: ${message}`,
    ...(below && { cause: below }),
    ...(Array.isArray(errors) && { errors: errors.slice(0, 8).map(each => safeCause(each, depth + 1)) }),
  });
  return copy;
};
