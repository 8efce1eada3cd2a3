import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogRecord } from '../../src/index.ts';
import { collect } from '../support/records.ts';
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

  test.each<[string, (record: LogRecord) => object]>([
    ['an unknown member', record => ({ ...record, body: 'secret' })],
    ['no time', ({ time: _, ...record }) => record],
    ['a time that is none', record => ({ ...record, time: 'yesterday' })],
    ['an unknown kind', record => ({ ...record, kind: 'odd' })],
    ['a level that is not the one of its event', record => ({ ...record, level: 'info' })],
    ['a whole key', record => ({ ...record, idempotencyKey: 'key_12345678' })],
    ['a wait after a failure', record => ({ ...record, delayMs: 1, delayFrom: 'server' })],
    ['no history', ({ history: _, ...record }) => record],
  ])('are invalid with %s', (_, spoil) => {
    const failed = records.find(({ event }) => event === 'failed')!;
    expect(validate(failed)).toBe(true);
    expect(validate(spoil(failed))).toBe(false);
  });
});
