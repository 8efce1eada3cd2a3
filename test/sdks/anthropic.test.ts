import Anthropic, { APIUserAbortError, BadRequestError, InternalServerError, RateLimitError } from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { events, expectSameWrite, holdsFast, json, standIn } from '../support/sdk.ts';
import { status } from '../support/server.ts';

const server = await standIn();
const sdk = (fetch: typeof globalThis.fetch, origin = server.origin) =>
  new Anthropic({ apiKey: 'k', baseURL: origin, fetch, maxRetries: 0 });
const ask = { model: 'm', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hold?' }] };
const refusals = { 400: BadRequestError, 429: RateLimitError, 500: InternalServerError };
const body = { type: 'error', error: { type: 'refused', message: 'No.' }, request_id: 'req_1' };
const message = { id: 'msg_1', type: 'message', role: 'assistant', usage: { input_tokens: 1, output_tokens: 1 } };

holdsFast(
  {
    write: (fetch, origin, signal) => sdk(fetch, origin).messages.create(ask, { signal }),
    answer: json({ ...message, content: [{ type: 'text', text: 'Fast.' }] }),
    result: { content: [{ text: 'Fast.' }] },
    refusal: (code, headers) => json(body, code, { 'request-id': 'req_1', ...headers }),
    refused: code =>
      expect.toSatisfy(error => {
        expect(error).toBeInstanceOf(refusals[code as keyof typeof refusals]);
        expect(error).toMatchObject({ error: body, requestID: 'req_1', status: code });
        return true;
      }),
    aborted: expect.any(APIUserAbortError),
  },
  server,
);

test('a stream flows, event by event', async () => {
  const more = Promise.withResolvers<void>();
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
  const delta = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } };
  const all = [
    { type: 'message_start', message: { ...message, content: [] } },
    block,
    delta('Hold'),
    delta(' fast.'),
    { type: 'content_block_stop', index: 0 },
    end,
    { type: 'message_stop' },
  ];
  server.script(status(503), events(more.promise, ...all.map(data => [data.type, data] as const)));
  const stream = sdk(createFetch(instantly())).messages.stream(ask);
  stream.on('streamEvent', () => more.resolve());
  expect((await stream.finalMessage()).content).toMatchObject([{ text: 'Hold fast.' }]);
  expectSameWrite(server.seen, 2);
});
