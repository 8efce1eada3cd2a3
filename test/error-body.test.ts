import { HTTPError } from 'ky';
import { afterAll, describe, expect, it, test, vi } from 'vitest';
import { dataOf, readText } from '../src/errors/body.ts';
import {
  type AnswerError,
  type ClientOptions,
  createClient,
  createFetch,
  isApiError,
  toApiError,
} from '../src/index.ts';
import { OK, type Step, serve } from './support/server.ts';

const server = await serve();
afterAll(server.close);

const json = { 'content-type': 'application/json' };
const MB = 1_048_576;

/** The error that a call ends in, with its data. */
const failing = async (options: ClientOptions = {}): Promise<AnswerError> => {
  const error: unknown = await createClient({ service: 'docs', retry: 0, ...options })(server.origin).catch(
    (reason: unknown) => reason,
  );
  if (!isApiError(error) || error.kind === 'network' || error.kind === 'timeout') throw error;
  return error;
};

/** The same of the drop-in's answer. */
const made = async (): Promise<AnswerError> =>
  toApiError(await createFetch({ service: 'docs', retry: 0 })(server.origin));

describe('a bound on a body', () => {
  const endless = () =>
    new ReadableStream<Uint8Array>({ pull: controller => controller.enqueue(new Uint8Array(65_536).fill(120)) });
  const stalling = (cancel = () => {}) =>
    new ReadableStream<Uint8Array>({ start: controller => controller.enqueue(new Uint8Array([120])), cancel });

  test('in bytes, to the byte', async () => {
    const cancelled = vi.fn();
    const stream = new ReadableStream<Uint8Array>({ pull: controller => controller.enqueue(new Uint8Array(65_537).fill(120)), cancel: cancelled });
    expect((await readText(new Response(stream), 60_000)).text.length).toBe(10 * MB);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test('in time, and the source is told', async () => {
    const cancelled = vi.fn();
    expect(await readText(new Response(stalling(cancelled)), 5)).toEqual({ text: 'x', late: true });
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test('of a broken one is what came', async () => {
    let sent = false;
    const broken = new ReadableStream<Uint8Array>({
      pull: controller => {
        if (sent) controller.error(new Error('broken'));
        else controller.enqueue(new Uint8Array([120, 120, 120]));
        sent = true;
      },
    });
    expect(await readText(new Response(broken), 60_000)).toEqual({ text: 'xxx', late: false });
  });

  test('leaves a whole body to be read again, and nothing of one that was cut', async () => {
    const whole = new Response('{"message":"No"}');
    expect((await readText(whole, 60_000)).text).toBe('{"message":"No"}');
    expect(await whole.json()).toEqual({ message: 'No' });
    const cut = new Response(endless());
    await readText(cut, 60_000);
    expect(cut.bodyUsed).toBe(true);
    await expect(cut.text()).rejects.toThrow(TypeError);
  });

  test('is none of what is of another make, but for its time', async () => {
    const stranger = (text: unknown) => ({ body: { pipe: () => {} }, headers: {}, text }) as unknown as Response;
    expect(await readText(stranger(async () => 'theirs'), 60_000)).toEqual({ text: 'theirs', late: false });
    expect(await readText(stranger(() => new Promise(() => {})), 5)).toEqual({ text: '', late: true });
    expect(await readText(stranger(undefined), 60_000)).toEqual({ text: '', late: false });
    const own = { body: new Response('x'.repeat(50)).body, headers: {} } as Response;
    expect((await readText(own, 60_000)).text.length).toBe(50);
    const proxy = new Proxy(new Response('x'.repeat(50)), { get: (target, name) => Reflect.get(target, name) });
    expect((await readText(proxy, 60_000)).text.length).toBe(50);
  });

  test('of one that was read before, is locked, or is none', async () => {
    const used = new Response('x');
    await used.text();
    const locked = new Response('x');
    locked.body!.getReader();
    for (const response of [used, locked, new Response(null)])
      expect(await readText(response, 60_000)).toEqual({ text: '', late: false });
  });

  test('leaves no timer behind', async () => {
    vi.useFakeTimers();
    await readText(new Response('x'), 60_000);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
}); // biome-ignore format: long facts

describe('no error body delays or fails a retry', () => {
  test.each<[string, Step]>([
    ['endless', { status: 503, ending: 'endless' }],
    ['stalling', { status: 503, body: 'x', ending: 'stall' }],
    ['broken', { status: 503, body: 'x', ending: 'reset' }],
    ['malformed', { status: 503, headers: json, body: '{' }],
    ['of an encoding it is not', { status: 503, headers: { 'content-encoding': 'gzip' }, body: 'x' }],
    ['of a charset nobody knows', { status: 503, headers: { 'content-type': 'text/x; charset=nobody' }, body: 'x' }],
    ['of 10 MB', { status: 503, headers: json, body: `"${'x'.repeat(10 * MB)}"` }],
  ])('%s', async (_, step) => {
    server.script(step, OK);
    const began = performance.now();
    const api = createClient({ retry: { backoff: () => 1 } });
    expect(await api(server.origin).text()).toBe('ok');
    expect(server.seen.length).toBe(2);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('both doors read the same', () => {
  const said = { error: { code: 'own_code', message: 'What happened.' } };
  const UTF16 = Buffer.from(JSON.stringify(said), 'utf16le');
  const padded = (bytes: number) => JSON.stringify({ ...said, padding: 'x'.repeat(bytes) });

  it.each<[string, Step, unknown]>([
    ['JSON', { status: 400, headers: json, body: JSON.stringify(said) }, said],
    ['JSON under the name of text', { status: 400, headers: { 'content-type': 'text/plain' }, body: JSON.stringify(said) }, said],
    ['JSON without a name', { status: 400, body: JSON.stringify(said) }, said],
    ['JSON in UTF-16', { status: 400, headers: { 'content-type': 'application/json; charset=utf-16' }, body: UTF16 }, said],
    ['text under the name of JSON', { status: 503, headers: json, body: 'no healthy upstream' }, 'no healthy upstream'],
    ['HTML under the name of JSON', { status: 502, headers: json, body: '<html><title>502 Bad Gateway</title></html>' }, '<html><title>502 Bad Gateway</title></html>'],
    ['malformed JSON', { status: 500, headers: json, body: '{"message": "cut of' }, '{"message": "cut of'],
    ['nothing', { status: 500 }, undefined],
    ['80 kB, and a wait that is too long', { status: 503, headers: { ...json, 'retry-after': '3600' }, body: padded(80_000) }, JSON.parse(padded(80_000))],
    ['1.1 MB', { status: 422, headers: json, body: padded(1.1 * MB) }, JSON.parse(padded(1.1 * MB))],
    ['a body that breaks', { status: 500, headers: { 'content-type': 'text/plain' }, body: 'half a mess', ending: 'reset' }, 'half a mess'],
  ])('%s', async (_, step, data) => {
    server.script(step);
    const [thrown, own] = [await failing(), await made()];
    expect(thrown.data).toEqual(data);
    expect(own.data).toEqual(data);
    expect({ ...own, service: 'docs' }).toEqual({ ...thrown, ...(own.retryAt && { retryAt: own.retryAt }) });
    expect(own.message).toBe(thrown.message);
    if (typeof data === 'object') expect(thrown.message).toMatch(/own_code: What happened\./);
  }); // biome-ignore format: a table
});

describe('a final error keeps what its body says', () => {
  test('whole, and the answer can still be read', async () => {
    server.script({ status: 400, headers: json, body: '{"message":"no","error_code":"E"}' });
    const error = await failing();
    expect(error).toMatchObject({ data: { message: 'no' }, code: 'E', status: 400 });
    expect(await error.response.json()).toEqual({ message: 'no', error_code: 'E' });
  });

  test('also where its body comes late', async () => {
    async function* late() {
      await new Promise(resolve => setTimeout(resolve, 0));
      yield '{"message":"no","error_code":"E"}';
    }
    server.script({ status: 500, headers: json, chunks: late() });
    const error: unknown = await createClient({ idempotency: false })
      .post(server.origin, { body: 'x' })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'E', status: 500, attempts: 1 });
  });

  test.each(['stall', 'endless'] as const)('%s ends within 3 s, and it is still the answer', async ending => {
    server.script({ status: 409, headers: { 'content-type': 'text/plain' }, body: 'half', ending });
    const began = performance.now();
    const error = await failing();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(error).toBeInstanceOf(HTTPError);
    expect(error.status).toBe(409);
    expect(String(error.data).startsWith('half')).toBe(true);
  });
});

test('JSON is what parses, text what does not', () => {
  expect(['', '{}', ' [1] ', '7', '"x"', 'null', 'x', ' '].map(dataOf)).toEqual([
    undefined,
    {},
    [1],
    7,
    'x',
    null,
    'x',
    ' ',
  ]);
});
