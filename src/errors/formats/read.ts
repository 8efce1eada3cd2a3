import type { ErrorDetails } from '../format.ts';

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** An object's own member, whatever the object is: a stranger's JSON may hold `__proto__` or anything else. */
export const member = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;

/** A string, or a number; one below 600 only repeats the status. */
const isWord = (value: unknown): boolean => (typeof value === 'number' ? value > 599 : isText(value));

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Under which names services give what we look for, the most telling first. */
const NAMES = {
  message: ['message', 'error_description', 'detail', 'title', 'error_message', 'msg', 'description', 'Message'],
  code: ['error_code', 'errorCode', 'code', '__type', 'Code'],
  type: ['type'],
  param: ['param', 'field', 'parameter', 'pointer', 'loc'],
  requestId: ['request_id', 'requestId', 'RequestId', 'trace_id', 'traceId'],
} satisfies Record<keyof ErrorDetails, readonly string[]>;

/** Reads what these objects say, each thing from the first of them that has it. A list of words is joined. */
export const read = (...objects: unknown[]): Record<keyof ErrorDetails, string | undefined> => {
  const find = (what: keyof ErrorDetails): string | undefined => {
    for (const object of objects) {
      for (const name of NAMES[what]) {
        const found = member(object, name);
        if (isWord(found)) return String(found);
        if (Array.isArray(found) && found.length > 0 && found.every(each => isText(each) || typeof each === 'number'))
          return found.join(what === 'param' ? '.' : ', ');
      }
    }
    return undefined;
  };
  return {
    message: find('message'),
    code: find('code')?.replace(/^.*#/, ''), // AWS: `com.amazonaws.dynamodb#ThrottlingException`
    type: find('type'),
    param: find('param'),
    requestId: find('requestId'),
  };
};
