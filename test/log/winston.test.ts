import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import winston from 'winston';
import { type LogOptions, type LogRecord, log, winstonLog } from '../../src/log/index.ts';
import { sentence } from '../../src/log/sentence.ts';
import { callAll, OPTIONS, UNPRINTABLE } from '../support/records.ts';
import { serve, type TestServer } from '../support/server.ts';

describe('winston', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.close());

  const write = async (settings: winston.LoggerOptions, options: LogOptions = {}) => {
    const lines: string[] = [];
    const records: LogRecord[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    const logger = winston.createLogger({ ...settings, transports: [new winston.transports.Stream({ stream })] });
    const all = { ...OPTIONS, ...options };
    await callAll(
      server,
      winstonLog(logger, all),
      log(record => records.push(record), all),
    );
    return { lines: lines.map(line => line.trimEnd()), records };
  };

  test('writes each record once, at its level, with its members as metadata', async () => {
    const { lines, records } = await write({ format: winston.format.json() });
    expect(lines).toHaveLength(records.length);
    for (const [index, line] of lines.entries()) {
      const { message, ...written } = JSON.parse(line);
      // Its time is when it was made, and each log makes its own.
      expect(written).toEqual({ ...records[index], time: expect.stringMatching(/Z$/) });
      expect(message).toBe(sentence(records[index]!));
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
    expect(new Set(levels)).toEqual(new Set(['info', 'warning', 'error']));
    expect(lines.map(line => JSON.parse(line).level)).toEqual(levels);
  });

  test('a logger’s own `service` stays, and ours goes where `fields` puts it', async () => {
    const { lines, records } = await write(
      { defaultMeta: { service: 'shop' }, format: winston.format.json() },
      { fields: ({ service, ...rest }) => ({ ...rest, peer: service }) },
    );
    for (const [index, line] of lines.entries()) {
      expect(JSON.parse(line)).toMatchObject({ service: 'shop', peer: 'docs', level: records[index]!.level });
    }
  });

  test.each([
    ['info', { error: 0, warn: 1 }],
    ['warning', { error: 0, info: 1 }],
    ['error', { info: 0, warn: 1 }],
  ])('a logger without the level %s is refused at once, by name', (level, levels) => {
    const transports = [new winston.transports.Console({ silent: true })];
    const logger = winston.createLogger({ levels, level: Object.keys(levels)[0]!, transports });
    expect(() => winstonLog(logger)).toThrow(new TypeError(`winstonLog needs a logger with a level \`${level}\``));
  });
});
