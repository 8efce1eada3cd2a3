import type { Attempt, CallEvent, DelayFrom, Ending, Past, RetryVerdict, StopReason } from '../call.ts';
import { requestIdOf } from '../errors/request-id.ts';
import { clean } from '../errors/text.ts';
import type { Delivery } from '../policy/delivery.ts';
import { headersOf } from '../policy/retry-after.ts';
import { kindOf, type RecordKind } from './kind.ts';
import { type RedactOptions, redactUrl } from './redact.ts';

/** One finished attempt, as a record keeps it; its kind by its status alone. */
export interface RecordPast extends Omit<Past, 'kind'> {
  readonly kind: RecordKind;
}

/** What is logged of a call that did not simply succeed. Times are in milliseconds; members that say nothing are absent. */
export interface LogRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** `warn` for a retry, `info` for a recovery; for a failure `error`, or `warn` where the request itself was wrong (4xx). Another one where `level` says so. */
  readonly level: 'warn' | 'info' | 'error';
  readonly event: 'retry' | 'recovered' | 'failed';
  readonly service?: string;
  readonly method: string;
  /** No userinfo, no fragment, query values masked unless allowed. */
  readonly url: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  readonly kind: RecordKind;
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
  /** Not in `retry`: whether a write was applied. */
  readonly delivery?: Delivery;
  /** Since the call began. */
  readonly durationMs: number;
  /** The last four characters. */
  readonly idempotencyKey?: string;
  /** Response headers that `redact.headers` allows. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Not in `retry`: the attempts, oldest first. */
  readonly history?: readonly RecordPast[];
}

/** Takes records, and their members as `fields` makes them, without time and level. What it throws, or rejects with, never touches the call. */
export type Log = (record: LogRecord, fields: object) => unknown;

/** Without the members that say nothing, and nobody else's. */
export const defined = (members: object): Record<string, unknown> => JSON.parse(JSON.stringify(members));

const allowed = (headers: Headers, names: readonly string[] = []): Record<string, string> | undefined => {
  let found: Record<string, string> | undefined;
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) found = { ...found, [name.toLowerCase()]: clean(value) };
  }
  return found;
};

/** The id to quote. What says our own request back is none: any eight characters of that may be a secret. */
const idOf = (headers: Headers, attempt?: Attempt): string | undefined => {
  const id = requestIdOf(headers) ?? '';
  const own = `${attempt ? [attempt.call.url, ...attempt.headers] : ''}`.toLowerCase();
  for (let at = 8; at <= id.length; at++) if (own.includes(id.slice(at - 8, at).toLowerCase())) return undefined;
  // Other characters may stand for what was escaped.
  return /^[\w.:=+/-]+$/.test(id) ? id : undefined;
};

/** The record of what happened to a call. A quiet success, the beginning of an attempt and the caller's own abort leave none. */
export const recordOf = (event: CallEvent, redact: RedactOptions = {}, attempt?: Attempt): LogRecord | undefined => {
  if (event.type === 'attempt' || event.classification === 'aborted') return undefined;
  const { call, outcome, classification, details, durationMs } = event;
  const { method, url, service, attempts, history, idempotencyKey: key = '' } = call;
  const { verdict, stopped, delivery } = event as Partial<Ending & { verdict: RetryVerdict }>;
  const isSuccess = classification === 'success';
  if (isSuccess && attempts < 2) return undefined;
  const { response } = outcome as { response?: Response };
  const headers = response && headersOf(response);
  const status = response?.status;
  // A client that has read the body knows more than the status says.
  const { kind = kindOf(classification, status) } = (details ?? {}) as { readonly kind?: RecordKind };
  const members: { [Name in keyof Required<LogRecord>]: LogRecord[Name] | undefined } = {
    time: new Date().toISOString(),
    level: isSuccess ? 'info' : verdict || classification === 'client-error' ? 'warn' : 'error',
    event: verdict ? 'retry' : isSuccess ? 'recovered' : 'failed',
    service: service && clean(service, 100),
    method: clean(method, 40),
    url: redactUrl(url, redact),
    status,
    kind,
    failure: history.at(-1)?.failure,
    code: details?.code,
    requestId: details?.requestId ?? (headers && idOf(headers, attempt)),
    attempt: attempts,
    attempts,
    delayMs: verdict && Math.round(verdict.delayMs),
    delayFrom: verdict?.delayFrom,
    stopped,
    delivery,
    durationMs: Math.round(durationMs),
    // Never the whole of a key.
    idempotencyKey: key.length > 4 ? clean(key.slice(-4)) : undefined,
    headers: headers && allowed(headers, redact.headers),
    history: verdict ? undefined : history.map(past => ({ ...past, kind: kindOf(past.kind, past.status) })),
  };
  return defined(members) as unknown as LogRecord;
};
