import { quietly } from './quietly.ts';
import type { Log } from './record.ts';
import { sentence } from './sentence.ts';

/** What is used of pino's logger. */
export interface PinoLogger {
  info(fields: object, message: string): unknown;
  warn(fields: object, message: string): unknown;
  error(fields: object, message: string): unknown;
}

/**
 * Records to pino: at their level, their members as fields, in words as `msg`. Time and level are pino's own.
 *
 * @example
 * const api = createClient({ log: pinoLog(pino()) });
 */
export const pinoLog = (logger: PinoLogger): Log =>
  quietly(record => {
    const { time: _, level, ...fields } = record;
    return logger[level](fields, sentence(record));
  });
