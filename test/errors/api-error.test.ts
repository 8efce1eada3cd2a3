import { runInNewContext } from 'node:vm';
import { HTTPError, isHTTPError, isKyError, isNetworkError, isTimeoutError, NetworkError, TimeoutError } from 'ky';
import { match } from 'ts-pattern';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { selects, verdictOf } from '../../src/errors/format.ts';
import * as errors from '../../src/index.ts';
import { type ClientError, type ClientOptions, createClient, defineErrorFormat, isApiError } from '../../src/index.ts';
import { STATUSES } from '../fixtures/error-bodies.ts';

const URL_ = 'http://docs.test/things';
const QUICK = { limit: 2, backoff: () => 1 };

/** What a client throws that gets these answers, or failures, one an attempt. */
const thrown = async (
  outcomes: readonly (() => Response | Promise<Response>)[],
  { retry = QUICK, ...options }: ClientOptions = {},
  send = { method: 'post', headers: { 'Idempotency-Key': 'key-of-this-call' } },
): Promise<ClientError> => {
  let attempts = 0;
  const fetch = async () => outcomes[Math.min(attempts++, outcomes.length - 1)]!();
  const client = createClient({ service: 'docs', retry, fetch, ...options });
  const error = await client(URL_, send).catch((reason: unknown) => reason);
  if (!isApiError(error)) throw error;
  return error;
};

const json =
  (status: number, body: unknown, headers = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const failure = (cause: object) => () =>
  Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), cause) }));
const stall = () => new Promise<Response>(() => {});

afterEach(() => void vi.useRealTimers());

describe('what an error says', () => {
  const limited = {
    error: {
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message: 'Too many requests',
      request_id: 'req_1a2b',
    },
  };
  const slow = () => {
    let now = 0;
    return { now: () => (now += 1366.7) };
  };

  it.each<[string, Promise<ClientError>, string | RegExp]>([
    [
      'all of it',
      thrown([json(429, limited), json(429, limited), json(429, limited, { 'retry-after': '3600' })], { runtime: slow() }),
      /^docs answered 429 rate_limit_exceeded: Too many requests \(req_1a2b\), gave up after 3 attempts in \d+\.\d s: limit$/,
    ],
    ['an answer that is final', thrown([json(404, { message: 'No such thing' })]), 'docs answered 404: No such thing'],
    ['too long a wait', thrown([json(429, limited, { 'retry-after': '3600' })]), 'docs answered 429 rate_limit_exceeded: Too many requests (req_1a2b), not retried: retry-after'],
    ['a veto', thrown([json(503, {}, { 'x-should-retry': 'false' })]), 'docs answered 503: no message, not retried: vetoed'],
    ['no retries wanted', thrown([json(503, {})], { retry: 0 }), 'docs answered 503: no message'],
    ['a final answer after retries', thrown([json(503, {}), json(403, { message: 'No' })]), /^docs answered 403: No, after 2 attempts in \d+ ms$/],
    ['a status text', thrown([() => new Response('', { status: 502, statusText: 'Bad Gateway' })], { retry: 0 }), 'docs answered 502: Bad Gateway'],
    ['no connection', thrown([failure({ code: 'ECONNREFUSED' })]), /^docs did not answer: ECONNREFUSED, gave up after 3 attempts in \d+ ms: limit$/],
    ['no code, but words', thrown([failure({ message: 'bad port' })], { retry: 0 }), 'docs did not answer: bad port'],
    ['words with a URL in them', thrown([failure({ message: 'no way to https://u:p@x.test/a?b=secret' })], { retry: 0 }), 'docs did not answer: no way to https://x.test/a?b=***'],
    ['neither code nor words', thrown([failure({ message: '' })], { retry: 0 }), 'docs did not answer: TypeError'],
    ['no service named', thrown([json(404, {})], { service: undefined }), 'docs.test answered 404: no message'],
    ['a timeout', thrown([stall], { timeout: 5, retry: 0 }), 'docs did not answer in time'],
  ])('%s', async (_, error, message) => {
    expect((await error).message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  }); // biome-ignore format: a table

  it('has every member, all but the key enumerable', async () => {
    vi.useFakeTimers({ now: Date.UTC(2030, 0, 1), toFake: ['Date'] });
    const body = { error: { ...limited.error, param: 'name' } };
    const error = await thrown([json(429, body, { 'retry-after': '3600', 'x-request-id': 'in-header' })]);
    expect({ ...error }).toEqual({
      kind: 'rate_limit',
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'rate_limit_error',
      param: 'name',
      requestId: 'req_1a2b',
      retryAt: new Date('2030-01-01T01:00:00Z'),
      service: 'docs',
      attempts: 1,
      stopped: 'retry-after',
      delivery: 'rejected',
    });
    expect(error.toJSON()).toEqual({ ...error, name: 'RateLimitError', message: error.message });
    expect(error.idempotencyKey).toBe('key-of-this-call');
    expect(Object.keys(error)).not.toContain('idempotencyKey');
    if (!isApiError(error, 'rate_limit')) throw error;
    expect(error.response.status).toBe(429);
    expect(error.request.url).toBe(URL_);
    expect(error.options).toBeTypeOf('object');
    expect(error.data).toEqual(body);
  });

  it('has no date that is none', async () => {
    const error = await thrown([json(429, {}, { 'retry-after': '9'.repeat(400) })]);
    expect(error.retryAt).toBeUndefined();
    expect(error.stopped).toBe('retry-after');
  });

  it('keeps the frames of the stack below a header of its own', async () => {
    for (const error of await Promise.all([
      thrown([json(404, {})]),
      thrown([failure({})], { retry: 0 }),
      thrown([stall], { timeout: 5, retry: 0 }),
    ])) {
      const [header, ...frames] = error.stack!.split('\n');
      expect(header).toBe(`${error.name}: ${error.message}`);
      expect(header).toBe(String(error));
      expect(frames[0]).toMatch(/^ +at /);
      expect(error.stack).not.toContain(URL_);
    }
  });

  it('keeps a stack that holds no message, as some engines make it', async () => {
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = () => 'frame@file:1:2';
    try {
      expect((await thrown([json(404, {})])).stack).toBe(
        'NotFoundError: docs answered 404: no message\nframe@file:1:2',
      );
    } finally {
      if (prepareStackTrace) Error.prepareStackTrace = prepareStackTrace;
      else Reflect.deleteProperty(Error, 'prepareStackTrace');
    }
  });
});

const CLASSES = [
  'InvalidRequestError', 'AuthenticationError', 'QuotaError', 'PermissionError', 'NotFoundError', 'ConflictError', 'RateLimitError',
  'ServerError', 'ApiNetworkError', 'ApiTimeoutError',
]; // biome-ignore format: a list

describe('classes', () => {
  it.each(STATUSES)('%i has the class of its kind, and is an HTTPError of ky', async (status, kind) => {
    const error = await thrown([json(status, {})], { retry: 0 });
    const name = match(error)
      .with({ kind: 'invalid_request' }, () => 'InvalidRequestError' as const)
      .with({ kind: 'authentication' }, () => 'AuthenticationError' as const)
      .with({ kind: 'quota' }, () => 'QuotaError' as const)
      .with({ kind: 'permission' }, () => 'PermissionError' as const)
      .with({ kind: 'not_found' }, () => 'NotFoundError' as const)
      .with({ kind: 'conflict' }, () => 'ConflictError' as const)
      .with({ kind: 'rate_limit' }, () => 'RateLimitError' as const)
      .with({ kind: 'server' }, () => 'ServerError' as const)
      .with({ kind: 'network' }, () => 'ApiNetworkError' as const)
      .with({ kind: 'timeout' }, () => 'ApiTimeoutError' as const)
      .exhaustive();
    expect(error.kind).toBe(kind);
    expect(error.name).toBe(name);
    expect(error.constructor.name).toBe(name);
    for (const other of CLASSES) expect([other, error instanceof Reflect.get(errors, other)]).toEqual([other, other === name]);
    expect(error).toBeInstanceOf(errors.ApiError);
    expect(error).toBeInstanceOf(HTTPError);
    expect([isHTTPError(error), isKyError(error), isNetworkError(error), isTimeoutError(error)]).toEqual([true, true, false, false]);
  });

  it('no answer is a NetworkError of ky, with a cause', async () => {
    const error = await thrown([failure({ code: 'ECONNRESET', syscall: 'read', cause: { name: 'Inner', message: 'deep', code: 'X' } })], { retry: 0 });
    expect(CLASSES.filter(name => error instanceof Reflect.get(errors, name))).toEqual(['ApiNetworkError']);
    expect(error).toBeInstanceOf(errors.ApiError);
    expect([error.name, error.constructor.name]).toEqual(['NetworkError', 'NetworkError']);
    expect(error).toBeInstanceOf(NetworkError);
    expect([isNetworkError(error), isKyError(error), isHTTPError(error)]).toEqual([true, true, false]);
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET', syscall: 'read', message: 'x', cause: { name: 'Inner', message: 'deep', code: 'X' } } });
    expect({ ...error }).toEqual({ kind: 'network', service: 'docs', attempts: 1, stopped: 'limit', delivery: 'unknown' });
    expect(error.request.url).toBe(URL_);
  });

  it('a cause may be several, endless, or broken', async () => {
    const circle = new Error('round');
    circle.cause = circle;
    const several = new AggregateError([new Error('a'), 'text', circle], 'all failed');
    const error = await thrown([failure({ errors: [several], cause: circle })], { retry: 0 });
    expect(error.cause).toMatchObject({ cause: { errors: [{ message: 'all failed', errors: [{ message: 'a' }, undefined, { message: 'round' }] }] } });
    const broken = Object.defineProperty(new TypeError('fetch failed'), 'cause', { get: () => { throw new Error('getter'); } });
    expect(await thrown([() => Promise.reject(broken)], { retry: 0 })).toMatchObject({ kind: 'network' });
  });

  it('no answer in time is a TimeoutError of ky', async () => {
    const error = await thrown([stall], { timeout: 5, retry: 0 });
    expect(CLASSES.filter(name => error instanceof Reflect.get(errors, name))).toEqual(['ApiTimeoutError']);
    expect(error).toBeInstanceOf(errors.ApiError);
    expect([error.name, error.constructor.name]).toEqual(['TimeoutError', 'TimeoutError']);
    expect(error).toBeInstanceOf(TimeoutError);
    expect([isTimeoutError(error), isKyError(error), isHTTPError(error)]).toEqual([true, true, false]);
    expect({ ...error, attempts: 1 }).toEqual({ kind: 'timeout', service: 'docs', attempts: 1, stopped: 'limit', delivery: 'unknown' });
  });
}); // biome-ignore format: long facts

describe('instanceof', () => {
  it('is none for what is not ours', () => {
    for (const other of [null, undefined, 'x', new Error('x'), new HTTPError(new Response(), new Request(URL_), {} as HTTPError['options'])]) {
      for (const name of ['ApiError', ...CLASSES]) expect(other instanceof Reflect.get(errors, name)).toBe(false);
    }
  });

  it('holds across realms', async () => {
    const error = await thrown([json(429, {})], { retry: 0 });
    const Foreign = runInNewContext('Object');
    const other = Object.defineProperty(new Foreign(), Symbol.for('holdfast.ApiError'), { value: true });
    other.kind = error.kind;
    expect([other instanceof Object, other instanceof errors.RateLimitError, other instanceof errors.ServerError]).toEqual([false, true, false]);
  });

  it('leaves a class of your own to itself', async () => {
    class Own extends (errors.RateLimitError as unknown as new (...args: unknown[]) => Error) {}
    const error: unknown = await thrown([json(429, {})], { retry: 0 });
    expect(error instanceof Own).toBe(false);
    const own = new Own(new Response('', { status: 429 }), new Request(URL_), {});
    expect([own instanceof Own, own instanceof HTTPError]).toEqual([true, true]);
  });
}); // biome-ignore format: long facts

describe('what hides', () => {
  it('can still be replaced, and stays hidden', async () => {
    const error = await thrown([json(400, { message: 'No' })]);
    Object.assign(error, { data: 'mine', message: 'Mine' });
    expect([error.data, error.message]).toEqual(['mine', 'Mine']);
    expect(Object.keys(error)).not.toContain('data');
  });

  it('is there on every error, also where there is none', async () => {
    const error = await thrown([failure({ code: 'X' })], { retry: 0 });
    // On the union, without a cast.
    expect([error.data, error.response, error.request.url, error.status]).toEqual([undefined, undefined, URL_, undefined]);
  });
}); // biome-ignore format: long facts

describe('isApiError', () => {
  it('tells ours from any other, and kinds apart', async () => {
    const error: unknown = await thrown([json(429, {})], { retry: 0 });
    expect(isApiError(error)).toBe(true);
    expect(isApiError(error, 'rate_limit')).toBe(true);
    expect(isApiError(error, 'server')).toBe(false);
    const others = [
      null,
      undefined,
      'ApiError',
      new Error('x'),
      { kind: 'rate_limit' },
      Object.assign(new Error('x'), { kind: 'rate_limit' }),
    ];
    for (const other of others) expect(isApiError(other)).toBe(false);
  });

  it('works across two copies of the package', async () => {
    vi.resetModules();
    const copy = await import('../../src/index.ts');
    const client = copy.createClient({ retry: 0, fetch: async () => new Response('', { status: 429 }) });
    const error: unknown = await client.get(URL_).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(copy.RateLimitError);
    expect(error).toBeInstanceOf(errors.RateLimitError);
    expect(error).toBeInstanceOf(errors.ApiError);
    expect(error).not.toBeInstanceOf(errors.ServerError);
    expect(isApiError(error, 'rate_limit')).toBe(true);
    expect(createClient().isError(error)).toBe(true);
  });
});

describe('defineErrorFormat', () => {
  const docsErrors = defineErrorFormat({
    name: 'docs',
    codes: ['parameter_missing', 'quota_gone'],
    terminal: ['quota_gone'],
  });

  it.each([429, 500, 503])('a terminal code stops the retries of a %i', async status => {
    const seen: number[] = [];
    const outcome = (code: string) => () => {
      seen.push(status);
      return json(status, { error_code: code, message: 'm' })();
    };
    const error = await thrown([outcome('quota_gone')], { errors: [docsErrors] });
    expect(seen).toHaveLength(1);
    expect(error).toMatchObject({ code: 'quota_gone', stopped: 'vetoed', attempts: 1 });
    await thrown([outcome('other')], { errors: [docsErrors] });
    expect(seen).toHaveLength(4);
  });

  it('says which answers are to be read before a verdict, and what their codes mean to it', () => {
    const answer = (status: number, type = 'application/json') => ({ status, headers: new Headers({ 'content-type': type }) });
    const wants = (format: errors.ErrorFormat) =>
      [200, 400, 429, 500].filter(status => selects(format, answer(status)));
    expect(wants({ name: 'x', codes: ['a'] })).toEqual([]);
    expect(wants({ name: 'x', terminal: ['a'] })).toEqual([429, 500]);
    expect(wants({ name: 'x', retryable: ['a'] })).toEqual([400, 429, 500]);
    expect(wants({ name: 'x', retryable: ['a'], when: ({ status }) => status === 200 })).toEqual([200]);
    expect(wants({ name: 'x', retryable: ['a'], when: () => { throw new Error('broken'); } })).toEqual([]);
    expect(['application/problem+json', 'application/x-amz-json-1.0', 'application/xml', 'text/html', ''].map(type => selects({ name: 'x', terminal: ['a'] }, answer(500, type)))).toEqual([true, true, true, false, false]);

    const formats = [{ name: 'x', terminal: ['88', 'both'] }, null as unknown as errors.ErrorFormat, { name: 'y', retryable: ['Throttling', 'both'] }];
    expect(['88', 'Throttling', 'both', 'other', undefined].map(code => verdictOf({ code }, formats))).toEqual(['terminal', 'retryable', 'terminal', undefined, undefined]);
  }); // biome-ignore format: long facts

  it('hands back what it was given', () => {
    const format = { name: 'x', parse: () => undefined };
    expect(defineErrorFormat(format)).toBe(format);
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /`format.name` must be a name/],
    ['no name', {}, /`format.name` must be a name/],
    ['an empty name', { name: '' }, /`format.name` must be a name, got ""/],
    ['codes that are no list', { name: 'x', codes: 'a' }, /`format.codes` must be a list of strings, got "a"/],
    ['codes that are no texts', { name: 'x', codes: [7] }, /`format.codes` must be a list of strings/],
    [
      'terminal codes that are no texts',
      { name: 'x', terminal: [null] },
      /`format.terminal` must be a list of strings/,
    ],
    ['a parse that is no function', { name: 'x', parse: 'y' }, /`format.parse` must be a function, got "y"/],
    [
      'retryable codes that are no texts',
      { name: 'x', retryable: [7] },
      /`format.retryable` must be a list of strings/,
    ],
    ['a when that is no function', { name: 'x', when: 500 }, /`format.when` must be a function, got 500/],
    [
      'a name it has not',
      { name: 'x', terminals: [] },
      /`format.terminals` is no option here: use name, codes, terminal/,
    ],
  ])('refuses %s', (_, format, message) => {
    expect(() => defineErrorFormat(format as { name: string })).toThrow(message);
    expect(() => defineErrorFormat(format as { name: string })).toThrow(/^defineErrorFormat: /);
  });
});
