import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, streamText } from 'ai';
import { expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { events, expectSameWrite, holdsFast, json, standIn } from '../support/sdk.ts';
import { status } from '../support/server.ts';

const server = await standIn();
const model = (fetch: typeof globalThis.fetch, origin = server.origin) =>
  createOpenAI({ apiKey: 'k', baseURL: `${origin}/v1`, fetch }).chat('m');
const head = { id: 'c', created: 0, model: 'm' };
const body = { error: { message: 'No.', type: 't', code: 'refused', param: 'model' } };

holdsFast(
  {
    write: (fetch, origin, abortSignal) =>
      generateText({ model: model(fetch, origin), prompt: 'Hold?', maxRetries: 0, abortSignal }),
    answer: json({
      ...head,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Fast.' } }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
    result: { text: 'Fast.' },
    refusal: (code, headers) => json(body, code, headers),
    refused: statusCode =>
      expect.toSatisfy(error => {
        expect(error).toBeInstanceOf(APICallError);
        expect(error).toMatchObject({ message: 'No.', statusCode, responseBody: JSON.stringify(body) });
        return true;
      }),
    aborted: expect.objectContaining({ name: 'AbortError' }),
  },
  server,
);

test('a stream flows, event by event', async () => {
  const more = Promise.withResolvers<void>();
  const delta = (content: string) => [undefined, { ...head, choices: [{ index: 0, delta: { content } }] }] as const;
  server.script(status(503), events(more.promise, delta('Hold'), delta(' fast.'), [undefined, '[DONE]']));
  const { textStream } = streamText({ model: model(createFetch(instantly())), prompt: 'Hold?', maxRetries: 0 });
  let text = '';
  for await (const part of textStream) {
    text += part;
    more.resolve();
  }
  expect(text).toBe('Hold fast.');
  expectSameWrite(server.seen, 2);
});
