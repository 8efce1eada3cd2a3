import type { LogRecord } from '../../src/log/record.ts';

/** A `log` option, and what it was told. */
export const logbook = () => {
  const records: LogRecord[] = [];
  return {
    log: (record: LogRecord) => void records.push(record),
    records,
    /** One word a record: `retry`, `recovered`, or `failed` with why. */
    get story() {
      return records.map(({ event, stopped }) => (stopped ? `${event}: ${stopped}` : event));
    },
  };
};

/** Retries at once. */
export const quick = { backoff: () => 1 };
