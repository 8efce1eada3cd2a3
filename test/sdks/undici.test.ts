import * as undici from 'undici';
import { expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { expectSameWrite, json, standIn } from '../support/sdk.ts';
import { STALL, type Step, status } from '../support/server.ts';

/** The package's own fetch as the platform under ours: its types differ from the global one's, its values do too. */
const server = await standIn();
const fetch = createFetch({ fetch: undici.fetch as unknown as typeof globalThis.fetch, ...instantly() });
const write = { method: 'POST', body: 'x' };

test.each<[string, Step]>([
  ['a 503', status(503)],
  ['a connection that breaks', { ending: 'reset' }],
])('%s, then an answer', async (_, fault) => {
  server.script(fault, json({ id: 1 }));
  const response = await fetch(server.origin, write);
  expect(await response.json()).toEqual({ id: 1 });
  expect(response).toBeInstanceOf(undici.Response);
  expectSameWrite(server.seen, 2);
});

test('its own FormData and Headers', async () => {
  server.script(status(503), json({}));
  const body = new undici.FormData();
  body.set('file', new File(['much'], 'a.txt'));
  const headers = new undici.Headers({ 'x-a': 'b' });
  await fetch(server.origin, { method: 'POST', body, headers } as object);
  expectSameWrite(server.seen, 2);
  expect(server.seen[1]?.headers['x-a']).toBe('b');
  expect(server.seen[1]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(server.seen[1]?.body.toString()).toContain('much');
});

test('its dispatcher', async () => {
  const dispatcher = new undici.Agent();
  server.script(status(503), json({ id: 1 }));
  const options: object = { ...write, dispatcher };
  expect((await fetch(server.origin, options)).status).toBe(200);
  expectSameWrite(server.seen, 2);
  await dispatcher.close();
});

test('an abort, and what can never work', async () => {
  const controller = new AbortController();
  server.script(status(503), STALL);
  const call = fetch(server.origin, { ...write, signal: controller.signal });
  await server.arrived(2);
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  await expect(fetch('gopher://x')).rejects.toThrow(TypeError);
});

test('its own Request', async () => {
  server.script(status(503), json({ id: 1 }));
  const request = new undici.Request(server.origin, write);
  const response = await fetch(request as unknown as Request);
  expect(await response.json()).toEqual({ id: 1 });
  expectSameWrite(server.seen, 2);
  expect(server.seen[1]?.body.toString()).toBe('x');
});
