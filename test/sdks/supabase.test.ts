import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { holdsFast, json, standIn } from '../support/sdk.ts';
import { status } from '../support/server.ts';

const server = await standIn();
const sdk = (fetch: typeof globalThis.fetch, origin = server.origin) =>
  createClient(origin, 'key', {
    global: { fetch },
    db: { retry: false },
    auth: { persistSession: false, autoRefreshToken: false },
  });

holdsFast(
  {
    write: async (fetch, origin, signal) =>
      sdk(fetch, origin).from('things').insert({ name: 'a' }).select().abortSignal(signal),
    answer: json([{ id: 1 }], 201),
    result: { status: 201, data: [{ id: 1 }], error: null },
    refusal: (code, headers) => json({ message: 'No.', code: '23505', details: 'd', hint: 'h' }, code, headers),
    refused: code => ({ status: code, data: null, error: { message: 'No.', code: '23505', details: 'd', hint: 'h' } }),
    aborted: { data: null, error: { message: expect.stringContaining('AbortError') } },
  },
  server,
);

test('a read is repeated by us alone', async () => {
  server.script(status(503));
  const { error } = await sdk(createFetch(instantly())).from('things').select();
  expect(error).toMatchObject({ message: 'status 503' });
  expect(server.seen).toHaveLength(3);
});

test('a file that is uploaded arrives whole, twice', async () => {
  server.script(status(503), json({ Id: '1', Key: 'files/a.txt' }));
  const file = new Blob(['much'], { type: 'text/plain' });
  const { data } = await sdk(createFetch(instantly())).storage.from('files').upload('a.txt', file);
  expect(data).toMatchObject({ path: 'a.txt' });
  const [first, second] = server.seen;
  expect(first?.body.toString()).toContain('much');
  expect(second?.body.equals(first!.body)).toBe(true);
  expect(second?.headers).toEqual(first?.headers);
});
