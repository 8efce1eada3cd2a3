import { createFetch as createOfetch, FetchError } from 'ofetch';
import { expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { holdsFast, json, standIn } from '../support/sdk.ts';
import { status } from '../support/server.ts';

const server = await standIn();
const sdk = (fetch: typeof globalThis.fetch, baseURL = server.origin) =>
  createOfetch({ fetch, defaults: { baseURL, retry: false } });

holdsFast(
  {
    write: (fetch, baseURL, signal) =>
      sdk(fetch, baseURL)('/things', {
        method: 'PUT',
        body: { name: 'a' },
        signal,
      }),
    method: 'PUT',
    answer: json({ id: 1 }),
    result: { id: 1 },
    refusal: (code, headers) => json({ message: 'No.' }, code, headers),
    refused: status =>
      expect.toSatisfy(error => {
        expect(error).toBeInstanceOf(FetchError);
        expect(error).toMatchObject({ status, data: { message: 'No.' } });
        return true;
      }),
    aborted: expect.objectContaining({ name: 'FetchError', cause: expect.objectContaining({ name: 'AbortError' }) }),
  },
  server,
);

test('a read is repeated by us alone', async () => {
  server.script(status(503));
  await expect(sdk(createFetch(instantly()))('/things')).rejects.toMatchObject({ status: 503 });
  expect(server.seen).toHaveLength(3);
});
