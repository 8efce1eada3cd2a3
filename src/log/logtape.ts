import type { Extension } from '../call.ts';
import { needs } from './check.ts';
import { type LogOptions, log } from './log.ts';
import { sentence } from './sentence.ts';

/** What is used of LogTape's logger. */
export interface LogTapeLogger {
  info(message: string, properties: object): unknown;
  warn(message: string, properties: object): unknown;
  error(message: string, properties: object): unknown;
}

/**
 * Records to LogTape: at their level, their members as properties, in words as the message.
 *
 * @throws {TypeError} at once, where that is no logger
 * @example
 * const api = createClient({ use: [logTapeLog(getLogger(['shop', 'http']))] });
 */
export const logTapeLog = (logger: LogTapeLogger, options?: LogOptions): Extension => {
  needs('logTapeLog', { logger }, 'logger.info logger.warn logger.error');
  return log(
    // A brace in a message opens a placeholder, and what a server wrote must open none.
    (record, fields) => logger[record.level](sentence(record).replace(/[{}]/g, '$&$&'), fields),
    options,
  );
};
