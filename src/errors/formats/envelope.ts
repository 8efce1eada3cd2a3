import type { ErrorFormat } from '../format.ts';
import { isObject, isText, member, read } from './read.ts';

/**
 * `{"error":{"type","code","message","param","request_id"}}`, the same under `detail`, and Google's
 * `{"error":{"code":403,"status","message"}}`, where `status` is the code.
 */
export const envelope: ErrorFormat = {
  name: 'envelope',
  parse: data => {
    const error = [member(data, 'error'), member(data, 'detail')].find(each => isObject(each) && !Array.isArray(each));
    if (!error) return undefined;
    const details = read(error, data);
    const status = member(error, 'status');
    return { ...details, code: details.code ?? (isText(status) ? status : undefined) };
  },
};
