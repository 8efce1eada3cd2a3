import type { ErrorFormat } from '../format.ts';
import { isObject, read } from './read.ts';

/** `{"success":false,"message","error_code"}`, `{"message"}`, `{"detail"}`, AWS's `{"__type","message"}`: the members stand in the body itself. */
export const flat: ErrorFormat = {
  name: 'flat',
  parse: data => (isObject(data) ? read(data) : undefined),
};
