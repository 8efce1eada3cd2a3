import createApi from 'openapi-fetch';
import { expect } from 'vitest';
import { holdsFast, json, standIn } from '../support/sdk.ts';

/** As openapi-typescript writes it. */
interface paths {
  '/things': {
    post: {
      requestBody: { content: { 'application/json': { name: string } } };
      responses: {
        201: { content: { 'application/json': { id: number } } };
        default: { content: { 'application/json': { message: string } } };
      };
    };
  };
}

// It calls its fetch with a Request.
holdsFast(
  {
    write: (fetch, baseUrl, signal) =>
      createApi<paths>({ baseUrl, fetch }).POST('/things', { body: { name: 'a' }, signal }),
    answer: json({ id: 1 }, 201),
    result: { data: { id: 1 }, response: { status: 201 } },
    refusal: (code, headers) => json({ message: 'No.' }, code, headers),
    refused: code => ({ error: { message: 'No.' }, response: { status: code } }),
    aborted: expect.objectContaining({ name: 'AbortError' }),
  },
  await standIn(),
);
