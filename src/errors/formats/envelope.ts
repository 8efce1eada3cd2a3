import type { ErrorFormat } from '../format.ts';
import { member, words } from './read.ts';

/**
 * `{"error":{"type","code","message","param","request_id"}}`, and Google's `{"error":{"code":403,"status","message"}}`
 * (its `status` is the code, its `code` only repeats the status).
 */
export const envelope: ErrorFormat = {
  name: 'envelope',
  parse: data => {
    const error = member(data, 'error');
    if (typeof error !== 'object' || error === null) return undefined;
    const code = member(error, 'code');
    return {
      message: words(error, 'message', 'detail', 'description'),
      code: (typeof code === 'number' ? words(error, 'status') : undefined) ?? words(error, 'code'),
      type: words(error, 'type'),
      param: words(error, 'param', 'field'),
      requestId: words(error, 'request_id', 'requestId') ?? words(data, 'request_id', 'requestId'),
    };
  },
};
