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

const string = (value: unknown, max = 100): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? clean(String(value), max) || undefined : undefined;

/** Every value is a stranger's: only strings and numbers are taken, on one line, cut. Nothing said is no details. */
const trust = (details: ErrorDetails, status: number): ErrorDetails | undefined => {
  const { message, code, type, param, requestId } = details;
  const word = string(code);
  const trusted = {
    message: string(message, 300),
    code: word === String(status) ? undefined : word,
    type: string(type),
    param: string(param),
    requestId: string(requestId),
  };
  return Object.values(trusted).some(Boolean) ? trusted : undefined;
};

/** Runs what is our user's, which may be broken. */
const safely = <T>(run: () => T): T | undefined => {
  try {
    return run();
  } catch {
    return undefined;
  }
};

const parse = (format: ErrorFormat, data: unknown, answer: ErrorAnswer): ErrorDetails | undefined =>
  safely(() => {
    const details: unknown = format.parse?.(data, answer);
    // A format that is async by mistake must not end the process.
    if (details instanceof Promise) details.catch(() => {});
    return trust(details as ErrorDetails, answer.status);
  });

/** JSON that came under the name of text. What only looks like JSON is nobody's message: it may hold anything. */
const unwrap = (data: unknown): unknown => {
  if (typeof data !== 'string') return data;
  const parsed = safely(() => [JSON.parse(data)]);
  if (parsed) return parsed[0];
  return /^\s*(\{|\[\s*[\]{["])/.test(data) ? undefined : data;
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
  code !== undefined && own.some(format => safely(() => format.terminal?.includes(code)));
