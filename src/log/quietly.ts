import type { Log, LogRecord } from './record.ts';

/** A logger that throws or rejects is its owner's concern, never the call's. */
export const quietly =
  (log: (record: LogRecord) => unknown): Log =>
  record => {
    try {
      void Promise.resolve(log(record)).catch(() => {});
    } catch {}
  };
