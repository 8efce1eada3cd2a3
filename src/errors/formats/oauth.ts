import type { ErrorFormat } from '../format.ts';
import { isText, member, read } from './read.ts';

/** `{"error":"invalid_grant","error_description"}` (RFC 6749 §5.2), and any other `{"error":"text"}`. */
export const oauth: ErrorFormat = {
  name: 'oauth',
  parse: data => {
    const error = member(data, 'error');
    if (!isText(error)) return undefined;
    const { message, code, ...rest } = read(data);
    return /^[\w.-]+$/.test(error)
      ? { ...rest, message, code: code ?? error }
      : { ...rest, message: message ?? error, code };
  },
};
