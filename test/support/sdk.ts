import { afterAll, expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch, type Extension, type FetchOptions } from '../../src/index.ts';
import { type Seen, STALL, type Step, serve, status } from './server.ts';

type Fetch = typeof globalThis.fetch;

/** One write through an SDK whose own retries are off. */
export interface Sdk {
  /** @param origin of the stand-in for its API */
  readonly write: (fetch: Fetch, origin: string, signal: AbortSignal) => Promise<unknown>;
  /** What the API answers. */
  readonly answer: Step;
  /** What the SDK makes of that. */
  readonly result: unknown;
  /** The method of the write. @default 'POST' */
  readonly method?: string;
  /** How the API refuses. */
  readonly refusal: (status: number, headers?: Record<string, string>) => Step;
  /** What the SDK makes of a refusal, thrown or handed out. */
  readonly refused: (status: number) => unknown;
  /** What the SDK makes of an abort, thrown or handed out; none where it takes no signal. */
  readonly aborted?: unknown;
  /** What the keys of the SDK look like, where it makes some. */
  readonly key?: RegExp;
}

/** JSON, as an API answers it. */
export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Step => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** Server-sent events; what follows the first is sent once `more` resolves. */
export const events = (
  more: Promise<unknown>,
  ...all: readonly (readonly [event: string | undefined, data: unknown])[]
): Step => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  chunks: (async function* () {
    for (const [index, [event, data]] of all.entries()) {
      if (index === 1) await more;
      yield `${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
    }
  })(),
});

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A stand-in for an API, for one test file. */
export const standIn = async () => {
  const server = await serve();
  afterAll(server.close);
  return server;
};

/** One logical write: the same method, place, body and key on every attempt. */
export const expectSameWrite = (seen: readonly Seen[], attempts: number, key = UUID): void => {
  expect(seen).toHaveLength(attempts);
  const [first] = seen;
  expect(first?.headers['idempotency-key']).toMatch(key);
  for (const each of seen) {
    expect([each.method, each.url, each.headers]).toEqual([first?.method, first?.url, first?.headers]);
    expect(each.body.equals(first!.body)).toBe(true);
  }
};

const never = new AbortController().signal;

/** What an SDK does, given our fetch. */
export const holdsFast = (sdk: Sdk, server: Awaited<ReturnType<typeof standIn>>): void => {
  const { write, answer, result, method = 'POST', refusal, refused, aborted, key } = sdk;
  const run = (options: FetchOptions = instantly(), signal = never) =>
    write(createFetch(options), server.origin, signal).catch((error: unknown) => error);

  test('a 503, then an answer: one write, sent twice', async () => {
    server.script(status(503), answer);
    expect(await run()).toMatchObject(result as object);
    expectSameWrite(server.seen, 2, key);
    expect(server.seen[0]?.method).toBe(method);
    expect(server.seen[0]?.body.length).toBeGreaterThan(0);
  });

  test('a connection that breaks, then an answer', async () => {
    server.script({ ending: 'reset' }, answer);
    expect(await run()).toMatchObject(result as object);
    expectSameWrite(server.seen, 2, key);
  });

  test('a refusal is the SDK’s own error, body and all', async () => {
    server.script(refusal(400));
    expect(await run()).toMatchObject(refused(400) as object);
    expect(server.seen).toHaveLength(1);
  });

  test('so is a limit that is longer than we wait', async () => {
    server.script(refusal(429, { 'retry-after': '86400' }));
    expect(await run()).toMatchObject(refused(429) as object);
    expect(server.seen).toHaveLength(1);
  });

  test('so is what is left when the retries are spent', async () => {
    server.script(refusal(500));
    expect(await run()).toMatchObject(refused(500) as object);
    expectSameWrite(server.seen, 3, key);
  });

  if (aborted === undefined) return;

  test('an abort while an attempt runs', async () => {
    const controller = new AbortController();
    server.script(status(503), STALL);
    const outcome = run(instantly(), controller.signal);
    await server.arrived(2);
    controller.abort();
    expect(await outcome).toMatchObject(aborted as object);
    expect(server.seen).toHaveLength(2);
  });

  test('an abort in the wait', async () => {
    const controller = new AbortController();
    server.script(status(503));
    const abortInWait: Extension = {
      name: 'abort in the wait',
      on: ({ type }) => void (type === 'retry' && controller.abort()),
    };
    const outcome = run({ retry: { backoff: () => 60_000 }, use: [abortInWait] }, controller.signal);
    expect(await outcome).toMatchObject(aborted as object);
    expect(server.seen).toHaveLength(1);
  });
};
