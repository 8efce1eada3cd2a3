import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean } from '../src/errors/text.ts';
import {
  type ClientOptions,
  createClient,
  createFetch,
  type FetchOptions,
  isApiError,
  toApiError,
} from '../src/index.ts';
import { type LogOptions, type LogRecord, log, type RedactOptions } from '../src/log/index.ts';
import { redactUrl } from '../src/log/redact.ts';

/** What must never reach a line raw: controls, escapes, marks that turn or hide text, halves of characters. */
const RAW = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const URL_ = 'http://docs.test/things?page=2&token=s3cret';

/** The records and the error of a call that gets this answer until it gives up. */
const call = async (answer: () => Response, options: LogOptions = {}, init: object = {}, more: ClientOptions = {}) => {
  const records: LogRecord[] = [];
  const client = createClient({
    service: 'docs',
    retry: { limit: 1, backoff: () => 1 },
    use: [log(record => void records.push(record), options)],
    fetch: async () => answer(),
    ...more,
  });
  const error = await client(URL_, init).catch((thrown: unknown) => thrown);
  if (!isApiError(error)) throw error;
  return { records, error };
};

describe('a record', () => {
  it('says what happened, and nothing else', async () => {
    const body = '{"message":"busy","error_code":"BUSY"}';
    const headers = { 'content-type': 'application/json', 'retry-after-ms': '1', 'x-request-id': 'req_1' };
    const { records } = await call(
      () => new Response(body, { status: 503, headers }),
      {},
      { method: 'post', headers: { 'idempotency-key': 'key_12345678' } },
    );
    const shared = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'docs',
      method: 'POST',
      url: 'http://docs.test/things?page=***&token=***',
      status: 503,
      kind: 'server',
      requestId: 'req_1',
      durationMs: expect.any(Number),
      idempotencyKey: '5678',
    };
    const wait = { delayMs: expect.any(Number), delayFrom: 'server' };
    expect(records).toEqual([
      { ...shared, ...wait, level: 'warn', event: 'retry', attempt: 1, attempts: 1 },
      {
        ...shared,
        // The body of an error is read where the call ends in it.
        code: 'BUSY',
        level: 'error',
        event: 'failed',
        attempt: 2,
        attempts: 2,
        stopped: 'limit',
        delivery: 'unknown',
        history: [
          { kind: 'server', status: 503, ...wait },
          { kind: 'server', status: 503 },
        ],
      },
    ]);
  });

  it('never shows the whole of a key', async () => {
    const { records } = await call(
      () => new Response('', { status: 400 }),
      {},
      { method: 'post', headers: { 'idempotency-key': 'abcd' } },
    );
    expect(records[0]).not.toHaveProperty('idempotencyKey');
  });
});

describe('kind', () => {
  const recordOf = async (status: number, body = '', headers: HeadersInit = {}) =>
    await call(() => new Response(body, { status, headers }));

  it.each(Array.from({ length: 200 }, (_, index) => 400 + index))('of a %i is the error’s own', async status => {
    const { records, error } = await recordOf(status);
    expect(records.at(-1)?.kind).toBe(error.kind);
    expect(records.at(-1)?.history?.at(-1)?.kind).toBe(error.kind);
  });

  it.each([
    [400, 'idempotency_error', 'conflict'],
    [429, 'insufficient_quota', 'quota'],
    [400, 'THROTTLING', 'rate_limit'],
    [404, 'INTERNAL', 'server'],
  ])('of a %i whose code is %s is the error’s: %s', async (status, code, kind) => {
    const body = JSON.stringify({ error: { code, message: 'x' } });
    const { records, error } = await recordOf(status, body, { 'content-type': 'application/json' });
    expect(error.kind).toBe(kind);
    expect(records.at(-1)?.kind).toBe(kind);
  });

  const recordsOf = async (options: FetchOptions, init?: RequestInit) => {
    const records: LogRecord[] = [];
    const use = [log(record => void records.push(record))];
    const fetch = createFetch({ retry: { limit: 1, backoff: () => 1 }, use, ...options });
    await fetch(URL_, init).catch(() => {});
    return records.map(({ event, kind, level }) => [event, kind, level]);
  };
  const answers =
    (...statuses: number[]) =>
    async () =>
      new Response('', { status: statuses.shift()! });
  const failure = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });

  it('and level say what happened, of every event', async () => {
    expect(await recordsOf({ fetch: answers(429, 200) })).toEqual([
      ['retry', 'rate_limit', 'warn'],
      ['recovered', 'success', 'info'],
    ]);
    expect(await recordsOf({ fetch: answers(500, 429) })).toEqual([
      ['retry', 'server', 'warn'],
      ['failed', 'rate_limit', 'error'],
    ]);
    expect(await recordsOf({ fetch: answers(404) })).toEqual([['failed', 'not_found', 'warn']]);
    expect(await recordsOf({ fetch: () => Promise.reject(failure) })).toEqual([
      ['retry', 'network', 'warn'],
      ['failed', 'network', 'error'],
    ]);
    expect(await recordsOf({ fetch: () => new Promise(() => {}), timeout: 5, retry: 0 })).toEqual([
      ['failed', 'timeout', 'error'],
    ]);
    expect(await recordsOf({ fetch: () => Promise.reject(new Error('mine')) })).toEqual([
      ['failed', 'thrown', 'error'],
    ]);
    expect(await recordsOf({}, { method: 'bad method' })).toEqual([['failed', 'invalid', 'error']]);
    expect(await recordsOf({}, { signal: AbortSignal.abort() })).toEqual([]);
    expect(await recordsOf({ fetch: answers(200) })).toEqual([]);
  });

  it('is by the class where the status says nothing: an answer that `classify` makes a failure', async () => {
    const classify = () => 'throttled' as const;
    expect(await recordsOf({ fetch: answers(202, 202), retry: { limit: 1, backoff: () => 1, classify } })).toEqual([
      ['retry', 'rate_limit', 'warn'],
      ['failed', 'rate_limit', 'error'],
    ]);
  });
});

describe('requestId', () => {
  const idOf = async (id: string, init: RequestInit = {}, url = URL_) => {
    const records: LogRecord[] = [];
    const fetch = createFetch({
      retry: { limit: 1, backoff: () => 1 },
      use: [
        log(record => void records.push(record)),
        {
          name: 'stamp',
          around: ({ headers }, send) => {
            headers.set('x-stamped', 'stamped-s3cret');
            return send();
          },
        },
      ],
      fetch: async () => new Response('', { status: 503, headers: { 'x-request-id': id } }),
    });
    await fetch(url, init);
    expect(records.map(({ event }) => event)).toEqual(['retry', 'failed']);
    expect(records[0]!.requestId).toBe(records[1]!.requestId);
    return records[0]!.requestId;
  };

  it.each([
    'req_1',
    '7f3c9a2b-1111-4222-8333-944445555666',
    'fra1::iad1::abcde-1700000000000-0123456789ab',
    'Root=1-67891233-abcdef01',
  ])('is %s', async id => expect(await idOf(id, { headers: { authorization: 'Bearer s3cret-s3cret' } })).toBe(id));

  it.each<[string, string, RequestInit?, string?]>([
    ['a header', 'Bearer s3cret-s3cret', { headers: { authorization: 'Bearer s3cret-s3cret' } }],
    ['a token', 'S3CRET-s3cret', { headers: { authorization: 'Bearer s3cret-s3cret' } }],
    ['eight characters of one', 'id-cret-s3cr-1', { headers: { cookie: 'sid=s3cret-s3cret' } }],
    ['what an extension stamped', 'stamped-s3cret'],
    ['a value of the query', 's3cret-s3cret', {}, `${URL_}&key=s3cret-s3cret`],
    ['what may be escaped', 's3cr%65t-s3cr%65t', {}, `${URL_}&key=s3cret-s3cret`],
    ['userinfo', 'user:s3cret', {}, 'http://user:s3cret@docs.test/'],
  ])('that says %s of our own request back is none', async (_, id, init, url) => {
    expect(await idOf(id, init, url)).toBeUndefined();
  });
});

describe('history', () => {
  it('of a call that recovered is that of one that failed', async () => {
    const historyOf = async (last: number) => {
      const records: LogRecord[] = [];
      const statuses = [503, 429, last];
      const fetch = createFetch({
        retry: { limit: 2, backoff: () => 1 },
        use: [log(record => void records.push(record))],
        fetch: async () => new Response('', { status: statuses.shift()! }),
      });
      await fetch(URL_, { method: 'PUT', body: 'x' });
      return records.at(-1)!;
    };
    const past = [
      { kind: 'server', status: 503, delayMs: 1, delayFrom: 'backoff' },
      { kind: 'rate_limit', status: 429, delayMs: 1, delayFrom: 'backoff' },
    ];
    expect(await historyOf(200)).toMatchObject({
      event: 'recovered',
      delivery: 'accepted',
      history: [...past, { kind: 'success', status: 200 }],
    });
    expect(await historyOf(500)).toMatchObject({
      event: 'failed',
      delivery: 'unknown',
      history: [...past, { kind: 'server', status: 500 }],
    });
  });

  it('is the record’s own: nobody changes the call by it', async () => {
    const statuses = [503, 503, 200];
    const seen: number[] = [];
    const fetch = createFetch({
      retry: { limit: 2, backoff: () => 1 },
      use: [
        log(record => Object.assign(record.history?.[0] ?? {}, { status: 0 })),
        {
          name: 'watch',
          on: event => void (event.type === 'end' && seen.push(...event.call.history.map(({ status }) => status!))),
        },
      ],
      fetch: async () => new Response('', { status: statuses.shift()! }),
    });
    await fetch(URL_);
    expect(seen).toEqual([503, 503, 200]);
  });
});

describe('level', () => {
  const answer = () => new Response('', { status: 404 });
  it.each([
    ['what it says', () => 'info', 'info'],
    ['nothing', () => undefined, 'warn'],
    ['what is no level', () => 'debug', 'warn'],
  ])('%s', async (_, level, expected) => {
    const { records } = await call(answer, { level: level as NonNullable<LogOptions['level']> });
    expect(records[0]?.level).toBe(expected);
  });

  it('is told the record, with the level that it would have', async () => {
    const told: LogRecord[] = [];
    const { records } = await call(answer, { level: record => void told.push(record) as undefined });
    expect(told).toEqual(records);
  });
});

describe('fields', () => {
  it('go beside the record, without time and level; by default they are its own', async () => {
    const written: [LogRecord, object][] = [];
    const write = (record: LogRecord, fields: object) => void written.push([record, fields]);
    const fetch = async () => new Response('', { status: 404 });
    const {
      time: _,
      level: __,
      ...own
    } = await call(fetch as never, {}, {}, { use: [log(write)], fetch }).then(() => written[0]![0]);
    expect(written[0]![1]).toEqual(own);
    const fields = ({ level, status, ...rest }: LogRecord) => ({
      ...rest,
      severity: level,
      http: { status },
      time: 'mine',
      level: 'mine',
    });
    await createFetch({ use: [log(write, { fields, level: () => 'info' })], fetch })(URL_);
    expect(written[1]![0]).toMatchObject({ level: 'info', status: 404 });
    expect(written[1]![1]).toMatchObject({ severity: 'info', http: { status: 404 }, event: 'failed' });
    for (const name of ['time', 'level', 'status']) expect(written[1]![1]).not.toHaveProperty(name);
  });
});

describe('redact', () => {
  const answer = () =>
    new Response('', { status: 400, headers: { 'x-region': 'north', 'x-secret': 'no', 'set-cookie': 'sid=no' } });
  const recordWith = async (redact: RedactOptions) => (await call(answer, { redact })).records[0]!;

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

  it('masks what it names in the path, wherever it stands there, and nowhere else', async () => {
    const url = 'https://bot1.test/bot12:AB/x/BOT34:CD?bot=bot12:AB';
    const shown = (...path: RegExp[]) => redactUrl(url, { path, query: ['bot'] });
    expect(shown(/bot\d+:\w+/i)).toBe('https://bot1.test/***/x/***?bot=bot12:AB');
    expect(shown(/bot\d+:\w+/gi)).toBe('https://bot1.test/***/x/***?bot=bot12:AB');
    expect(shown(/bot\d+:\w+/)).toBe('https://bot1.test/***/x/BOT34:CD?bot=bot12:AB');
    expect(shown(/^\/[^/]+/, /[A-Z]+34/)).toBe('https://bot1.test***/x/***:CD?bot=bot12:AB');
    expect(shown(/bot1/, /(A)(B)/)).toBe('https://bot1.test/***2:***/x/BOT34:CD?bot=bot12:AB');
    const global = /AB/g;
    global.lastIndex = 99;
    expect(shown(global)).toContain('/bot12:***/');
    expect(global.lastIndex).toBe(99);
    expect((await recordWith({ path: [/th/], mask: '$&' })).url).toBe('http://docs.test/$&ings?page=$&&token=$&');
  });

  it.each([
    ['//h.test/th/th', '//h.test/***/***'],
    ['/th', '/***'],
    ['th', '***'],
    ['https:\\\\th.test\\th', 'https:\\\\th.test\\***'],
    ['https://u:th@th.test/th#th', 'https://th.test/***'],
  ])('masks the path of %j', (url, safe) => {
    expect(redactUrl(url, { path: [/th/] })).toBe(safe);
  });

  it('takes another mask', async () => {
    expect((await recordWith({ mask: '' })).url).toBe('http://docs.test/things?page=&token=');
    expect((await recordWith({ mask: '$& [hidden]' })).url).toBe(
      'http://docs.test/things?page=$& [hidden]&token=$& [hidden]',
    );
  });
});

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
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true, withFragments: true })),
        url => {
          const safe = redactUrl(url);
          expect(safe).not.toMatch(RAW);
          expect(safe.length).toBeLessThanOrEqual(2000);
        },
      ),
    );
  });
});

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
    const { error, records } = await call(
      () => new Response(body, { status: 503, headers: { 'content-type': 'application/json' } }),
    );
    const said = [error.message, error.stack?.split('\n')[0], error.code, error.type, error.param, error.requestId];
    const logged = records.flatMap(record => Object.values(record));
    for (const each of [...said, ...logged]) if (typeof each === 'string') expect(each).not.toMatch(RAW);
    const plain = await toApiError(new Response(text, { status: 500 }));
    expect(plain.message).not.toMatch(RAW);
  });

  it('nor its headers and status text', async () => {
    const hostile = '\u009b31m \u0085 \u00ad';
    const answer = () =>
      new Response('', { status: 500, statusText: hostile, headers: { 'x-request-id': hostile, 'x-region': hostile } });
    const { error, records } = await call(answer, { redact: { headers: ['x-region'] } });
    expect(error.message).not.toMatch(RAW);
    expect(error.requestId ?? '').not.toMatch(RAW);
    expect(JSON.stringify(records)).not.toMatch(RAW);
  });

  it('nor what a caller put into method, URL and key', async () => {
    const records: LogRecord[] = [];
    const fetch = createFetch({
      retry: 0,
      use: [log(record => void records.push(record))],
      fetch: async () => new Response('', { status: 400 }),
    });
    await fetch('http://docs.test/a\u001b[31m\r\nb?c=d', {
      method: 'PO\u001b[31mST\nx',
      headers: { 'idempotency-key': '0123456789ab\u0085\u009b\u00ad\u0080' },
    });
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
    const { error } = await call(
      () => new Response(body, { status: 400, headers: { 'content-type': 'application/json' } }),
    );
    expect(error.message.length).toBeLessThan(600);
    for (const each of [error.code, error.type, error.param, error.requestId]) expect(each).toHaveLength(100);
  });

  it('pollutes nothing', async () => {
    const body =
      '{"__proto__":{"polluted":1,"message":"x"},"constructor":{"prototype":{"polluted":1}},"error":{"__proto__":{"code":"x","polluted":1}}}';
    const answer = () =>
      new Response(body, {
        status: 400,
        headers: { 'content-type': 'application/json', __proto__: 'x', constructor: 'y' } as HeadersInit,
      });
    const { error, records } = await call(answer, {
      redact: { headers: ['__proto__', 'constructor'], query: ['__proto__'] },
    });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(records[0])).toBe(Object.prototype);
    expect(Object.getPrototypeOf(records[0]?.headers)).toBe(Object.prototype);
    expect({ ...error }).not.toHaveProperty('polluted');
    expect(error.message).toBe('docs answered 400: no message');
  });
});
