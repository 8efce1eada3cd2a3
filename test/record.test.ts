import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean } from '../src/errors/text.ts';
import { type ClientOptions, createClient, createFetch, isApiError, type LogRecord, toApiError } from '../src/index.ts';
import { redactUrl } from '../src/log/redact.ts';

/** What must never reach a line raw: controls, escapes, marks that turn or hide text, halves of characters. */
const RAW = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const URL_ = 'http://docs.test/things?page=2&token=s3cret';

/** The records and the error of a call that gets this answer until it gives up. */
const call = async (answer: () => Response, options: ClientOptions = {}, init: object = {}) => {
  const records: LogRecord[] = [];
  const client = createClient({
    service: 'docs',
    retry: { limit: 1, backoff: () => 1 },
    log: record => void records.push(record),
    fetch: async () => answer(),
    ...options,
  });
  const error = await client(URL_, init).catch((thrown: unknown) => thrown);
  if (!isApiError(error)) throw error;
  return { records, error };
};

describe('a record', () => {
  it('says what happened, and nothing else', async () => {
    const body = '{"message":"busy","error_code":"BUSY"}';
    const headers = { 'content-type': 'application/json', 'retry-after-ms': '1', 'x-request-id': 'req_1' };
    const { records } = await call(() => new Response(body, { status: 503, headers }), {}, { method: 'post', headers: { 'idempotency-key': 'key_12345678' } });
    const shared = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'docs',
      method: 'POST',
      url: 'http://docs.test/things?page=***&token=***',
      status: 503,
      kind: 'server-error',
      code: 'BUSY',
      requestId: 'req_1',
      durationMs: expect.any(Number),
      idempotencyKey: '5678',
    };
    const wait = { delayMs: expect.any(Number), delayFrom: 'server' };
    expect(records).toEqual([
      { ...shared, ...wait, level: 'warn', event: 'retry', attempt: 1, attempts: 1 },
      {
        ...shared,
        level: 'error',
        event: 'failed',
        attempt: 2,
        attempts: 2,
        stopped: 'limit',
        delivery: 'unknown',
        history: [{ kind: 'server-error', status: 503, ...wait }, { kind: 'server-error', status: 503 }],
      },
    ]);
  }); // biome-ignore format: a table

  it('never shows the whole of a key', async () => {
    const { records } = await call(
      () => new Response('', { status: 400 }),
      {},
      { method: 'post', headers: { 'idempotency-key': 'abcd' } },
    );
    expect(records[0]).not.toHaveProperty('idempotencyKey');
  });
});

describe('redact', () => {
  const answer = () => new Response('', { status: 400, headers: { 'x-region': 'north', 'x-secret': 'no', 'set-cookie': 'sid=no' } });
  const recordWith = async (redact: NonNullable<ClientOptions['redact']>) => (await call(answer, { redact })).records[0]!;

  it('shows no header unless it is allowed', async () => {
    expect(await recordWith({})).not.toHaveProperty('headers');
    expect(await recordWith({ headers: ['x-missing'] })).not.toHaveProperty('headers');
    expect((await recordWith({ headers: ['X-Region', 'x-missing'] })).headers).toEqual({ 'x-region': 'north' });
  });

  it('shows no value of the query unless its name is allowed', async () => {
    expect((await recordWith({ query: ['page'] })).url).toBe('http://docs.test/things?page=2&token=***');
    expect((await recordWith({ query: ['page', 'token'] })).url).toBe(URL_);
    expect((await recordWith({ query: ['PAGE'] })).url).toBe('http://docs.test/things?page=***&token=***');
  });

  it('takes another mask', async () => {
    expect((await recordWith({ mask: '' })).url).toBe('http://docs.test/things?page=&token=');
    expect((await recordWith({ mask: '$& [hidden]' })).url).toBe('http://docs.test/things?page=$& [hidden]&token=$& [hidden]');
  });
}); // biome-ignore format: a table

describe('redactUrl', () => {
  it.each([
    ['https://h.test/a/b', 'https://h.test/a/b'],
    ['https://h.test/a?', 'https://h.test/a'],
    ['https://h.test/a?b=1&c=2&b=3', 'https://h.test/a?b=***&c=***&b=***'],
    ['https://h.test/a?secret', 'https://h.test/a?***'],
    ['https://h.test/a?b=c=d?e', 'https://h.test/a?b=***'],
    ['https://h.test/a?ok=1&%6Fk=2&o+k=3', 'https://h.test/a?ok=1&%6Fk=2&o+k=***'],
    ['https://h.test/a?%ZZ=1', 'https://h.test/a?%ZZ=***'],
    ['https://h.test/a#secret', 'https://h.test/a'],
    ['https://h.test/a?b=1#c?d=2', 'https://h.test/a?b=***'],
    ['https://u:p@h.test/@scope/x@1', 'https://h.test/@scope/x@1'],
    ['https://u:p@q@h.test/', 'https://h.test/'],
    ['https://token@h.test', 'https://h.test'],
    ['https:u:p@h.test/', 'https:h.test/'],
    ['https:/u:p@h.test/', 'https:/h.test/'],
    ['https:///u:p@h.test/', 'https:///h.test/'],
    ['https:\\\\u:p@h.test\\a', 'https:\\\\h.test\\a'],
    ['ht\ntps:/\t/u:p@h.test/', 'https://h.test/'],
    ['  https://u:p@h.test/', 'https://h.test/'],
    ['\u0000https://u:p@h.test/', 'https://h.test/'],
    ['//u:p@h.test/', '//h.test/'],
    ['https://u:p/w@h.test/', 'https://h.test/'],
    ['https://u:p w@h.test/', 'https://h.test/'],
    ['/relative/@me?a=1', '/relative/@me?a=***'],
    ['', ''],
  ])('%j is %j', (url, safe) => {
    expect(redactUrl(url, { query: ['ok'] })).toBe(safe);
  });

  it('takes any text, and is one line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true, withFragments: true })), url => {
        const safe = redactUrl(url);
        expect(safe).not.toMatch(RAW);
        expect(safe.length).toBeLessThanOrEqual(2000);
      }),
    );
  });
}); // biome-ignore format: a table

describe('what a server says never reaches a line raw', () => {
  const HOSTILE: [string, string][] = [
    ['a colour', '\u001b[31mred\u001b[0m'],
    ['a title', '\u001b]0;title\u0007after'],
    ['a link', '\u001b]8;;http://evil.test\u001b\\click\u001b]8;;\u001b\\'],
    ['a C1 escape', '\u009b31mred\u009d0;x\u009c'],
    ['a forged line', 'ok\r\n{"level":"info","msg":"forged"}'],
    ['other line ends', 'a\u2028b\u2029c\u0085d\u000be'],
    ['text turned around', 'user\u202etxt.exe\u2066x'],
    ['hidden marks', 'a\u200bb\u00adc\ufeffd\u{e0041}'],
    ['controls', '\u0000\u0008\u007f'],
    ['half a character', '\ud83d alone \ude00'],
    ['a torn escape', '\u001b\u001b[0m[31m'],
  ];

  it.each(HOSTILE)('%s', async (_, text) => {
    const body = JSON.stringify({ error: { message: text, code: text, type: text, param: text, request_id: text } });
    const { error, records } = await call(() => new Response(body, { status: 503, headers: { 'content-type': 'application/json' } }));
    const said = [error.message, error.stack?.split('\n')[0], error.code, error.type, error.param, error.requestId];
    const logged = records.flatMap(record => Object.values(record));
    for (const each of [...said, ...logged]) if (typeof each === 'string') expect(each).not.toMatch(RAW);
    const plain = await toApiError(new Response(text, { status: 500 }));
    expect(plain.message).not.toMatch(RAW);
  });

  it('nor its headers and status text', async () => {
    const hostile = '\u009b31m \u0085 \u00ad';
    const answer = () => new Response('', { status: 500, statusText: hostile, headers: { 'x-request-id': hostile, 'x-region': hostile } });
    const { error, records } = await call(answer, { redact: { headers: ['x-region'] } });
    expect(error.message).not.toMatch(RAW);
    expect(error.requestId ?? '').not.toMatch(RAW);
    expect(JSON.stringify(records)).not.toMatch(RAW);
  });

  it('nor what a caller put into method, URL and key', async () => {
    const records: LogRecord[] = [];
    const fetch = createFetch({ retry: 0, log: record => void records.push(record), fetch: async () => new Response('', { status: 400 }) });
    await fetch('http://docs.test/a\u001b[31m\r\nb?c=d', { method: 'PO\u001b[31mST\nx', headers: { 'idempotency-key': '0123456789ab\u0085\u009b\u00ad\u0080' } });
    expect(records).toHaveLength(1);
    for (const each of Object.values(records[0]!)) if (typeof each === 'string') expect(each).not.toMatch(RAW);
  });

  it('is cut, whole characters only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 1, max: 40 }), (text, max) => {
        const line = clean(text, max);
        expect(line).not.toMatch(RAW);
        expect(line.isWellFormed()).toBe(true);
        expect(line.length).toBeLessThanOrEqual(max);
      }),
      { numRuns: 1000 },
    );
    expect(clean('😀'.repeat(400), 300)).toMatch(/^(😀)+\ufffd?…$/u);
    expect(clean('a'.repeat(1e7))).toBe(`${'a'.repeat(299)}…`);
  });

  it('is long, and cut, in every member', async () => {
    const long = 'y'.repeat(1e5);
    const body = JSON.stringify({ error: { message: long, code: long, type: long, param: long, request_id: long } });
    const { error } = await call(() => new Response(body, { status: 400, headers: { 'content-type': 'application/json' } }));
    expect(error.message.length).toBeLessThan(600);
    for (const each of [error.code, error.type, error.param, error.requestId]) expect(each).toHaveLength(100);
  });

  it('pollutes nothing', async () => {
    const body = '{"__proto__":{"polluted":1,"message":"x"},"constructor":{"prototype":{"polluted":1}},"error":{"__proto__":{"code":"x","polluted":1}}}';
    const answer = () => new Response(body, { status: 400, headers: { 'content-type': 'application/json', __proto__: 'x', constructor: 'y' } as HeadersInit });
    const { error, records } = await call(answer, { redact: { headers: ['__proto__', 'constructor'], query: ['__proto__'] } });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(records[0])).toBe(Object.prototype);
    expect(Object.getPrototypeOf(records[0]?.headers)).toBe(Object.prototype);
    expect({ ...error }).not.toHaveProperty('polluted');
    expect(error.message).toBe('docs answered 400: no message');
  });
}); // biome-ignore format: a table
