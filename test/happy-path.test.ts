import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { createFetch as CreateFetch } from '../src/fetch.ts';

/** What a call that simply succeeds must not cost: nothing of these is made. */
const response = new Response('x');
const stub = vi.fn<typeof fetch>(async () => response);

let createFetch: typeof CreateFetch;
beforeEach(async () => {
  // What stands there when the module is read is the platform's.
  vi.stubGlobal('fetch', stub);
  vi.resetModules();
  ({ createFetch } = await import('../src/fetch.ts'));
  stub.mockClear();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const watch = () => [
  vi.spyOn(globalThis, 'setTimeout'),
  vi.spyOn(globalThis, 'Request'),
  vi.spyOn(globalThis, 'Headers'),
  vi.spyOn(globalThis, 'Response'),
  vi.spyOn(globalThis, 'AbortController'),
  vi.spyOn(AbortSignal, 'any'),
  vi.spyOn(AbortSignal.prototype, 'addEventListener'),
  vi.spyOn(Response.prototype, 'clone'),
  vi.spyOn(Response.prototype, 'body', 'get'),
];
const counts = (spies: ReturnType<typeof watch>) => spies.map(spy => spy.mock.calls.length);

const calls: readonly (readonly [string, string | URL, RequestInit | undefined])[] = [
  ['GET', 'http://x.test', undefined],
  ['GET with a signal', 'http://x.test', { signal: new AbortController().signal }],
  ['GET of a URL with headers', new URL('http://x.test'), { headers: { a: 'b' } }],
  ['POST', 'http://x.test', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
  ['POST without a body', 'http://x.test', { method: 'POST' }],
];

test.each(calls)('%s: one call of the platform, and nothing made beside it', async (_, input, init) => {
  const spies = watch();
  expect(await createFetch()(input, init)).toBe(response);
  expect(stub).toHaveBeenCalledOnce();
  expect(counts(spies)).toEqual(spies.map(() => 0));
  const [url, sent] = stub.mock.calls[0]!;
  expect(url).toBe(String(input));
  expect(sent?.signal).toBe(init?.signal);
  if (!init) expect(sent).toBeUndefined();
});

test.each(calls.filter(([, , init]) => !init?.signal))(
  '%s through a fetch of one’s own: nothing made beside it either',
  async (_, input, init) => {
    const own = vi.fn<typeof fetch>(async () => response);
    const spies = watch();
    expect(await createFetch({ fetch: own })(input, init)).toBe(response);
    expect(own).toHaveBeenCalledOnce();
    expect(counts(spies)).toEqual(spies.map(() => 0));
  },
);

test('a fetch of one’s own is raced with the signal, which it may ignore; it gets that very signal', async () => {
  const own = vi.fn<typeof fetch>(() => new Promise(() => {}));
  const controller = new AbortController();
  const call = createFetch({ fetch: own })('http://x.test', { signal: controller.signal });
  await vi.waitFor(() => expect(own).toHaveBeenCalledOnce());
  expect(own.mock.calls[0]?.[1]?.signal).toBe(controller.signal);
  controller.abort('mine');
  await expect(call).rejects.toBe('mine');
});

test('the platform’s hears every signal: an abort is its own to tell', async () => {
  const reason = new Error('the platform’s');
  stub.mockImplementationOnce(async (_, init) => {
    await new Promise(resolve => init?.signal?.addEventListener('abort', resolve));
    throw reason;
  });
  const controller = new AbortController();
  const call = createFetch()('http://x.test', { signal: controller.signal });
  controller.abort('mine');
  await expect(call).rejects.toBe(reason);
});
