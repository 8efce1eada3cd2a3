import type { Attempt, Call, Extension } from '../call.ts';
import { check } from './check.ts';
import { type Log, type LogRecord, recordOf } from './record.ts';
import { REDACT, type RedactOptions } from './redact.ts';

/** What a log is told. */
export interface LogOptions {
  /**
   * Another level for a record; what is none of the three leaves it as it is.
   *
   * @example
   * log(write, { level: ({ kind }) => (kind === 'not_found' ? 'info' : undefined) });
   */
  readonly level?: ((record: LogRecord) => LogRecord['level'] | undefined) | undefined;
  /** What the records may show of a URL and of response headers. */
  readonly redact?: RedactOptions | undefined;
  /**
   * What is written as a record's members: renamed, nested or left out, for a store in which their names are taken. Time
   * and level keep the places that a store has for them.
   *
   * @default the record's own members
   * @example
   * pinoLog(logger, { fields: ({ service, status, ...rest }) => ({ ...rest, peer: service, http: { status } }) });
   */
  readonly fields?: ((record: LogRecord) => object) | undefined;
}

const RULES = {
  write: 'function',
  level: 'function',
  fields: 'function',
  redact: REDACT,
} satisfies Record<keyof LogOptions | 'write', unknown>;

/**
 * An extension that writes a record of each retry, and of each call that recovered or failed. A quiet success leaves none,
 * and neither does the caller's own abort. What `write` throws, or rejects with, never touches the call.
 *
 * @throws {TypeError} at once, naming the option that is wrong
 * @example
 * const fetch = createFetch({ use: [log(record => console.log(record.event, record.url))] });
 */
export const log = (write: Log, options: LogOptions = {}): Extension => {
  check('log', { ...options, write: write ?? null }, RULES);
  const { level, redact, fields = record => record } = options;
  const attempts = new WeakMap<Call, Attempt>();
  return {
    name: 'log',
    on: event => {
      if (event.type === 'attempt') attempts.set(event.call, event.attempt);
      const made = recordOf(event, redact, attempts.get(event.call));
      if (!made) return;
      const other = level?.(made);
      const record = /^(info|warn|error)$/.test(`${other}`) ? { ...made, level: other! } : made;
      const { time: _, level: __, ...members } = fields(record) as Partial<LogRecord>;
      return write(record, members);
    },
  };
};
