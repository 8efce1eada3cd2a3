import { HTTPError } from 'ky';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { boundBody } from '../src/error-body.ts';
import { type ClientOptions, createClient } from '../src/index.ts';
import { OK, type Step, serve } from './support/server.ts';

const server = await serve();
afterAll(server.close);

const json = { 'content-type': 'application/json' };
const MB = 1_048_576;

/** The error that a call ends in, with its data. */
const failing = async (options: ClientOptions): Promise<HTTPError> => {
  const error = await createClient({ retry: 0, ...options })(server.origin).then(
    () => undefined,
    (reason: HTTPError) => reason,
  );
  if (!error) throw new Error('the call did not fail');
  return error;
};

describe('a bound on a body', () => {
  const endless = () =>
    new ReadableStream<Uint8Array>({ pull: controller => controller.enqueue(new Uint8Array(1000).fill(120)) });
  const stalling = (cancel = () => {}) =>
    new ReadableStream<Uint8Array>({ start: controller => controller.enqueue(new Uint8Array([120])), cancel });
  const readAll = async ({ body }: Response): Promise<number> => {
    let size = 0;
    for await (const chunk of body!) size += chunk.byteLength;
    return size;
  };

  test('in bytes, to the byte', async () => {
    const response = new Response(endless());
    boundBody(response, { bytes: 2_500, ms: 60_000 });
    expect(await readAll(response)).toBe(2_500);
  });

  test('in time, and the source is told', async () => {
    const cancelled = vi.fn();
    const response = new Response(stalling(cancelled));
    boundBody(response, { bytes: 100, ms: 5 });
    expect(await readAll(response)).toBe(1);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test('of a broken one is what came', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: controller => {
        controller.enqueue(new Uint8Array(3));
        controller.error(new Error('broken'));
      },
    });
    const response = new Response(broken);
    boundBody(response, { bytes: 100, ms: 60_000 });
    expect(await readAll(response)).toBeLessThanOrEqual(3);
  });

  test('a clone made before the read sees all of it, one made without a body nothing', async () => {
    const response = new Response('x'.repeat(50));
    boundBody(response, { bytes: 10, ms: 60_000 });
    const clone = response.clone();
    expect(await readAll(response)).toBe(10);
    expect((await clone.text()).length).toBe(50);
    boundBody(new Response(null), { bytes: 1, ms: 1 });
  });

  test('of a look-alike of a Response is the one it came with', async () => {
    const own = { body: new Response('x'.repeat(50)).body } as Response;
    boundBody(own, { bytes: 10, ms: 60_000 });
    expect(await readAll(own)).toBe(10);
    const proxy = new Proxy(new Response('x'.repeat(50)), { get: (target, name) => Reflect.get(target, name) });
    boundBody(proxy, { bytes: 10, ms: 60_000 });
    expect((await readAll(proxy)) > 0).toBe(true);
  });

  test('unread, it costs no timer', () => {
    const timer = vi.spyOn(globalThis, 'setTimeout');
    boundBody(new Response(endless()), { bytes: 1, ms: 1 });
    expect(timer).not.toHaveBeenCalled();
    timer.mockRestore();
  });

  test('cancelled, it ends the source', async () => {
    const cancelled = vi.fn();
    const response = new Response(stalling(cancelled));
    boundBody(response, { bytes: 100, ms: 60_000 });
    await response.body!.cancel();
    expect(cancelled).toHaveBeenCalledOnce();
  });
});

describe('no error body delays or fails a retry (rule 7)', () => {
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

describe('a final error keeps what its body says', () => {
  test('whole', async () => {
    server.script({ status: 400, headers: json, body: '{"message":"no","error_code":"E"}' });
    expect(await failing({})).toMatchObject({ data: { message: 'no' }, code: 'E', status: 400 });
  });

  test('up to a bound of bytes', async () => {
    server.script({ status: 400, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(3 * MB) });
    expect(((await failing({})).data as string).length).toBe(MB);
  });

  test.each<[string, ClientOptions]>([
    ['timeout', { timeout: 200 }],
    ['total timeout', { totalTimeout: 200 }],
  ])('up to a share of the %s, and it is still the answer', async (_, options) => {
    server.script({ status: 409, headers: { 'content-type': 'text/plain' }, body: 'half', ending: 'stall' });
    const error = await failing(options);
    expect(error).toBeInstanceOf(HTTPError);
    expect(error).toMatchObject({ status: 409, data: 'half' });
  });

  test('also where a wait for another attempt would come too late', async () => {
    server.script({ status: 503, headers: { 'content-type': 'text/plain' }, body: 'half', ending: 'stall' });
    expect(await failing({ totalTimeout: 300, retry: { backoff: () => 1_000 } })).toMatchObject({
      status: 503,
      stopped: 'deadline',
      data: 'half',
    });
  });
});
