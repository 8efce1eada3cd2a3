import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { LogRecord } from '../../src/index.ts';
import { pinoLog } from '../../src/log/index.ts';
import { both, callAll, UNPRINTABLE } from '../support/records.ts';
import { serve } from '../support/server.ts';

const LEVELS = { info: 30, warn: 40, error: 50 };

test('pino writes each record once, at its level, with its members as fields', async () => {
  const server = await serve();
  const lines: string[] = [];
  const records: LogRecord[] = [];
  const logger = pino({}, { write: line => void lines.push(line) });
  await callAll(
    server,
    both(pinoLog(logger), record => records.push(record)),
  );
  await server.close();

  expect(lines).toHaveLength(records.length);
  for (const [index, line] of lines.entries()) {
    const { time: _, level, ...fields } = records[index]!;
    const { time, level: number, pid, hostname, msg, ...written } = JSON.parse(line);
    expect(written).toEqual(fields);
    expect(number).toBe(LEVELS[level]);
    expect(time).toBeTypeOf('number');
    expect(msg).toContain(`docs POST ${server.origin}/things?page=2&token=***`);
    expect(line.trimEnd()).not.toMatch(UNPRINTABLE);
    // pino writes no member twice.
    expect(line.match(/"(time|level)":/g)).toEqual(['"level":', '"time":']);
  }
});

test('the level of the logger and its child bindings hold', async () => {
  const server = await serve();
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: line => void lines.push(line) }).child({ tenant: 7 });
  await callAll(server, pinoLog(logger));
  await server.close();
  expect(new Set(lines.map(line => JSON.parse(line).event))).toEqual(new Set(['failed']));
  expect(JSON.parse(lines[0]!).tenant).toBe(7);
});
