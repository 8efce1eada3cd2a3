import type { ErrorFormat } from '../format.ts';
import { member, words } from './read.ts';

/** `{"errors":[…]}` of objects or texts, as JSON:API, GraphQL and many others have it: the first one speaks for all. */
export const list: ErrorFormat = {
  name: 'list',
  parse: data => {
    const errors = member(data, 'errors');
    if (!Array.isArray(errors) || errors.length === 0) return undefined;
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    const message =
      typeof first === 'string' ? first : (words(first, 'message', 'detail', 'title') ?? words(data, 'message'));
    return {
      message: message && message + more,
      code: words(first, 'code') ?? words(member(first, 'extensions'), 'code') ?? words(data, 'code'),
      type: words(first, 'type'),
      param: words(first, 'param', 'field', 'path') ?? words(member(first, 'source'), 'pointer', 'parameter'),
      requestId: words(data, 'request_id', 'requestId') ?? words(first, 'request_id'),
    };
  },
};
