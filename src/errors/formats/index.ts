import type { ErrorAnswer, ErrorDetails, ErrorFormat } from '../format.ts';
import { clean } from '../text.ts';
import { envelope } from './envelope.ts';
import { flat } from './flat.ts';
import { list } from './list.ts';
import { oauth } from './oauth.ts';
import { problem } from './problem.ts';
import { text } from './text.ts';

/** The built-in formats, the most particular first. */
const FORMATS: readonly ErrorFormat[] = [envelope, problem, oauth, list, flat, text];

const string = (value: unknown, max: number): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? clean(String(value), max) || undefined : undefined;

/** Every value is a stranger's: only strings and numbers are taken, on one line, cut. */
const trust = ({ message, code, type, param, requestId }: ErrorDetails): ErrorDetails => ({
  message: string(message, 300),
  code: string(code, 100),
  type: string(type, 100),
  param: string(param, 100),
  requestId: string(requestId, 100),
});

const parse = (format: ErrorFormat, data: unknown, answer: ErrorAnswer): ErrorDetails | undefined => {
  try {
    const details = format.parse?.(data, answer);
    return details && trust(details);
  } catch {
    return undefined; // a format of our user's that broke on this body
  }
};

/** JSON that came under the name of text; what only looks like JSON is nobody's message. */
const unwrap = (data: unknown): unknown => {
  if (typeof data !== 'string' || !/^\s*[{[]/.test(data)) return data;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
};

/** Reads what an error body says, with the user's formats first. Never throws. */
export const readDetails = (body: unknown, answer: ErrorAnswer, own: readonly ErrorFormat[] = []): ErrorDetails => {
  const data = unwrap(body);
  for (const format of [...own, ...FORMATS]) {
    const details = parse(format, data, answer);
    if (details) return details;
  }
  return {};
};

/** Whether one of the user's formats says that no wait will cure this. */
export const isTerminal = ({ code }: ErrorDetails, own: readonly ErrorFormat[] = []): boolean =>
  code !== undefined && own.some(format => format.terminal?.includes(code));
