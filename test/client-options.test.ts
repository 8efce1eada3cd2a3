import { replaceOption } from 'ky';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { type ClientError, type ClientOptions, createClient } from '../src/index.ts';
import { logbook, quick } from './support/logbook.ts';
import { serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);
afterEach(() => vi.restoreAllMocks());

const client = (options: ClientOptions = {}) => {
  const { retry } = options;
  const group =
    retry === undefined || (typeof retry === 'object' && retry?.constructor === Object)
      ? { ...quick, ...retry }
      : retry;
  return createClient({ prefix: server.origin, ...options, retry: group });
};

/** The error that a call ends in. */
const failing = (call: Promise<unknown>): Promise<ClientError> =>
  call.then(
    () => Promise.reject(new Error('the call did not fail')),
    error => error,
  );

describe('options of ours, per call and in extend', () => {
  test.each<[string, ClientOptions, number]>([
    ['retry: 0', { retry: 0 }, 1],
    ['retry: 1 keeps the backoff', { retry: 1 }, 2],
    ['retry: { limit }', { retry: { limit: 3 } }, 4],
    ['retry.classify', { retry: { classify: () => 'client-error' } }, 1],
    ['nothing', {}, 3],
  ])('%s', async (_, options, attempts) => {
    for (const send of [
      client().get('a', options),
      client().extend(options).get('a'),
      client()
        .extend(() => options)
        .get('a'),
    ]) {
      server.script(status(503));
      expect((await failing(send)).attempts).toBe(attempts);
    }
  });

  test('use and errors are appended; service and idempotency are taken', async () => {
    const seen: string[] = [];
    const watch = (name: string) => ({ name, on: ({ type }: { type: string }) => void seen.push(`${name} ${type}`) });
    const book = logbook();
    const format = (name: string, code: string) => ({ name, parse: () => ({ code }) });
    const api = client({ use: [watch('a')], errors: [format('a', 'A')], service: 'one' }).extend({
      use: [watch('b')],
      errors: [format('b', 'B')],
      service: 'two',
    });
    server.script(status(400));
    const error = await failing(api.post('x', { use: [watch('c'), book.log], idempotency: false }));
    expect(error).toMatchObject({ service: 'two', code: 'A', idempotencyKey: undefined });
    expect(seen).toEqual(['a attempt', 'b attempt', 'c attempt', 'a end', 'b end', 'c end']);
    expect(book.records).toMatchObject([{ event: 'failed', service: 'two' }]);
  });

  test('the platform does not see them', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response());
    const ours = { service: 's', idempotency: {}, use: [], errors: [], runtime: {} };
    await createClient({ ...ours, dispatcher: 'd' } as ClientOptions)('http://x.test/');
    await createClient()('http://x.test/', ours);
    const seen = fetch.mock.calls.map(([, init]) => Object.keys(init ?? {}).filter(name => name !== 'signal'));
    expect(seen).toEqual([['dispatcher'], []]);
  });

  test.each<[string, unknown]>([
    ['retry', { retry: { limits: 3 } }],
    ['retry', { retry: -1 }],
    ['retry', { retry: null }],
    ['service', { service: 1 }],
    ['timeout', { timeout: 2 ** 31 }],
    ['idempotency', { idempotency: { header: 'a b' } }],
    ['errors', { errors: ['a'] }],
    ['errors', { errors: { name: 'a' } }],
    ['log', { log: () => {} }],
    ['retry.statusCodes` is no option here: use `retry.classify`', { retry: { statusCodes: 503 } }],
    ['retry.methods` is no option here', { retry: { methods: 'get' } }],
    ['retry.backoff', { retry: { delay: () => 1 } }],
    ['retry.backoff', { retry: { jitter: true } }],
    ['retry.backoff', { retry: { backoffLimit: 1 } }],
    ['retry.maxRetryAfterMs', { retry: { maxRetryAfter: 1 } }],
    ['retry.retryAfter', { retry: { afterStatusCodes: [503] } }],
    ['retry.classify', { retry: { shouldRetry: () => true } }],
    ['retry.classify', { retry: { retryOnTimeout: true } }],
    ['retry.delay` is no option here', { retry: replaceOption({ delay: () => 1 }) }],
    ['hooks.beforeRetry` is no option here: use', { hooks: { beforeRetry: [() => {}] } }],
    ['hooks.beforeRetry', { hooks: replaceOption({ beforeRetry: [() => {}] }) }],
  ])('what is wrong is refused by name when made, in extend and per call: %s', async (name, options) => {
    server.script();
    const wrong = options as ClientOptions;
    for (const make of [() => createClient(wrong), () => client().extend(wrong), () => client().extend(() => wrong)])
      expect(make).toThrow(name);
    const opened = client({ hooks: { init: [merged => void Object.assign(merged, wrong)] } });
    for (const call of [() => client().get('a', wrong), () => client()('a', wrong), () => opened.get('a')]) {
      await expect(call()).rejects.toThrow(name);
      await expect(call().json()).rejects.toThrow(name);
      await expect(call().formData()).rejects.toThrow(name);
    }
    expect(server.seen).toEqual([]);
  });

  test('what is refused leaves no rejection that nobody handles, and what nobody handles is reported', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
    const wrong = { retry: -1 };
    await client()
      .get('a', wrong)
      .json()
      .catch(() => {});
    server.script(status(404));
    await client()
      .get('a')
      .json()
      .catch(() => {});
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
    void client().get('a', wrong);
    await new Promise(setImmediate);
    expect(unhandled).toHaveLength(1);
    process.off('unhandledRejection', note);
    for (const other of others) process.on('unhandledRejection', other);
  });

  test.each<[string, ClientOptions]>([
    ['an empty list', { hooks: { beforeRetry: [] } }],
    ['undefined', { hooks: { beforeRetry: undefined as never } }],
  ])('a hooks.beforeRetry that is none passes: %s', async (_, options) => {
    server.script();
    expect(await client(options).get('a', options).text()).toBe('ok');
  });

  test.each<[string, ClientOptions]>([
    ['totalTimeout: 0', { totalTimeout: 0 }],
    ['timeout: 0.4', { timeout: 0.4, retry: 0 }],
    ['timeout: 0', { timeout: 0, retry: 0 }],
  ])('a time that is over ends the call with the timeout error: %s', async (_, options) => {
    server.script({ ending: 'stall' });
    for (const call of [client(options).get('a'), client().get('a', options), client(options).get('a').text()])
      await expect(call).rejects.toMatchObject({
        kind: 'timeout',
        stopped: options.totalTimeout === 0 ? 'deadline' : 'limit',
      });
  });

  test('options are merged as ky merges them, and replaced where it is said', async () => {
    server.script(status(503));
    const api = client({ retry: { limit: 1, classify: () => 'client-error' } });
    const attempts = async (options: ClientOptions) => (await failing(api.get('a', options))).attempts;
    expect(await attempts({ retry: { limit: 3 } })).toBe(1);
    expect(await attempts({ retry: replaceOption({ limit: 1, ...quick }) as never })).toBe(2);
    expect(await attempts({ retry: replaceOption(0) as never })).toBe(1);
  });

  test('one policy per merged options: a call resolves none', async () => {
    server.script();
    const methods = vi.fn(() => ['POST']);
    const idempotency = Object.defineProperty({}, 'methods', { enumerable: true, get: methods });
    const api = client({ idempotency });
    const made = methods.mock.calls.length;
    await api.post('a', { json: 1, headers: { a: '1' }, searchParams: { b: 1 } });
    await api.get('a');
    expect(methods.mock.calls.length).toBe(made);
  });
});
