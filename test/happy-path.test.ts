import { afterEach, expect, test, vi } from 'vitest';
import { createFetch } from '../src/fetch.ts';

/** What a call that simply succeeds must not cost: nothing of these is made. */
const response = new Response('x');
const stub = vi.fn<typeof fetch>(async () => response);

afterEach(() => vi.restoreAllMocks());

test.each<[string, string | URL, RequestInit | undefined]>([
  ['GET', 'http://x.test', undefined],
  ['GET with a signal', 'http://x.test', { signal: new AbortController().signal }],
  ['GET of a URL with headers', new URL('http://x.test'), { headers: { a: 'b' } }],
  ['POST', 'http://x.test', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
])('%s: one call of the platform, and nothing made beside it', async (_, input, init) => {
  const spies = [
    vi.spyOn(globalThis, 'setTimeout'),
    vi.spyOn(globalThis, 'Request'),
    vi.spyOn(globalThis, 'Headers'),
    vi.spyOn(globalThis, 'AbortController'),
    vi.spyOn(AbortSignal, 'any'),
    vi.spyOn(AbortSignal.prototype, 'addEventListener'),
    vi.spyOn(Response.prototype, 'clone'),
    vi.spyOn(Response.prototype, 'body', 'get'),
  ];
  stub.mockClear();
  expect(await createFetch({ fetch: stub })(input, init)).toBe(response);
  expect(stub).toHaveBeenCalledOnce();
  expect(spies.map(spy => spy.mock.calls.length)).toEqual(spies.map(() => 0));
  const [url, sent] = stub.mock.calls[0]!;
  expect(url).toBe(String(input));
  expect(sent?.signal).toBe(init?.signal);
  if (!init) expect(sent).toBeUndefined();
});
