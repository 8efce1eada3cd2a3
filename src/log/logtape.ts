import { quietly } from './quietly.ts';
import type { Log } from './record.ts';
import { sentence } from './sentence.ts';

/** What is used of LogTape's logger. */
export interface LogTapeLogger {
  info(message: string, properties: Record<string, unknown>): unknown;
  warn(message: string, properties: Record<string, unknown>): unknown;
  error(message: string, properties: Record<string, unknown>): unknown;
}

/**
 * Records to LogTape: at their level, their members as properties, in words as the message.
 *
 * @example
 * const api = createClient({ log: logTapeLog(getLogger(['shop', 'http'])) });
 */
export const logTapeLog = (logger: LogTapeLogger): Log =>
  quietly(record => {
    const { time: _, level, ...properties } = record;
    // A brace in a message opens a placeholder, and what a server wrote must open none.
    return logger[level](sentence(record).replace(/[{}]/g, '$&$&'), properties);
  });
