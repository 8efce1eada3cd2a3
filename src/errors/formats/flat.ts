import type { ErrorFormat } from '../format.ts';
import { words } from './read.ts';

/** `{"success":false,"message","error_code"}`, `{"message"}`, `{"detail"}`: the members stand in the body itself. */
export const flat: ErrorFormat = {
  name: 'flat',
  parse: data => {
    if (typeof data !== 'object' || data === null) return undefined;
    return {
      message: words(data, 'message', 'detail', 'error_message', 'msg', 'Message'),
      code: words(data, 'error_code', 'code', 'errorCode', '__type', 'Code'),
      type: words(data, 'type'),
      param: words(data, 'param', 'field'),
      requestId: words(data, 'request_id', 'requestId', 'RequestId'),
    };
  },
};
