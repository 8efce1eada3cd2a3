import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import winston from 'winston';
import type { LogRecord } from '../../src/index.ts';
import { winstonLog } from '../../src/log/index.ts';
import { both, callAll, UNPRINTABLE } from '../support/records.ts';
import { serve, type TestServer } from '../support/server.ts';

describe('winston', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.close());

  const write = async (options: winston.LoggerOptions) => {
    const lines: string[] = [];
    const records: LogRecord[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    const logger = winston.createLogger({ ...options, transports: [new winston.transports.Stream({ stream })] });
    await callAll(
      server,
      both(winstonLog(logger), record => records.push(record)),
    );
    return { lines: lines.map(line => line.trimEnd()), records };
  };

  test('writes each record once, at its level, with its members as metadata', async () => {
    const { lines, records } = await write({ format: winston.format.json() });
    expect(lines).toHaveLength(records.length);
    for (const [index, line] of lines.entries()) {
      const { message, ...written } = JSON.parse(line);
      expect(written).toEqual(records[index]);
      expect(message).toContain(`docs POST ${server.origin}/things?page=2&token=***`);
      expect(line).not.toMatch(UNPRINTABLE);
    }
  });

  test('writes one line a record in a format of text', async () => {
    const { lines, records } = await write({ format: winston.format.simple() });
    expect(lines).toHaveLength(records.length);
    for (const line of lines) expect(line).not.toMatch(UNPRINTABLE);
  });

  test('a logger with the levels of syslog gets its own word for warn', async () => {
    const { lines, records } = await write({ levels: winston.config.syslog.levels, format: winston.format.json() });
    const levels = records.map(({ level }) => (level === 'warn' ? 'warning' : level));
    expect(lines.map(line => JSON.parse(line).level)).toEqual(levels);
  });
});
