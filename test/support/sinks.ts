import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type LogRecord,
  resetSync,
} from '@logtape/logtape';
import { pino } from 'pino';
import winston from 'winston';

/** A stream that keeps what is written, and the text so far. */
const paper = () => {
  let text = '';
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  const take = (): string => {
    const taken = text;
    text = '';
    return taken;
  };
  return { stream, take };
};

const consoles = paper();
const pinos = paper();
const winstons = paper();
const logTape: string[] = [];

const printed = new Console({ stdout: consoles.stream, stderr: consoles.stream });
const pinoLogger = pino({}, pinos.stream);
const { combine, errors, json, prettyPrint, simple } = winston.format;
const winstonLogger = winston.createLogger({
  transports: [
    combine(errors({ stack: true, cause: true }), json()),
    combine(errors({ stack: true }), simple()),
    prettyPrint(),
  ].map(format => new winston.transports.Stream({ stream: winstons.stream, format })),
});

/** Sets LogTape up; call the result when done. */
export const openSinks = (): (() => void) => {
  const formatters = [getJsonLinesFormatter(), getTextFormatter()];
  configureSync({
    sinks: { paper: (record: LogRecord) => void logTape.push(...formatters.map(format => format(record))) },
    loggers: [
      { category: 'sinks', sinks: ['paper'], lowestLevel: 'trace' },
      { category: ['logtape', 'meta'], sinks: [] },
    ],
  });
  return resetSync;
};

/** Everything that a value leaves where people print and log values. */
export const printAll = (value: object): Record<string, string> => {
  const clone = structuredClone(value);
  printed.log(value);
  printed.error('%s %o %j', value, value, value);
  pinoLogger.error(value);
  pinoLogger.error({ err: value, error: value }, 'failed');
  winstonLogger.error(value);
  winstonLogger.error('failed', value);
  winstonLogger.error('failed', { error: value });
  getLogger('sinks').error('failed: {error}', { error: value });
  const causes: string[] = [];
  for (let at: unknown = value; at instanceof Error && causes.length < 20; at = at.cause) {
    causes.push(String(at), at.message, String(at.stack), JSON.stringify(at));
  }
  return {
    console: consoles.take(),
    inspect: inspect(value, { depth: Number.POSITIVE_INFINITY }),
    hidden: inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    JSON: JSON.stringify(value) + JSON.stringify({ nested: [value] }),
    String: String(value),
    structuredClone: inspect(clone, { depth: Number.POSITIVE_INFINITY }) + JSON.stringify(clone),
    causes: causes.join('\n'),
    members: inspect({ ...value }, { depth: Number.POSITIVE_INFINITY }),
    pino: pinos.take(),
    winston: winstons.take(),
    logTape: logTape.splice(0).join(''),
  };
};
