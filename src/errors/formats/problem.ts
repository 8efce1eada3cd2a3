import type { ErrorFormat } from '../format.ts';
import { isObject, isText, member, read } from './read.ts';

/**
 * RFC 9457 problem details. Members of a wrong type are ignored, and the HTTP status wins over `status` in the body (§3.1).
 */
export const problem: ErrorFormat = {
  name: 'problem',
  parse: (data, { headers }) => {
    const title = member(data, 'title');
    const isProblem = isText(title) || headers.get('content-type')?.startsWith('application/problem+json');
    if (!isObject(data) || !isProblem) return undefined;
    const { message, type, ...rest } = read(data);
    return {
      ...rest,
      message: [title, member(data, 'detail')].filter(isText).join(': ') || message,
      type: type === 'about:blank' ? undefined : type,
    };
  },
};
