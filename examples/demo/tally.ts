import type { Delivery } from '../../src/index.ts';
import type { LogRecord } from '../../src/log/index.ts';
import type { Api } from './server.ts';

/** How a call ended, as its caller saw it. */
export interface Ending {
  /** The client-chosen id. */
  readonly ref: string;
  readonly end: 'succeeded' | 'failed' | 'aborted';
  readonly durationMs: number;
  /** Of a failed call: was it applied? `undefined` where the way of calling can't say. */
  readonly delivery?: Delivery | undefined;
}

/** What is counted while a run goes on. */
export interface Tally {
  attempts: number;
  /** Reason → retries. */
  readonly retries: Map<string, number>;
  waitedMs: number;
  /** Waits whose length the server gave. */
  serverWaits: number;
  readonly endings: Ending[];
}

export const newTally = (): Tally => ({
  attempts: 0,
  retries: new Map(),
  waitedMs: 0,
  serverWaits: 0,
  endings: [],
});

/** What a failed attempt is called in the summary. */
export const reasonOf = ({ status, kind }: Pick<LogRecord, 'status' | 'kind'>): string =>
  status === undefined ? (kind === 'network' ? 'reset' : kind) : String(status);

/** Counts one retry. */
export const countRetry = (tally: Tally, reason: string, waitMs: number, fromServer: boolean): void => {
  tally.retries.set(reason, (tally.retries.get(reason) ?? 0) + 1);
  tally.waitedMs += waitMs;
  if (fromServer) tally.serverWaits++;
};

/** A run in figures. */
export interface Figures {
  readonly calls: number;
  readonly attempts: number;
  readonly retries: ReadonlyMap<string, number>;
  readonly waitedMs: number;
  readonly serverWaits: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Reported as done, but not applied. */
  readonly lost: number;
  /** Applied more than once. */
  readonly duplicated: number;
  /** Reported as failed. */
  readonly failed: number;
  /** Of those, applied all the same. */
  readonly failedButApplied: number;
  /** Of those, called `rejected` or `not-sent`: a false word about the write. */
  readonly misreported: number;
  /** Ended by Ctrl-C: nothing was reported. */
  readonly aborted: number;
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;

/** Sets what callers were told against what the server did. */
export const figuresOf = ({ endings, ...counts }: Tally, writes: Api['writes']): Figures => {
  const times = ({ ref }: Ending): number => writes.get(ref)?.length ?? 0;
  const count = (test: (ending: Ending) => boolean): number => endings.filter(test).length;
  const durations = endings.map(ending => ending.durationMs).sort((a, b) => a - b);
  const failed = endings.filter(({ end }) => end === 'failed');
  const failedButApplied = failed.filter(ending => times(ending) > 0);
  return {
    ...counts,
    calls: endings.length,
    p50Ms: quantile(durations, 0.5),
    p99Ms: quantile(durations, 0.99),
    lost: count(ending => ending.end === 'succeeded' && times(ending) === 0),
    duplicated: count(ending => times(ending) > 1),
    failed: failed.length,
    failedButApplied: failedButApplied.length,
    misreported: failedButApplied.filter(({ delivery }) => delivery === 'rejected' || delivery === 'not-sent').length,
    aborted: count(({ end }) => end === 'aborted'),
  };
};
