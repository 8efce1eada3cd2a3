import type { Extension } from '../call.ts';
import { methodAttributes } from '../extensions/opentelemetry/attributes.ts';
import { needs } from './check.ts';
import { type LogOptions, log } from './log.ts';
import { defined, type LogRecord } from './record.ts';
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

/** Under the names of the semantic conventions where they have one, as `holdfast.*` where they have none. */
const attributesOf = (record: LogRecord): object => {
  const { time: _, level: __, event: ___, service, method, url, status, attempts, headers = {}, ...rest } = record;
  const { kind, failure } = rest;
  const attributes: Record<string, unknown> = {
    ...methodAttributes(method),
    'url.full': url,
    'service.peer.name': service,
    'http.response.status_code': status,
    'error.type': kind === 'success' ? undefined : `${status ?? failure ?? kind}`,
    'http.request.resend_count': attempts > 1 ? attempts - 1 : undefined,
  };
  for (const [name, value] of Object.entries(headers)) attributes[`http.response.header.${name}`] = [value];
  for (const [name, value] of Object.entries(rest)) {
    // `delayMs` → `holdfast.delay_ms`
    attributes[`holdfast.${name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}`] = value;
  }
  return defined(attributes);
};

/**
 * Records to OpenTelemetry logs: severity by level, in words as the body, members as attributes.
 *
 * @throws {TypeError} at once, where that is no logger
 * @example
 * const api = createClient({ use: [openTelemetryLog(logs.getLogger('shop'))] });
 */
export const openTelemetryLog = (logger: OpenTelemetryLogger, options: LogOptions = {}): Extension => {
  needs('openTelemetryLog', { logger }, 'logger.emit');
  return log(
    (record, attributes) =>
      logger.emit({
        eventName: `holdfast.${record.event}`,
        timestamp: new Date(record.time),
        severityNumber: SEVERITY[record.level],
        severityText: record.level.toUpperCase(),
        body: sentence(record),
        attributes: attributes as Record<string, unknown>,
      }),
    { ...options, fields: options.fields ?? attributesOf },
  );
};
