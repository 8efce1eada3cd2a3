import type { Extension } from '../call.ts';
import { needs } from './check.ts';
import { type LogOptions, log } from './log.ts';
import { sentence } from './sentence.ts';

/** What is used of pino's logger. */
export interface PinoLogger {
  info(fields: object, message: string): unknown;
  warn(fields: object, message: string): unknown;
  error(fields: object, message: string): unknown;
}

/**
 * Records to pino: at their level, their members as fields, in words as `msg`. Time and level are pino's own. pino writes
 * a member twice whose name is bound to the logger (a `service` of yours): rename ours with `fields`.
 *
 * @throws {TypeError} at once, where the logger has none of these levels (`useOnlyCustomLevels`)
 * @example
 * const api = createClient({ use: [pinoLog(pino())] });
 */
export const pinoLog = (logger: PinoLogger, options?: LogOptions): Extension => {
  needs('pinoLog', { logger }, 'logger.info logger.warn logger.error');
  return log((record, fields) => logger[record.level](fields, sentence(record)), options);
};
