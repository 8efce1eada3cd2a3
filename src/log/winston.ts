import type { Extension } from '../call.ts';
import { needs } from './check.ts';
import { type LogOptions, log } from './log.ts';
import { sentence } from './sentence.ts';

/** What is used of winston's logger. */
export interface WinstonLogger {
  log(entry: { level: string; message: string }): unknown;
  /** The names of its levels. */
  readonly levels?: Readonly<Record<string, number>>;
}

/**
 * Records to winston: at their level (`warning` where a logger has the levels of syslog), their members as metadata, in
 * words as `message`. What is a logger's `defaultMeta` (a `service` of yours) wins over a member: rename ours with `fields`.
 *
 * @throws {TypeError} at once, where that is no logger, or has none of these levels
 * @example
 * const api = createClient({ use: [winstonLog(winston.createLogger({ transports: [new winston.transports.Console()] }))] });
 */
export const winstonLog = (logger: WinstonLogger, options?: LogOptions): Extension => {
  needs('winstonLog', { logger }, 'logger.log');
  const { levels = { info: 0, warn: 0, error: 0 } } = logger;
  const warn = 'warn' in levels ? 'warn' : 'warning';
  for (const level of ['info', warn, 'error']) {
    // What has a level that it doesn't know, winston drops.
    if (!(level in levels)) throw new TypeError(`winstonLog needs a logger with a level \`${level}\``);
  }
  return log(
    (record, { ...fields }) =>
      logger.log({
        time: record.time,
        ...fields,
        level: record.level === 'warn' ? warn : record.level,
        message: sentence(record),
      } as { level: string; message: string }),
    options,
  );
};
