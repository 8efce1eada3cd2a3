import type { Extension } from '../call.ts';
import { needs } from './check.ts';
import { type LogOptions, log } from './log.ts';
import type { LogRecord } from './record.ts';
import { sentence } from './sentence.ts';

/** What is used of a console. */
export type Console = Pick<typeof globalThis.console, 'info' | 'warn' | 'error'>;

/** How `consoleLog` prints. */
export interface ConsoleLogOptions extends LogOptions {
  /** Where to: `info`, `warn` and `error` by level. One of your own is taken for a file. @default globalThis.console */
  readonly console?: Console | undefined;
  /** Colours in the readable form. @default on a terminal, unless NO_COLOR is set; FORCE_COLOR decides before it */
  readonly colors?: boolean | undefined;
  /** One JSON object a line instead of the readable form. @default false on a terminal and in a web page, else true */
  readonly json?: boolean | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;
interface Globals {
  readonly process?: {
    readonly env?: Environment;
    readonly stdout?: { readonly isTTY?: boolean };
    readonly stderr?: { readonly isTTY?: boolean };
  };
  readonly Deno?: { readonly noColor?: boolean };
  readonly document?: unknown;
}

/** Whether colours are wanted: https://force-color.org, https://no-color.org, and Deno, which asks before it shows its environment. */
const wantsColors = (isTerminal: boolean): boolean => {
  const { process, Deno } = globalThis as unknown as Globals;
  if (Deno) return isTerminal && !Deno.noColor;
  const { FORCE_COLOR, NO_COLOR, TERM } = process?.env ?? {};
  if (FORCE_COLOR !== undefined) return !/^(0|false)$/.test(FORCE_COLOR);
  return isTerminal && !NO_COLOR && TERM !== 'dumb';
};

const COLORS = { info: 32, warn: 33, error: 31 } as const;

/** `14:03:05.123Z WARN  docs POST https://… 503 server, attempt 1, again in 1.2 s` */
const pretty = (record: LogRecord, isColored: boolean): string => {
  const { time, level } = record;
  const paint = (text: string, code: number): string => (isColored ? `\u001B[${code}m${text}\u001B[0m` : text);
  return `${paint(time.slice(11), 2)} ${paint(level.toUpperCase().padEnd(5), COLORS[level])} ${sentence(record)}`;
};

/**
 * Records to the console: one readable line each on a terminal and in a web page, one JSON object a line anywhere else.
 *
 * @throws {TypeError} at once, where `console` is none
 * @example
 * const fetch = createFetch({ use: [consoleLog()] });
 */
export const consoleLog = ({ console: own, colors, json, ...options }: ConsoleLogOptions = {}): Extension => {
  const target = own ?? globalThis.console;
  needs('consoleLog', { console: target }, 'console.info console.warn console.error');
  return log((record, fields) => {
    const { process, document } = globalThis as unknown as Globals;
    const { time, level } = record;
    const isTerminal = !own && process?.[level === 'info' ? 'stdout' : 'stderr']?.isTTY === true;
    const isJson = json ?? !(isTerminal || (!own && document));
    // `%` is a directive to a console (Console Standard §2.2) where arguments follow; none do.
    return target[level](
      isJson ? JSON.stringify({ time, level, ...fields }) : pretty(record, colors ?? wantsColors(isTerminal)),
    );
  }, options);
};
