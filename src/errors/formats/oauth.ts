import type { ErrorFormat } from '../format.ts';
import { member, words } from './read.ts';

/** `{"error":"invalid_grant","error_description"}` (RFC 6749 §5.2), and any other `{"error":"text"}`. */
export const oauth: ErrorFormat = {
  name: 'oauth',
  parse: data => {
    const error = member(data, 'error');
    if (typeof error !== 'string') return undefined;
    const isCode = /^[\w.-]+$/.test(error);
    return {
      message: words(data, 'error_description', 'message', 'detail') ?? (isCode ? undefined : error),
      code: words(data, 'code', 'error_code') ?? (isCode ? error : undefined),
      type: words(data, 'type'),
      param: words(data, 'param'),
      requestId: words(data, 'request_id', 'requestId'),
    };
  },
};
