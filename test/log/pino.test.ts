import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogOptions, type LogRecord, log, pinoLog } from '../../src/log/index.ts';
import { sentence } from '../../src/log/sentence.ts';
import { callAll, OPTIONS, UNPRINTABLE } from '../support/records.ts';
import { serve, type TestServer } from '../support/server.ts';

const LEVELS = { info: 30, warn: 40, error: 50 };

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

/** What real pino writes of every call, and the records. */
const write = async (options: LogOptions = {}, bindings: object = {}, settings: object = {}) => {
  const lines: string[] = [];
  const records: LogRecord[] = [];
  const logger = pino(settings, { write: line => void lines.push(line.trimEnd()) }).child(bindings);
  const all = { ...OPTIONS, ...options };
  await callAll(
    server,
    pinoLog(logger, all),
    log(record => records.push(record), all),
  );
  return { lines, records };
};

test('pino writes each record once, at its level, with its members as fields', async () => {
  const { lines, records } = await write();
  expect(lines).toHaveLength(records.length);
  for (const [index, line] of lines.entries()) {
    const { time: _, level, ...fields } = records[index]!;
    const { time, level: number, pid, hostname, msg, ...written } = JSON.parse(line);
    expect(written).toEqual(fields);
    expect(number).toBe(LEVELS[level]);
    expect(time).toBeTypeOf('number');
    expect(msg).toBe(sentence(records[index]!));
    expect(msg).toContain(`docs ${fields.method} ${server.origin}/things?page=2&token=***`);
    expect(line).not.toMatch(UNPRINTABLE);
    // pino writes no member twice.
    expect(line.match(/"(time|level)":/g)).toEqual(['"level":', '"time":']);
  }
});

test('the level of the logger and its child bindings hold', async () => {
  const { lines } = await write({}, { tenant: 7 }, { level: 'error' });
  expect(new Set(lines.map(line => JSON.parse(line).event))).toEqual(new Set(['failed']));
  expect(JSON.parse(lines[0]!).tenant).toBe(7);
});

test('a logger that owns `service` and a store that owns `status` keep them: `fields` renames and nests', async () => {
  const { lines } = await write(
    { fields: ({ service, status, ...rest }) => ({ ...rest, peer: service, http: { status } }) },
    { service: 'shop', status: 'production' },
  );
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    // Each once at the top, where pino would have written a bound one and ours.
    const top = line.replace(/"http":\{.*?\}|"history":\[.*?\]/g, '');
    expect(top.match(/"(service|status|time|level)":/g)?.sort()).toEqual([
      '"level":',
      '"service":',
      '"status":',
      '"time":',
    ]);
    expect(JSON.parse(line)).toMatchObject({ service: 'shop', status: 'production', peer: 'docs' });
  }
  expect(lines.some(line => JSON.parse(line).http.status === 503)).toBe(true);
});

test('`level` decides at which level pino writes', async () => {
  const { lines, records } = await write({ level: ({ status }) => (status === 404 ? 'info' : undefined) });
  for (const [index, line] of lines.entries()) {
    expect(JSON.parse(line).level).toBe(LEVELS[records[index]!.level]);
    expect(records[index]!.level === 'info').toBe([404, 200].includes(records[index]!.status!));
  }
});

test('a logger with none but its own levels is refused at once, by name', () => {
  const custom = pino({ customLevels: { notice: 35 }, useOnlyCustomLevels: true, level: 'notice' });
  expect(() => pinoLog(custom as never)).toThrow(new TypeError('pinoLog needs `logger.info`'));
  const partly = pino({ customLevels: { info: 35, error: 50 }, useOnlyCustomLevels: true, level: 'info' });
  expect(() => pinoLog(partly as never)).toThrow(new TypeError('pinoLog needs `logger.warn`'));
  expect(() => pinoLog(pino({ customLevels: { notice: 35 } }))).not.toThrow();
});
