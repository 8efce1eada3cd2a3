import {
  configureSync,
  getLogger,
  getTextFormatter,
  jsonLinesFormatter,
  type LogRecord as LogTapeRecord,
  resetSync,
} from '@logtape/logtape';
import { afterEach, expect, test } from 'vitest';
import type { LogRecord } from '../../src/index.ts';
import { logTapeLog } from '../../src/log/index.ts';
import { sentence } from '../../src/log/sentence.ts';
import { both, callAll, UNPRINTABLE } from '../support/records.ts';
import { serve } from '../support/server.ts';

afterEach(() => resetSync());

test('LogTape gets each record once, at its level, with its members as properties and no placeholder filled', async () => {
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
  await callAll(
    server,
    both(logTapeLog(getLogger(['shop', 'http'])), record => records.push(record)),
  );
  await server.close();

  expect(taped).toHaveLength(records.length);
  const format = getTextFormatter({ timestamp: 'none' });
  for (const [index, tape] of taped.entries()) {
    const record = records[index]!;
    const { time: _, level, ...properties } = record;
    const line = jsonLinesFormatter(tape).trimEnd();
    const written = JSON.parse(line);
    expect(written.level).toBe(level.toUpperCase());
    expect(written.logger).toBe('shop.http');
    expect(written.properties).toEqual(properties);
    expect(written.message).toBe(sentence(record));
    expect(line).not.toMatch(UNPRINTABLE);
    expect(format(tape).trimEnd()).not.toMatch(UNPRINTABLE);
  }
  expect(records.some(record => sentence(record).includes('{method}'))).toBe(true);
});
