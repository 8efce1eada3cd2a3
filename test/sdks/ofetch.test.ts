import { createFetch as createOfetch, FetchError } from 'ofetch';
import { expect } from 'vitest';
import { holdsFast, json, standIn } from '../support/sdk.ts';

holdsFast(
  {
    write: (fetch, baseURL, signal) =>
      createOfetch({ fetch, defaults: { baseURL, retry: false } })('/things', {
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
  await standIn(),
);
