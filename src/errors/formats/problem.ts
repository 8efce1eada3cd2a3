import type { ErrorFormat } from '../format.ts';
import { member, words } from './read.ts';

/**
 * RFC 9457 problem details. Members of a wrong type are ignored, and the HTTP status wins over `status` in the body (§3.1).
 */
export const problem: ErrorFormat = {
  name: 'problem',
  parse: (data, { headers }) => {
    const title = member(data, 'title');
    const isProblem = /^application\/problem\+json/i.test(headers.get('content-type') ?? '');
    if (!isProblem && typeof title !== 'string') return undefined;
    if (typeof data !== 'object' || data === null) return undefined;
    const detail = member(data, 'detail');
    const type = member(data, 'type');
    return {
      message:
        [title, detail].filter(each => typeof each === 'string' && each !== '').join(': ') || words(data, 'message'),
      code: words(data, 'code', 'error_code', 'errorCode'),
      type: typeof type === 'string' && type !== 'about:blank' ? type : undefined,
      param: words(data, 'param'),
      requestId: words(data, 'request_id', 'requestId', 'trace_id', 'traceId'),
    };
  },
};
