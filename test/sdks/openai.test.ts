import OpenAI, { APIUserAbortError, BadRequestError, InternalServerError, RateLimitError } from 'openai';
import { expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { events, expectSameWrite, holdsFast, json, standIn } from '../support/sdk.ts';
import { status } from '../support/server.ts';

const server = await standIn();
const sdk = (fetch: typeof globalThis.fetch, origin = server.origin) =>
  new OpenAI({ apiKey: 'k', baseURL: `${origin}/v1`, fetch, maxRetries: 0 });
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hold?' }] };
const refusals = { 400: BadRequestError, 429: RateLimitError, 500: InternalServerError };

holdsFast(
  {
    write: (fetch, origin, signal) => sdk(fetch, origin).chat.completions.create(ask, { signal }),
    answer: json({ id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: 'Fast.' } }] }),
    result: { choices: [{ message: { content: 'Fast.' } }] },
    refusal: (code, headers) =>
      json({ error: { message: 'No.', type: 't', code: 'refused', param: 'model' } }, code, headers),
    refused: code =>
      expect.toSatisfy(
        error =>
          error instanceof refusals[code as keyof typeof refusals] &&
          error.code === 'refused' &&
          error.param === 'model',
      ),
    aborted: expect.any(APIUserAbortError),
  },
  server,
);

test('a stream flows, event by event', async () => {
  const more = Promise.withResolvers<void>();
  const delta = (content: string) => [undefined, { choices: [{ index: 0, delta: { content } }] }] as const;
  server.script(status(503), events(more.promise, delta('Hold'), delta(' fast.'), [undefined, '[DONE]']));
  const stream = await sdk(createFetch(instantly())).chat.completions.create({ ...ask, stream: true });
  let text = '';
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content;
    more.resolve();
  }
  expect(text).toBe('Hold fast.');
  expectSameWrite(server.seen, 2);
});
