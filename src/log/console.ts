import { quietly } from './quietly.ts';
import type { Log, LogRecord } from './record.ts';
import { sentence } from './sentence.ts';

/** What is used of a console. */
export type Console = Pick<typeof globalThis.console, 'info' | 'warn' | 'error'>;

/** How `consoleLog` prints. */
export interface ConsoleLogOptions {
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

const paint = (text: string, code: number, isColored: boolean): string =>
  isColored ? `\u001B[${code}m${text}\u001B[0m` : text;

/** `14:03:05.123Z WARN  docs POST https://… 503 server-error, attempt 1, again in 1.2 s` */
const pretty = (record: LogRecord, isColored: boolean): string => {
  const level = paint(record.level.toUpperCase().padEnd(5), COLORS[record.level], isColored);
  return `${paint(record.time.slice(11), 2, isColored)} ${level} ${sentence(record)}`;
};

/**
 * Records to the console: one readable line each on a terminal and in a web page, one JSON object a line anywhere else.
 *
 * @example
 * const fetch = createFetch({ log: consoleLog() });
 */
export const consoleLog = ({ console, colors, json }: ConsoleLogOptions = {}): Log =>
  quietly(record => {
    const { process, document } = globalThis as unknown as Globals;
    const { level } = record;
    const isTerminal = !console && process?.[level === 'info' ? 'stdout' : 'stderr']?.isTTY === true;
    const isJson = json ?? !(isTerminal || (!console && document));
    const line = isJson ? JSON.stringify(record) : pretty(record, colors ?? wantsColors(isTerminal));
    // `%` is a directive to a console (Console Standard §2.2) where arguments follow; none do.
    return (console ?? globalThis.console)[level](line);
  });
