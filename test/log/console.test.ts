import { Console as NodeConsole } from 'node:console';
import { Writable } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallEvent } from '../../src/index.ts';
import { type ConsoleLogOptions, consoleLog, type LogRecord, log } from '../../src/log/index.ts';
import { collectEvents, OPTIONS, UNPRINTABLE } from '../support/records.ts';
import { serve } from '../support/server.ts';

/** What happened, and the record of it. */
interface Happening {
  readonly event: CallEvent;
  readonly record: LogRecord;
}

const happenings: Happening[] = [];
let records: LogRecord[];
let origin: string;
beforeAll(async () => {
  const server = await serve();
  origin = server.origin;
  for (const event of await collectEvents(server)) {
    const happened = event.type === 'attempt' ? event : { ...event, durationMs: 1234 };
    log(record => happenings.push({ event: happened, record }), OPTIONS).on!(happened);
  }
  records = happenings.map(({ record }) => record);
  await server.close();
});
beforeEach(() => vi.setSystemTime('2026-11-22T14:03:05.123Z'));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const PAINTED = /\u001B\[\d+m/g;

/** Prints with Node's own console and gives back the lines of its two streams. */
const print = (options: ConsoleLogOptions = {}) => {
  const [out, err]: [string, string] = ['', ''];
  const text = { out, err };
  const stream = (name: 'out' | 'err') =>
    new Writable({
      write: (chunk, _, done) => {
        text[name] += chunk;
        done();
      },
    });
  const { on } = consoleLog({ ...OPTIONS, console: new NodeConsole(stream('out'), stream('err')), ...options });
  for (const { event } of happenings) on!(event);
  return { out: text.out.split('\n').slice(0, -1), err: text.err.split('\n').slice(0, -1) };
};

/** Where the runtime writes to, as a process says it. */
interface Streams {
  readonly tty: boolean | { out: boolean; err: boolean };
  readonly env?: Record<string, string>;
}

/** What `consoleLog()` writes with nothing but these surroundings to go by. */
const printIn = ({ tty, env = {} }: Streams, happened: Happening, options?: ConsoleLogOptions): string => {
  const { out, err } = typeof tty === 'object' ? tty : { out: tty, err: tty };
  vi.stubGlobal('process', { env, stdout: { isTTY: out }, stderr: { isTTY: err } });
  return written(happened, options);
};

const written = ({ event, record }: Happening, options?: ConsoleLogOptions): string => {
  const spy = vi
    .spyOn(console, record.level)
    .mockClear()
    .mockImplementation(() => {});
  consoleLog({ ...OPTIONS, ...options }).on!(event);
  expect(spy).toHaveBeenCalledOnce();
  expect(spy.mock.lastCall).toHaveLength(1);
  return spy.mock.lastCall![0];
};

const of = (event: LogRecord['event']): Happening => happenings.find(({ record }) => record.event === event)!;
const isJson = (line: string): boolean => line.startsWith('{');

describe('the readable form', () => {
  test('is one line a record, on the stream of its level', () => {
    const { out, err } = print({ json: false });
    expect(out).toHaveLength(records.filter(({ level }) => level === 'info').length);
    expect(err).toHaveLength(records.filter(({ level }) => level !== 'info').length);
    for (const line of [...out, ...err]) expect(line).not.toMatch(UNPRINTABLE);
  });

  test.each([
    [{ event: 'retry', status: 503 }, 'WARN  docs POST URL 503 server, attempt 1, again in 1 ms'],
    [
      { event: 'retry', status: 429 },
      'WARN  docs POST URL 429 rate_limit (req_1), attempt 1, again in 5 ms as the server asked',
    ],
    [
      { event: 'recovered', status: 200 },
      'INFO  docs POST URL 200, recovered after 2 attempts in 1.2 s (503 + 1 ms, 200), delivery accepted',
    ],
    [
      { event: 'failed', status: 503 },
      'ERROR docs POST URL 503 server (req_2), failed after 3 attempts in 1.2 s (503 + 1 ms, 503 + 1 ms, 503): limit, delivery unknown',
    ],
    [
      { event: 'failed', status: 404 },
      'WARN  docs POST URL 404 not_found, failed after 1 attempt in 1.2 s: final, delivery rejected',
    ],
    [
      { event: 'failed', kind: 'network' },
      'ERROR docs POST URL ECONNRESET, failed after 3 attempts in 1.2 s (ECONNRESET + 1 ms, ECONNRESET + 1 ms, ECONNRESET): limit, delivery unknown',
    ],
    [
      { event: 'failed', code: expect.any(String) },
      'WARN  docs POST URL 422 bad {url} %d (req_{method}%s), failed after 1 attempt in 1.2 s: final, delivery rejected',
    ],
    [{ event: 'failed', method: 'GET' }, 'WARN  docs GET URL 404 not_found, failed after 1 attempt in 1.2 s: final'],
    [
      { event: 'failed', kind: 'timeout' },
      'ERROR docs POST URL TimeoutError, failed after 1 attempt in 1.2 s: limit, delivery unknown',
    ],
  ])('says of %o what happened', (wanted, said) => {
    const happened = happenings.find(({ record }) =>
      Object.entries(wanted).every(([name, value]) => match(record, name, value)),
    )!;
    const line = written(happened, { json: false, colors: false });
    expect(line).toBe(`14:03:05.123Z ${said.replace('URL', `${origin}/things?page=2&token=***`)}`);
  });
  const match = (record: LogRecord, name: string, value: unknown): boolean => {
    const found = record[name as keyof LogRecord];
    return value === found || (typeof value === 'object' && found !== undefined);
  };

  test('has colours that end where they began, and nothing else that a terminal would obey', () => {
    for (const line of [...print({ json: false, colors: true }).out, ...print({ json: false, colors: true }).err]) {
      expect(line.match(PAINTED)?.filter((_, index) => index % 2 === 1)).toEqual(['\u001B[0m', '\u001B[0m']);
      expect(line.replace(PAINTED, '')).not.toMatch(UNPRINTABLE);
    }
  });

  test.each([
    ['retry', '\u001B[33mWARN '],
    ['recovered', '\u001B[32mINFO '],
    ['failed', '\u001B[31mERROR'],
  ] as const)('of %s has a colour of its own', (event, colored) => {
    expect(written(of(event), { json: false, colors: true })).toContain(`${colored}\u001B[0m`);
  });
});

describe('JSON lines', () => {
  test('are the records', () => {
    const { out, err } = print({ json: true });
    const expected = records.map(record => ({ ...record, time: '2026-11-22T14:03:05.123Z' }));
    expect(out.map(line => JSON.parse(line))).toEqual(expected.filter(({ level }) => level === 'info'));
    expect(err.map(line => JSON.parse(line))).toEqual(expected.filter(({ level }) => level !== 'info'));
    for (const line of [...out, ...err]) expect(line).not.toMatch(UNPRINTABLE);
  });
});

test('`level` and `fields` hold for both forms', () => {
  const fields = ({ service, ...rest }: LogRecord) => ({ ...rest, peer: service });
  const { out, err } = print({ json: true, level: () => 'info', fields });
  expect(err).toEqual([]);
  expect(out).toHaveLength(records.length);
  for (const line of out) {
    expect(JSON.parse(line)).toMatchObject({ level: 'info', peer: 'docs', time: '2026-11-22T14:03:05.123Z' });
    expect(JSON.parse(line)).not.toHaveProperty('service');
  }
  for (const line of print({ json: false, colors: false, level: () => 'info', fields }).out) {
    expect(line).toMatch(/^14:03:05\.123Z INFO {2}docs /);
  }
});

describe('without options', () => {
  test('a terminal gets readable lines in colour, a file gets JSON', () => {
    expect(printIn({ tty: true }, of('failed'))).toMatch(/^\u001B\[2m\d\d:/);
    expect(isJson(printIn({ tty: false }, of('failed')))).toBe(true);
  });

  test('each stream is asked for itself', () => {
    const tty = { out: false, err: true };
    expect(isJson(printIn({ tty }, of('recovered')))).toBe(true);
    expect(isJson(printIn({ tty }, of('failed')))).toBe(false);
  });

  test('a console of the caller is taken for a file', () => {
    vi.stubGlobal('process', { env: {}, stdout: { isTTY: true }, stderr: { isTTY: true } });
    expect(print().err.every(isJson)).toBe(true);
  });

  test.each<[Record<string, string>, boolean, boolean]>([
    [{}, true, true],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: 'false' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '' }, false, true],
    [{}, false, false],
  ])('%o on a terminal (%s) means colours: %s', (env, tty, colored) => {
    expect(PAINTED.test(printIn({ tty, env }, of('failed'), { json: false }))).toBe(colored);
    PAINTED.lastIndex = 0;
  });

  test.each([true, false])('colors: %s decides before the surroundings', colors => {
    const env = { FORCE_COLOR: colors ? '0' : '1' };
    expect(printIn({ tty: !colors, env }, of('failed'), { json: false, colors }).includes('\u001B')).toBe(colors);
  });

  test('Deno is asked in its own way, which needs no permission', () => {
    const process = {
      stderr: { isTTY: true },
      get env(): never {
        throw new Error('NotCapable');
      },
    };
    vi.stubGlobal('process', process);
    vi.stubGlobal('Deno', { noColor: false });
    expect(written(of('failed'))).toMatch(PAINTED);
    vi.stubGlobal('Deno', { noColor: true });
    expect(written(of('failed'))).not.toMatch(PAINTED);
  });

  test('a web page gets readable lines, a worker without a process gets JSON', () => {
    vi.stubGlobal('process', undefined);
    expect(isJson(written(of('failed')))).toBe(true);
    vi.stubGlobal('document', {});
    const line = written(of('failed'));
    expect(isJson(line)).toBe(false);
    expect(line).not.toMatch(PAINTED);
  });
});
