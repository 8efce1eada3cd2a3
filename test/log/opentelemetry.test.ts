import { SeverityNumber } from '@opentelemetry/api-logs';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LogRecord, log, openTelemetryLog } from '../../src/log/index.ts';
import { sentence } from '../../src/log/sentence.ts';
import { callAll, collectEvents, OPTIONS } from '../support/records.ts';
import { serve, type TestServer } from '../support/server.ts';

describe('OpenTelemetry logs', () => {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const records: LogRecord[] = [];
  let server: TestServer;
  const exported = () => exporter.getFinishedLogRecords();
  const of = (event: string, status: number | undefined) =>
    exported().find(
      each => each.eventName === `holdfast.${event}` && each.attributes['http.response.status_code'] === status,
    )?.attributes;

  beforeAll(async () => {
    server = await serve();
    await callAll(
      server,
      openTelemetryLog(provider.getLogger('shop'), OPTIONS),
      log(record => records.push(record), OPTIONS),
    );
    await provider.forceFlush();
  });
  afterAll(() => server.close());

  test('each record is exported once, in its words, with time, severity and name', () => {
    const severities = { info: SeverityNumber.INFO, warn: SeverityNumber.WARN, error: SeverityNumber.ERROR };
    expect(exported().map(({ body }) => body)).toEqual(records.map(sentence));
    for (const [index, { hrTime, severityNumber, severityText, eventName }] of exported().entries()) {
      const { time, level, event } = records[index]!;
      expect(Math.abs(hrTime[0] * 1e3 + hrTime[1] / 1e6 - Date.parse(time))).toBeLessThan(1000);
      expect([severityNumber, severityText, eventName]).toEqual([
        severities[level],
        level.toUpperCase(),
        `holdfast.${event}`,
      ]);
    }
  });

  test('a recovery has the names of the semantic conventions', () => {
    expect(of('recovered', 200)).toEqual({
      'http.request.method': 'POST',
      'url.full': `${server.origin}/things?page=2&token=***`,
      'service.peer.name': 'docs',
      'http.response.status_code': 200,
      'http.request.resend_count': 1,
      'holdfast.kind': 'success',
      'holdfast.attempt': 2,
      'holdfast.duration_ms': expect.any(Number),
      'holdfast.idempotency_key': '5678',
      'holdfast.delivery': 'accepted',
      'holdfast.history': [
        { kind: 'server', status: 503, delayMs: 1, delayFrom: 'backoff' },
        { kind: 'success', status: 200 },
      ],
    });
  });

  test('a retry has the wait, and the status as the type of the error', () => {
    expect(of('retry', 429)).toMatchObject({
      'error.type': '429',
      'holdfast.delay_ms': 5,
      'holdfast.delay_from': 'server',
      'holdfast.request_id': 'req_1',
    });
    expect(of('retry', 429)).not.toHaveProperty('http.request.resend_count');
  });

  test('a failure has why it ended, its history and the headers that are allowed', () => {
    expect(of('failed', 404)).toMatchObject({
      'error.type': '404',
      'http.response.header.x-region': ['north'],
      'holdfast.stopped': 'final',
      'holdfast.delivery': 'rejected',
      'holdfast.history': [{ kind: 'not_found', status: 404 }],
    });
    expect(of('failed', undefined)).toMatchObject({ 'error.type': 'ECONNRESET', 'http.request.resend_count': 2 });
  });

  test('no attribute goes to the logger without a value', async () => {
    const attributes: unknown[] = [];
    const { on } = openTelemetryLog({ emit: entry => void attributes.push(...Object.values(entry.attributes)) });
    for (const event of await collectEvents(server)) on!(event);
    expect(attributes.length).toBeGreaterThan(records.length);
    expect(attributes).not.toContain(undefined);
  });

  test('attributes are what `fields` makes of them', async () => {
    const attributes: unknown[] = [];
    const fields = ({ event, status }: LogRecord) => ({ 'shop.call': event, status });
    const { on } = openTelemetryLog({ emit: entry => void attributes.push(entry.attributes) }, { fields });
    for (const event of await collectEvents(server)) on!(event);
    expect(attributes).toEqual(records.map(({ event, status }) => ({ 'shop.call': event, status })));
  });
});
