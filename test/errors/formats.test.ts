import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createClient, type ErrorFormat, isApiError, toApiError } from '../../src/index.ts';
import { answerOf, type Fixture, GUIDES, SHAPES, STATUSES } from '../fixtures/error-bodies.ts';

/** What a client throws for this answer. */
const thrownFor = async (response: () => Response, errors: readonly ErrorFormat[] = []) => {
  const client = createClient({ service: 'docs', retry: 0, errors, fetch: async () => response() });
  const error = await client.get('http://docs.test/things').catch((thrown: unknown) => thrown);
  if (!isApiError(error) || error.kind === 'network' || error.kind === 'timeout') throw error;
  return error;
};

const pick = ({ kind, status, code, type, param, requestId }: { readonly [Name in keyof Fixture]?: unknown }) => ({
  kind,
  status,
  code,
  type,
  param,
  requestId,
});

describe('every shape of body', () => {
  it.each([...GUIDES, ...SHAPES].map(fixture => [fixture.name, fixture] as const))('%s', async (_, fixture) => {
    const error = await thrownFor(() => answerOf(fixture));
    expect(pick(error)).toEqual(pick(fixture));
    const { status, code, requestId, message = 'Its Status' } = fixture;
    const id = requestId ? ` (${requestId})` : '';
    expect(error.message).toBe(`docs answered ${status}${code ? ` ${code}` : ''}: ${message}${id}`);

    const same = await toApiError(answerOf(fixture), { service: 'docs' });
    expect(pick(same)).toEqual(pick(fixture));
    expect(same.message).toBe(error.message);
    expect(same.constructor).toBe(error.constructor);
  });

  it.each(STATUSES)('status %i alone is %s', async (status, kind) => {
    expect((await thrownFor(() => new Response('', { status }))).kind).toBe(kind);
  });

  it('reads any JSON and any text, whatever it is', async () => {
    const bodies = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.string().map(text => `<${text}`),
    );
    await fc.assert(
      fc.asyncProperty(bodies, fc.constantFrom('application/json', 'text/html', ''), async (body, type) => {
        const error = await toApiError(new Response(body, { status: 400, headers: { 'content-type': type } }));
        expect(isApiError(error)).toBe(true);
        expect(error.message.length).toBeLessThan(700);
      }),
      { numRuns: 500 },
    );
    expect(({} as Record<string, unknown>).message).toBeUndefined();
  });

  it('is done with hostile text at once', async () => {
    for (const body of [
      '<'.repeat(1e6),
      '<title<title '.repeat(1e5),
      '<style'.repeat(1e5),
      '<!--'.repeat(1e5),
      ' '.repeat(1e6),
    ]) {
      const started = performance.now();
      await toApiError(new Response(body, { status: 500 }));
      expect(performance.now() - started).toBeLessThan(500);
    }
  });
});

describe('every row of the page on errors', async () => {
  const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('| shape |');
  const rows = [...table.matchAll(/^\| ([^|]+) \| `([^`]+)` \| (?:`([^`]*)`)? ?\| (?:`([^`]*)`)?(?:\(its `type`\))? ?\|$/gm)];

  it('is read', () => expect(rows.length).toBe(table.split('\n## ')[0]!.split(/^\| [^-]/m).length - 1));

  it.each(rows.map(([, name, said, message, code]) => ({ name, said: said!, message, code })))('$name', async ({ said, message, code }) => {
    const [, header, value] = /^(x-[\w-]+): (.*)…?$/.exec(said.replace('…', 'x')) ?? [];
    const response = new Response(header ? '' : said, {
      status: said.includes('"code":403') ? 403 : 400,
      statusText: 'Its Status',
      headers: header ? { [header]: value! } : {},
    });
    const error = await toApiError(response, { service: 'docs' });
    expect([error.code, error.message]).toEqual([code, `docs answered ${error.status}${code ? ` ${code}` : ''}: ${message ?? 'Its Status'}`]);
  });
}); // biome-ignore format: a table

describe('a format of our user', () => {
  const body = { error: { code: 'parameter_missing', message: 'Missing', param: 'name' } };
  const plain = { status: 400, body };
  const format = (parse: unknown): ErrorFormat => ({ name: 'own', parse: parse as NonNullable<ErrorFormat['parse']> });

  it('comes first, and gets what the body holds and the answer', async () => {
    const parse = vi.fn(() => ({ message: 'mine', code: 'own_code', type: 't', param: 'p', requestId: 'r' }));
    const error = await thrownFor(() => answerOf(plain), [format(parse)]);
    expect(error.message).toBe('docs answered 400 own_code: mine (r)');
    expect(pick(error)).toEqual({
      kind: 'invalid_request',
      status: 400,
      code: 'own_code',
      type: 't',
      param: 'p',
      requestId: 'r',
    });
    expect(parse).toHaveBeenCalledWith(body, expect.objectContaining({ status: 400 }));
  });

  const throwing = () => {
    throw new Error('broken');
  };
  const trap = new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing });
  it.each<[string, ErrorFormat]>([
    ['throws', format(throwing)],
    ['returns nothing', format(() => undefined)],
    ['returns null', format(() => null)],
    ['returns a number', format(() => 7)],
    ['returns a text', format(() => 'text')],
    ['returns an empty object', format(() => ({}))],
    ['returns objects for members', format(() => ({ message: {}, code: [], type: () => {}, param: Symbol('x'), requestId: null }))],
    ['returns a getter that throws', format(() => ({ get message() { return throwing(); } }))],
    ['returns a Proxy that throws', format(() => trap)],
    ['is async, and rejects', format(async () => throwing())],
    ['is no function', format('parse')],
    ['has terminal codes of a wrong type', { name: 'own', terminal: 7 as unknown as [] }],
  ])('that %s changes nothing', async (_, broken) => {
    const error = await thrownFor(() => answerOf(plain), [broken]);
    expect(error.message).toBe('docs answered 400 parameter_missing: Missing');
    expect(error.param).toBe('name');
  }); // biome-ignore format: a table

  it.each<[string, unknown]>([
    ['is a Proxy that throws', trap],
    ['is null', null],
    [
      'has a getter that throws',
      {
        name: 'own',
        get parse() {
          return throwing();
        },
        get terminal() {
          return throwing();
        },
      },
    ],
  ])('that %s a client refuses, and toApiError does without', async (_, broken) => {
    expect(() => createClient({ errors: [broken as ErrorFormat] })).toThrow();
    const error = await toApiError(answerOf(plain), { service: 'docs', errors: [broken as ErrorFormat] });
    expect(error.message).toBe('docs answered 400 parameter_missing: Missing');
  });

  it('may name the kind, if it is one', async () => {
    const kinds = async (kind: unknown) =>
      (await thrownFor(() => answerOf(plain), [format(() => ({ code: 'own', kind }))])).kind;
    expect(await kinds('quota')).toBe('quota');
    for (const none of ['toString', 'network', 7, {}, null]) expect(await kinds(none)).toBe('invalid_request');
  });

  it('is asked in the order given', async () => {
    const formats = [format(throwing), format(() => ({ message: 'second' })), format(() => ({ message: 'third' }))];
    expect((await thrownFor(() => answerOf(plain), formats)).message).toBe('docs answered 400: second');
  });
});
