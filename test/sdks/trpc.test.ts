import {
  createTRPCClient,
  type getFetch,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  TRPCClientError,
} from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { describe, expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { expectSameWrite, holdsFast, json, standIn } from '../support/sdk.ts';
import { status } from '../support/server.ts';

const t = initTRPC.create();
const router = t.router({
  add: t.procedure
    .input((value: unknown) => value as { name: string })
    .mutation(({ input }) => ({ id: input.name.length })),
});
type Router = typeof router;

/** Under `exactOptionalPropertyTypes` its type takes not even the platform's fetch. */
const theirs = (fetch: typeof globalThis.fetch) => fetch as ReturnType<typeof getFetch>;

const server = await standIn();
const error = (httpStatus: number) => ({
  error: { message: 'No.', code: -32_600, data: { code: 'REFUSED', httpStatus } },
});
const refused = (httpStatus: number) =>
  expect.toSatisfy(thrown => {
    expect(thrown).toBeInstanceOf(TRPCClientError);
    expect(thrown).toMatchObject({ message: 'No.', data: { code: 'REFUSED', httpStatus } });
    return true;
  });
const aborted = expect.objectContaining({
  name: 'TRPCClientError',
  cause: expect.objectContaining({ name: 'AbortError' }),
});

describe('httpLink', () =>
  holdsFast(
    {
      write: (fetch, url, signal) =>
        createTRPCClient<Router>({ links: [httpLink({ url, fetch: theirs(fetch) })] }).add.mutate(
          { name: 'a' },
          { signal },
        ),
      answer: json({ result: { data: { id: 1 } } }),
      result: { id: 1 },
      refusal: (code, headers) => json(error(code), code, headers),
      refused,
      aborted,
    },
    server,
  ));

describe('httpBatchLink', () =>
  holdsFast(
    {
      write: (fetch, url, signal) =>
        createTRPCClient<Router>({ links: [httpBatchLink({ url, fetch: theirs(fetch) })] }).add.mutate(
          { name: 'a' },
          { signal },
        ),
      answer: json([{ result: { data: { id: 1 } } }]),
      result: { id: 1 },
      refusal: (code, headers) => json([error(code)], code, headers),
      refused,
      aborted,
    },
    server,
  ));

test('httpBatchStreamLink: answers arrive one by one', async () => {
  const more = Promise.withResolvers<void>();
  const { add } = createTRPCClient<Router>({
    links: [httpBatchStreamLink({ url: server.origin, fetch: theirs(createFetch(instantly())) })],
  });
  const result = (id: number) => [[{ result: { data: { id } } }]];
  const chunks = (async function* () {
    yield `${JSON.stringify({ 0: [[0], [null, 0, 0]], 1: [[0], [null, 0, 1]] })}\n`;
    yield `${JSON.stringify([0, 0, result(1)])}\n`;
    await more.promise;
    yield `${JSON.stringify([1, 0, result(2)])}\n`;
  })();
  server.script(status(503), { status: 200, headers: { 'content-type': 'application/json' }, chunks });
  const [first, second] = [add.mutate({ name: 'a' }), add.mutate({ name: 'bb' })];
  expect(await first).toEqual({ id: 1 });
  more.resolve();
  expect(await second).toEqual({ id: 2 });
  expectSameWrite(server.seen, 2);
});
