import { log } from '../../src/log/log.ts';
import type { LogRecord } from '../../src/log/record.ts';

/** A log, and what it was told. */
export const logbook = () => {
  const records: LogRecord[] = [];
  return {
    log: log(record => void records.push(record)),
    records,
    /** One word a record: `retry`, `recovered`, or `failed` with why. */
    get story() {
      return records.map(({ event, stopped }) => (stopped ? `${event}: ${stopped}` : event));
    },
  };
};

/** Retries at once. */
export const quick = { backoff: () => 1 };
