/** `holdfast/log`: records to the logger you have. None of these libraries is imported, you pass what is yours. */

export { type Console, type ConsoleLogOptions, consoleLog } from './console.ts';
export type { RecordKind } from './kind.ts';
export { type LogOptions, log } from './log.ts';
export { type LogTapeLogger, logTapeLog } from './logtape.ts';
export { type OpenTelemetryLogger, openTelemetryLog } from './opentelemetry.ts';
export { type PinoLogger, pinoLog } from './pino.ts';
export type { Log, LogRecord, RecordPast } from './record.ts';
export type { RedactOptions } from './redact.ts';
export { type WinstonLogger, winstonLog } from './winston.ts';
