import { methodAttributes } from '../extensions/opentelemetry/attributes.ts';
import { quietly } from './quietly.ts';
import type { Log, LogRecord } from './record.ts';
import { sentence } from './sentence.ts';

/** What is used of a `Logger` of `@opentelemetry/api-logs`. */
export interface OpenTelemetryLogger {
  emit(record: {
    eventName: string;
    timestamp: Date;
    severityNumber: number;
    severityText: string;
    body: string;
    attributes: Record<string, unknown>;
  }): void;
}

/** OpenTelemetry logs data model, "Severity Fields". */
const SEVERITY = { info: 9, warn: 13, error: 17 } as const;

/** `delayMs` → `holdfast.delay_ms` */
const ours = (name: string): string => `holdfast.${name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}`;

const renamed = (members: object, rename: (name: string) => string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [rename(name), value]));

const errorType = ({ kind, status, history }: LogRecord): string | undefined => {
  if (kind === 'success') return undefined;
  return status === undefined ? (history?.at(-1)?.failure ?? kind) : `${status}`;
};

/** Under the names of the semantic conventions where they have one, as `holdfast.*` where they have none. */
const attributesOf = (record: LogRecord): Record<string, unknown> => {
  const { time: _, level: __, event: ___, service, method, url, status, attempts, headers = {}, ...rest } = record;
  const members = {
    ...methodAttributes(method),
    'url.full': url,
    'service.peer.name': service,
    'http.response.status_code': status,
    'error.type': errorType(record),
    'http.request.resend_count': attempts > 1 ? attempts - 1 : undefined,
    ...renamed(
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      name => `http.response.header.${name}`,
    ),
    ...renamed(rest, ours),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
};

/**
 * Records to OpenTelemetry logs: severity by level, in words as the body, members as attributes.
 *
 * @example
 * const api = createClient({ log: openTelemetryLog(logs.getLogger('shop')) });
 */
export const openTelemetryLog = (logger: OpenTelemetryLogger): Log =>
  quietly(record =>
    logger.emit({
      eventName: `holdfast.${record.event}`,
      timestamp: new Date(record.time),
      severityNumber: SEVERITY[record.level],
      severityText: record.level.toUpperCase(),
      body: sentence(record),
      attributes: attributesOf(record),
    }),
  );
