import { quietly } from './quietly.ts';
import type { Log, LogRecord } from './record.ts';
import { sentence } from './sentence.ts';

/** What is used of winston's logger. */
export interface WinstonLogger {
  log(entry: { level: string; message: string }): unknown;
  /** The names of its levels. */
  readonly levels?: Readonly<Record<string, number>>;
}

/** The levels of syslog spell it out; winston drops what has a level it doesn't know. */
const levelOf = (level: LogRecord['level'], levels: WinstonLogger['levels'] = { warn: 0 }): string =>
  level === 'warn' && !('warn' in levels) && 'warning' in levels ? 'warning' : level;

/**
 * Records to winston: at their level (`warning` where a logger has the levels of syslog), their members as metadata, in
 * words as `message`.
 *
 * @example
 * const api = createClient({ log: winstonLog(winston.createLogger({ transports: [new winston.transports.Console()] })) });
 */
export const winstonLog = (logger: WinstonLogger): Log =>
  quietly(record => logger.log({ ...record, level: levelOf(record.level, logger.levels), message: sentence(record) }));
