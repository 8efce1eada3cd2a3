import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { configureSync, getLogger, jsonLinesFormatter, resetSync } from '@logtape/logtape';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import winston from 'winston';
import { consoleLog, type LogRecord, logTapeLog, openTelemetryLog, pinoLog, winstonLog } from '../../src/log/index.ts';
import { callAll, collect, OPTIONS } from '../support/records.ts';
import { serve, type TestServer } from '../support/server.ts';

interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(readFileSync('log-record.schema.json', 'utf8')) as Schema;
const source = fileURLToPath(new URL('../../src/log/record.ts', import.meta.url));

/** What the schema says of a type: the parts that TypeScript can say, too. */
const shape = ({ $ref, type, enum: values, items, properties, required, additionalProperties }: Schema): unknown => {
  if ($ref) return shape(schema.$defs![$ref.replace('#/$defs/', '')]!);
  if (values) return { type, values: [...values].sort() };
  if (items) return { type, items: shape(items) };
  if (!properties) return additionalProperties ? { type, values: shape(additionalProperties) } : { type };
  const members = Object.entries(properties).map(([name, member]) => [
    name,
    { required: required!.includes(name), says: member.description ?? '', ...(shape(member) as object) },
  ]);
  return { type, closed: additionalProperties === false, members: Object.fromEntries(members) };
};

describe('log-record.schema.json and the type LogRecord', () => {
  const program = ts.createProgram([source], {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(source)!;
  const says = (symbol: ts.Symbol): string => ts.displayPartsToString(symbol.getDocumentationComment(checker));

  /** The same of the type itself. */
  const shapeOf = (type: ts.Type): unknown => {
    if (type.flags & ts.TypeFlags.String) return { type: 'string' };
    if (type.flags & ts.TypeFlags.Number) return { type: 'number' };
    if (type.isUnion())
      return { type: 'string', values: type.types.map(each => (each as ts.StringLiteralType).value).sort() };
    const element = type.getNumberIndexType();
    if (element) return { type: 'array', items: shapeOf(element) };
    const values = type.getStringIndexType();
    if (values) return { type: 'object', values: shapeOf(values) };
    const members = type.getProperties().map(member => {
      const required = !(member.flags & ts.SymbolFlags.Optional);
      const inner = checker.getTypeOfSymbol(member);
      const present = required || !inner.isUnion() ? inner : checker.getNonNullableType(inner);
      return [member.name, { required, says: says(member), ...(shapeOf(present) as object) }];
    });
    return { type: 'object', closed: true, members: Object.fromEntries(members) };
  };

  const symbol = checker
    .getExportsOfModule(checker.getSymbolAtLocation(file)!)
    .find(({ name }) => name === 'LogRecord')!;

  test('say the same of every member', () => {
    expect(shape(schema)).toEqual(shapeOf(checker.getDeclaredTypeOfSymbol(symbol)));
    expect(schema.description).toBe(says(symbol));
  });

  test('list the members in the same order', () => {
    const names = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
    expect(Object.keys(schema.properties!)).toEqual(names.map(({ name }) => name));
  });
});

describe('real records', () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const validate = ajv.compile(schema);
  let server: TestServer;
  let records: LogRecord[];
  beforeAll(async () => {
    server = await serve();
    records = await collect(server);
  });
  afterAll(() => server.close());

  test('of every event are valid', () => {
    for (const record of records) expect([validate(record), validate.errors]).toEqual([true, null]);
    expect(new Set(records.map(({ event }) => event))).toEqual(new Set(['retry', 'recovered', 'failed']));
  });

  test('show every member there is', () => {
    const seen = new Set(records.flatMap(record => Object.keys(record)));
    expect([...seen].sort()).toEqual(Object.keys(schema.properties!).sort());
  });

  test.each<[string, LogRecord['event'], (record: LogRecord) => object]>([
    ['an unknown member', 'failed', record => ({ ...record, body: 'secret' })],
    ['no time', 'failed', ({ time: _, ...record }) => record],
    ['a time that is none', 'failed', record => ({ ...record, time: 'yesterday' })],
    ['an unknown kind', 'failed', record => ({ ...record, kind: 'odd' })],
    ['a class in place of a kind', 'failed', record => ({ ...record, kind: 'client-error' })],
    ['an unknown level', 'failed', record => ({ ...record, level: 'debug' })],
    ['a whole key', 'failed', record => ({ ...record, idempotencyKey: 'key_12345678' })],
    ['a wait after a failure', 'failed', record => ({ ...record, delayMs: 1, delayFrom: 'server' })],
    ['no history', 'failed', ({ history: _, ...record }) => record],
    ['no reason', 'failed', ({ stopped: _, ...record }) => record],
    ['the kind of a success', 'failed', record => ({ ...record, kind: 'success' })],
    ['no history', 'recovered', ({ history: _, ...record }) => record],
    ['a reason to stop', 'recovered', record => ({ ...record, stopped: 'limit' })],
    ['the kind of a failure', 'recovered', record => ({ ...record, kind: 'server' })],
    ['no wait', 'retry', ({ delayMs: _, ...record }) => record],
    ['an end', 'retry', record => ({ ...record, stopped: 'limit' })],
    ['a history', 'retry', record => ({ ...record, history: [] })],
  ])('are invalid with %s, where they are of %s', (_, event, spoil) => {
    const record = records.find(each => each.event === event)!;
    expect(validate(record)).toBe(true);
    expect(validate(spoil(record))).toBe(false);
  });

  test('are valid at another level', () => {
    for (const record of records) expect(validate({ ...record, level: 'info' })).toBe(true);
  });

  test('are valid as each logger writes them', async () => {
    const written: Record<string, Record<string, unknown>[]> = { pino: [], winston: [], logTape: [], console: [] };
    const parse = (name: string) => (line: string) => void written[name]!.push(JSON.parse(line));
    const stream = new Writable({
      write: (chunk, _, done) => {
        parse('winston')(String(chunk));
        done();
      },
    });
    configureSync({
      sinks: { memory: tape => parse('logTape')(jsonLinesFormatter(tape)) },
      loggers: [
        { category: ['shop'], sinks: ['memory'] },
        { category: ['logtape', 'meta'], sinks: [] },
      ],
    });
    const print = parse('console');
    const transports = [new winston.transports.Stream({ stream })];
    await callAll(
      server,
      pinoLog(pino({}, { write: parse('pino') }), OPTIONS),
      winstonLog(winston.createLogger({ format: winston.format.json(), transports }), OPTIONS),
      logTapeLog(getLogger('shop'), OPTIONS),
      consoleLog({ console: { info: print, warn: print, error: print }, ...OPTIONS }),
    );
    resetSync();
    /** What pino and LogTape word in their own way, in ours again. */
    const asRecord: Record<string, (line: Record<string, unknown>) => unknown> = {
      pino: ({ pid: _, hostname: __, msg: ___, time, level, ...members }) => ({
        ...members,
        time: new Date(time as number).toISOString(),
        level: pino.levels.labels[level as number],
      }),
      winston: ({ message: _, ...members }) => members,
      logTape: ({ properties, '@timestamp': time, level }) => ({
        ...(properties as object),
        time,
        level: String(level).toLowerCase(),
      }),
      console: line => line,
    };
    for (const [name, lines] of Object.entries(written)) {
      expect(lines, name).toHaveLength(records.length);
      for (const line of lines)
        expect([name, validate(asRecord[name]!(line)), validate.errors]).toEqual([name, true, null]);
    }
  });

  test('are valid as OpenTelemetry exports them', async () => {
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
    await callAll(server, openTelemetryLog(provider.getLogger('shop'), OPTIONS));
    await provider.forceFlush();
    const exported = exporter.getFinishedLogRecords();
    expect(exported).toHaveLength(records.length);
    const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
    for (const { hrTime, severityText, eventName, attributes } of exported) {
      const own = Object.entries(attributes).filter(([name]) => name.startsWith('holdfast.'));
      const headers = Object.entries(attributes).filter(([name]) => name.startsWith('http.response.header.'));
      const resent = attributes['http.request.resend_count'] as number | undefined;
      const record = {
        ...Object.fromEntries(own.map(([name, value]) => [camel(name.replace('holdfast.', '')), value])),
        time: new Date(hrTime[0] * 1e3 + Math.round(hrTime[1] / 1e6)).toISOString(),
        level: severityText?.toLowerCase(),
        event: eventName?.replace('holdfast.', ''),
        service: attributes['service.peer.name'],
        method: attributes['http.request.method'],
        url: attributes['url.full'],
        ...('http.response.status_code' in attributes && { status: attributes['http.response.status_code'] }),
        attempts: 1 + (resent ?? 0),
        ...(headers.length > 0 && {
          headers: Object.fromEntries(
            headers.map(([name, value]) => [name.replace('http.response.header.', ''), (value as string[])[0]]),
          ),
        }),
      };
      expect([validate(record), validate.errors]).toEqual([true, null]);
    }
  });
});
