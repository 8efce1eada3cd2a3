import type { ErrorFormat } from '../format.ts';
import { isText, member, read } from './read.ts';

/**
 * `{"errors":[…]}` of objects or texts, as JSON:API, GraphQL and many others have it, FastAPI's `{"detail":[…]}`, or the
 * list alone: the first one speaks for all.
 */
export const list: ErrorFormat = {
  name: 'list',
  parse: data => {
    const errors = [member(data, 'errors'), member(data, 'error'), member(data, 'detail'), data].find(Array.isArray);
    if (!errors?.length) return undefined;
    const [first] = errors;
    const details = read(first, member(first, 'extensions'), member(first, 'source'), data);
    const message = isText(first) ? first : details.message;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    return { ...details, message: message && message + more };
  },
};
