import { Octokit } from '@octokit/core';
import { expect } from 'vitest';
import { holdsFast, json, standIn } from '../support/sdk.ts';

const body = { message: 'No.', documentation_url: 'https://docs.example.com' };

holdsFast(
  {
    write: (fetch, baseUrl, signal) =>
      new Octokit({ baseUrl, auth: 't', request: { fetch } }).request('POST /repos/{owner}/{repo}/issues', {
        owner: 'a',
        repo: 'b',
        title: 'Hold?',
        request: { signal },
      }),
    answer: json({ number: 7 }, 201),
    result: { status: 201, data: { number: 7 } },
    refusal: (code, headers) => json(body, code, headers),
    refused: code => ({ name: 'HttpError', status: code, response: { data: body } }),
    aborted: expect.objectContaining({ name: 'AbortError' }),
  },
  await standIn(),
);
