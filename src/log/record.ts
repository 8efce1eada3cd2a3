import type { Classification, DelayFrom, StopReason } from '../call.ts';
import type { Delivery } from '../policy/delivery.ts';

/** What is logged of a call that did not simply succeed. Times are in milliseconds. */
export interface LogRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: 'warn' | 'info' | 'error';
  readonly event: 'retry' | 'recovered' | 'failed';
  readonly service?: string;
  readonly method: string;
  /** No userinfo, query values masked. */
  readonly url: string;
  /** HTTP status of the last answer, if there was one. */
  readonly status?: number;
  readonly kind: Classification;
  /** The service's own word for what went wrong, where a client read it. */
  readonly code?: string;
  readonly requestId?: string;
  /** The attempt this record is about, from 1. */
  readonly attempt: number;
  /** Attempts begun so far. */
  readonly attempts: number;
  /** `retry` only: the wait that now begins. */
  readonly delayMs?: number;
  readonly delayFrom?: DelayFrom;
  /** `failed` only: why it was not repeated. */
  readonly stopped?: StopReason;
  readonly delivery?: Delivery;
  readonly durationMs: number;
  /** The last four characters. */
  readonly idempotencyKey?: string;
}

/** Takes records. What it throws, or rejects with, never touches the call. */
export type Log = (record: LogRecord) => unknown;
