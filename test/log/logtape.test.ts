import {
  configureSync,
  getLogger,
  getTextFormatter,
  jsonLinesFormatter,
  type LogRecord as LogTapeRecord,
  resetSync,
} from '@logtape/logtape';
import { afterEach, expect, test } from 'vitest';
import { type LogOptions, type LogRecord, log, logTapeLog } from '../../src/log/index.ts';
import { sentence } from '../../src/log/sentence.ts';
import { callAll, OPTIONS, UNPRINTABLE } from '../support/records.ts';
import { serve } from '../support/server.ts';

afterEach(() => resetSync());

/** What real LogTape is handed of every call, and the records. */
const write = async (options: LogOptions = {}) => {
  const server = await serve();
  const taped: LogTapeRecord[] = [];
  const records: LogRecord[] = [];
  configureSync({
    sinks: { memory: record => void taped.push(record) },
    loggers: [
      { category: ['shop'], lowestLevel: 'debug', sinks: ['memory'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['memory'] },
    ],
  });
  const all = { ...OPTIONS, ...options };
  await callAll(
    server,
    logTapeLog(getLogger(['shop', 'http']), all),
    log(record => records.push(record), all),
  );
  await server.close();
  return { taped, records };
};

test('LogTape gets each record once, at its level, with its members as properties and no placeholder filled', async () => {
  const { taped, records } = await write();
  expect(taped).toHaveLength(records.length);
  const format = getTextFormatter({ timestamp: 'none' });
  for (const [index, tape] of taped.entries()) {
    const record = records[index]!;
    const { time: _, level: __, ...properties } = record;
    const line = jsonLinesFormatter(tape).trimEnd();
    const written = JSON.parse(line);
    expect(written.level).toBe(record.level.toUpperCase());
    expect(written.logger).toBe('shop.http');
    expect(written.properties).toEqual(properties);
    expect(written.message).toBe(sentence(record));
    expect(line).not.toMatch(UNPRINTABLE);
    expect(format(tape).trimEnd()).not.toMatch(UNPRINTABLE);
  }
  expect(records.some(record => sentence(record).includes('{method}'))).toBe(true);
});

test('properties are what `fields` makes of them', async () => {
  const { taped, records } = await write({ fields: record => ({ call: record.event, time: 'ours' }) });
  expect(taped.map(({ properties }) => properties)).toEqual(records.map(({ event }) => ({ call: event })));
});
