import type { CallEvent, Classification, DelayFrom, Past, StopReason } from '../call.ts';
import { requestIdOf } from '../errors/request-id.ts';
import { clean } from '../errors/text.ts';
import type { Delivery } from '../policy/delivery.ts';
import { type RedactOptions, redactUrl } from './redact.ts';

/** What is logged of a call that did not simply succeed. Times are in milliseconds; members that say nothing are absent. */
export interface LogRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** `warn` for a retry, `info` for a recovery, `error` for a failure. */
  readonly level: 'warn' | 'info' | 'error';
  readonly event: 'retry' | 'recovered' | 'failed';
  readonly service?: string;
  readonly method: string;
  /** No userinfo, no fragment, query values masked unless allowed. */
  readonly url: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  readonly kind: Classification;
  /** The runtime's code or name of the failure, where there was no answer. */
  readonly failure?: string;
  /** The service's own word for what went wrong, where a client read it. */
  readonly code?: string;
  /** To quote to the service's support. */
  readonly requestId?: string;
  /** The attempt this record is about, from 1. */
  readonly attempt: number;
  /** Attempts made so far. */
  readonly attempts: number;
  /** `retry` only: the wait that now begins. */
  readonly delayMs?: number;
  /** `retry` only: whether the server named the wait. */
  readonly delayFrom?: DelayFrom;
  /** `failed` only: why it was not repeated. */
  readonly stopped?: StopReason;
  /** `failed` only: whether a write was applied. */
  readonly delivery?: Delivery;
  /** Since the call began. */
  readonly durationMs: number;
  /** The last four characters. */
  readonly idempotencyKey?: string;
  /** Response headers that `redact.headers` allows. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `failed` only: the attempts, oldest first. */
  readonly history?: readonly Past[];
}

/** Takes records. What it throws, or rejects with, never touches the call. */
export type Log = (record: LogRecord) => unknown;

const LEVELS = { retry: 'warn', recovered: 'info', failed: 'error' } as const;

/** A quiet success, the beginning of an attempt and the caller's own abort leave no record. */
const nameOf = (event: CallEvent): LogRecord['event'] | undefined => {
  if (event.type === 'attempt' || (event.type === 'end' && event.classification === 'aborted')) return undefined;
  if (event.type === 'retry') return 'retry';
  if (event.classification !== 'success') return 'failed';
  return event.call.attempts > 1 ? 'recovered' : undefined;
};

const allowed = (headers: Headers, names: readonly string[]): Record<string, string> | undefined => {
  const found = names.flatMap(name => {
    const value = headers.get(name);
    return value === null ? [] : [[name.toLowerCase(), clean(value)]];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
};

/** Never the whole of a key. */
const lastFour = (key = ''): string | undefined => (key.length > 4 ? clean(key.slice(-4)) : undefined);

const record = (
  event: Exclude<CallEvent, { type: 'attempt' }>,
  name: LogRecord['event'],
  redact: RedactOptions,
): LogRecord => {
  const { call, outcome, classification, details, durationMs } = event;
  const response = outcome.kind === 'answer' ? outcome.response : undefined;
  const members: { [Name in keyof Required<LogRecord>]: LogRecord[Name] | undefined } = {
    time: new Date().toISOString(),
    level: LEVELS[name],
    event: name,
    service: call.service && clean(call.service, 100),
    method: clean(call.method, 40),
    url: redactUrl(call.url, redact),
    status: response?.status,
    kind: classification,
    failure: call.history.at(-1)?.failure,
    code: details?.code,
    requestId: details?.requestId ?? (response && requestIdOf(response.headers)),
    attempt: call.attempts,
    attempts: call.attempts,
    delayMs: event.type === 'retry' ? Math.round(event.verdict.delayMs) : undefined,
    delayFrom: event.type === 'retry' ? event.verdict.delayFrom : undefined,
    stopped: event.type === 'end' ? event.stopped : undefined,
    delivery: name === 'failed' && event.type === 'end' ? event.delivery : undefined,
    durationMs: Math.round(durationMs),
    idempotencyKey: lastFour(call.idempotencyKey),
    headers: response && allowed(response.headers, redact.headers ?? []),
    history: name === 'failed' ? [...call.history] : undefined,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as unknown as LogRecord;
};

/** Turns what happens to calls into records. */
export const recorder =
  (log: Log, redact: RedactOptions = {}) =>
  (event: CallEvent): unknown => {
    const name = nameOf(event);
    return name && log(record(event as Exclude<CallEvent, { type: 'attempt' }>, name, redact));
  };
