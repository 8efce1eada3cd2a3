/** The body of an answer, read by a client: what its loss means, and how long it may take. */
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { type Attempt, type CallEvent, type ClientOptions, createClient } from '../src/index.ts';
import { logbook, quick } from './support/logbook.ts';
import { OK, type Step, serve, status } from './support/server.ts';

const server = await serve();
/** No connection of it is ever idle. */
const fresh = await serve();
afterAll(() => Promise.all([server.close(), fresh.close()]));
afterEach(() => void vi.useRealTimers());

const watched = (options: ClientOptions = {}) => {
  const ends: Extract<CallEvent, { type: 'end' }>[] = [];
  const api = createClient({
    ...options,
    retry: { ...quick, ...(options.retry as object) },
    use: [{ name: 'watch', on: event => void (event.type === 'end' && ends.push(event)) }],
  });
  return { api, ends };
};
type Api = ReturnType<typeof watched>['api'];

const BROKEN: Step = { status: 200, headers: { 'content-length': '100' }, body: '{"id":', ending: 'reset' };
const STALLED: Step = { status: 201, body: '{"id":', ending: 'stall' };
const UNZIPPABLE: Step = { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'no gzip at all' };
const SHORTCUTS = ['json', 'text', 'blob', 'arrayBuffer', 'bytes', 'formData'] as const;

describe('a body that is lost', () => {
  test.each(SHORTCUTS)('a write whose answer breaks was accepted, and is not sent again: .%s()', async shortcut => {
    const { api, ends } = watched();
    server.script(BROKEN, OK);
    const error = await api
      .post(server.origin)
      [shortcut]()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'network', delivery: 'accepted', attempts: 1, stopped: 'final' });
    expect((error as { idempotencyKey: string }).idempotencyKey).toBe(server.seen[0]?.headers['idempotency-key']);
    expect(ends).toMatchObject([{ outcome: { kind: 'failure' }, delivery: 'accepted', stopped: 'final' }]);
    expect(server.seen.length).toBe(1);
  });

  test('a gzip that is none', async () => {
    const { api, ends } = watched();
    server.script(UNZIPPABLE);
    await expect(api.put(server.origin).json()).rejects.toMatchObject({ kind: 'network', delivery: 'accepted' });
    expect(ends).toHaveLength(1);
  });

  test('a read has nothing to be delivered', async () => {
    const { api, ends } = watched();
    server.script(BROKEN);
    const error = await api(server.origin)
      .json()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'network', attempts: 1 });
    expect(error).toHaveProperty('message', expect.stringContaining('answer'));
    expect((error as { delivery?: string }).delivery).toBeUndefined();
    expect(ends).toHaveLength(1);
  });

  test('after retries the history has them all', async () => {
    const { api, ends } = watched();
    server.script(status(503), BROKEN);
    await expect(api.post(server.origin).text()).rejects.toMatchObject({ delivery: 'accepted', attempts: 2 });
    expect(ends[0]?.call.history).toMatchObject([{ status: 503 }, { status: 200 }]);
  });

  test('through a record', async () => {
    const book = logbook();
    server.script(BROKEN);
    await expect(
      createClient({ use: [book.log] })
        .post(server.origin)
        .json(),
    ).rejects.toThrow();
    expect(book.records).toMatchObject([{ event: 'failed', delivery: 'accepted' }]);
  });

  test('with onDownloadProgress, and with afterResponse hooks', async () => {
    for (const options of [{ onDownloadProgress: () => {} }, { hooks: { afterResponse: [() => {}] } }]) {
      const { api, ends } = watched();
      server.script(BROKEN);
      await expect(api.post(server.origin, options).json()).rejects.toMatchObject({ delivery: 'accepted' });
      expect(ends).toHaveLength(1);
    }
  });

  test('a shortcut that comes after the end says it, too, and ends nothing twice', async () => {
    const { api, ends } = watched();
    server.script(BROKEN);
    const call = api.post(server.origin);
    await call;
    await expect(call.json()).rejects.toMatchObject({ kind: 'network', delivery: 'accepted', attempts: 1 });
    expect(ends).toMatchObject([{ stopped: undefined, delivery: 'accepted' }]);
  });

  test('an answer that won a race is read, whichever of the two it was', async () => {
    for (const loser of [1, 2]) {
      let sent = 0;
      const fetch = async () => (++sent === loser ? new Promise<never>(() => {}) : new Response('won'));
      const hedge = {
        name: 'hedge',
        around: (_: Attempt, send: () => Promise<Response>) => Promise.race([send(), send()]),
      };
      const api = createClient({ fetch, use: [hedge] });
      expect(await api.put('http://x.test/').text()).toBe('won');
      const error = {
        fetch: async () => (++sent === loser ? new Promise<never>(() => {}) : new Response('no', { status: 404 })),
      };
      sent = 0;
      await expect(api.put('http://x.test/', error)).rejects.toMatchObject({ status: 404, data: 'no' });
    }
  });

  test('whoever reads it himself has the platform’s own error', async () => {
    const { api, ends } = watched();
    server.script(BROKEN);
    const response = await api.post(server.origin);
    await expect(response.json()).rejects.toThrow(TypeError);
    expect(ends).toHaveLength(1);
  });
});

describe('a body that is whole, and of no use', () => {
  const validate = (issues: unknown) => ({ '~standard': { version: 1, vendor: 't', validate: () => issues } }) as never;
  const fail = () => {
    throw new TypeError('mine');
  };
  test.each<[string, (api: Api) => Promise<unknown>, string]>([
    ['broken JSON is a SyntaxError', api => api.post(server.origin).json(), 'SyntaxError'],
    ["a schema's error", api => api.post(server.origin).json(validate({ issues: [] })), 'SyntaxError'],
    ['what a parseJson throws', api => api.post(server.origin, { parseJson: fail }).json(), 'TypeError'],
  ])('%s', async (_, call, name) => {
    const { api, ends } = watched();
    server.script(OK);
    await expect(call(api)).rejects.toMatchObject({ name });
    await expect(call(api)).rejects.not.toHaveProperty('kind');
    for (const { stopped, delivery } of ends) expect([stopped, delivery]).toEqual([undefined, 'accepted']);
    expect(server.seen.length).toBe(2);
  });

  test("a schema's error is the schema's, thrown or told", async () => {
    const { api, ends } = watched();
    server.script({ ...OK, body: '1' });
    const told = api.post(server.origin).json(validate({ issues: [{ message: 'no' }] }));
    await expect(told).rejects.toMatchObject({ name: 'SchemaValidationError' });
    const throwing = { '~standard': { version: 1, vendor: 't', validate: fail } } as never;
    await expect(api.post(server.origin).json(throwing)).rejects.toEqual(new TypeError('mine'));
    expect(ends).toMatchObject([{ stopped: undefined }, { stopped: undefined }]);
  });
});

describe('how long it may take', () => {
  const ended = async (call: Promise<unknown>) => {
    const began = performance.now();
    const error = await call.catch((reason: unknown) => reason);
    return { error, ms: performance.now() - began };
  };

  test.each(SHORTCUTS)('totalTimeout covers the reading, and ends the transfer: .%s()', async shortcut => {
    const { api, ends } = watched({ totalTimeout: 150 });
    fresh.script(STALLED);
    const { error, ms } = await ended(api.post(fresh.origin)[shortcut]());
    expect(error).toMatchObject({ kind: 'timeout', delivery: 'accepted', stopped: 'deadline', attempts: 1 });
    expect(ms).toBeLessThan(1_000);
    expect(ends).toMatchObject([{ outcome: { kind: 'timeout' }, delivery: 'accepted' }]);
    await vi.waitFor(() => expect(fresh.open).toBe(0));
  });

  test('a body that trickles ends with totalTimeout, and so does a parseJson that never ends', async () => {
    const { api } = watched({ totalTimeout: 150 });
    server.script({ status: 200, ending: 'endless' });
    expect((await ended(api.post(server.origin).blob())).error).toMatchObject({
      kind: 'timeout',
      delivery: 'accepted',
    });
    server.script(OK);
    const never = () => new Promise<never>(() => {});
    const parsing = api.post(server.origin, { parseJson: never }).json();
    expect((await ended(parsing)).error).toMatchObject({ kind: 'timeout', delivery: 'accepted' });
  });

  test('timeout ends with the headers', async () => {
    const { api } = watched({ timeout: 100 });
    const chunks = async function* () {
      for (const part of ['a', 'b', 'c']) {
        await new Promise(resolve => setTimeout(resolve, 80));
        yield part;
      }
    };
    server.script({ status: 200, chunks: chunks() });
    expect(await api(server.origin).text()).toBe('abc');
  });

  test('without a totalTimeout, timeout bounds a silence of the body, and not the whole of it', async () => {
    const { api, ends } = watched({ timeout: 150, totalTimeout: false });
    const chunks = async function* () {
      for (const part of ['a', 'b', 'c', 'd']) {
        await new Promise(resolve => setTimeout(resolve, 60));
        yield part;
      }
    };
    server.script({ status: 200, chunks: chunks() });
    expect(await api(server.origin).text()).toBe('abcd');
    fresh.script(STALLED);
    for (const shortcut of ['json', 'bytes'] as const) {
      const { error, ms } = await ended(api.post(fresh.origin)[shortcut]());
      expect(error).toMatchObject({ kind: 'timeout', delivery: 'accepted' });
      expect(ms).toBeLessThan(1_000);
      await vi.waitFor(() => expect(fresh.open).toBe(0));
    }
    expect(ends).toHaveLength(3);
    server.script(OK);
    const blob = await api(server.origin).blob();
    expect([await blob.text(), blob.type]).toEqual(['ok', 'text/plain']);
  });

  test('without any, it may take for ever', async () => {
    const { api } = watched({ timeout: false, totalTimeout: false });
    let go = () => {};
    const gate = new Promise<void>(resolve => {
      go = resolve;
    });
    const chunks = async function* () {
      yield 'a';
      await gate;
      yield 'b';
    };
    server.script({ status: 200, chunks: chunks() });
    const call = api(server.origin);
    const text = call.text();
    await call;
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    await vi.advanceTimersByTimeAsync(1e9);
    go();
    expect(await text).toBe('ab');
  });

  test.each([
    ['stalls', { ending: 'stall' }],
    ['never ends', { ending: 'endless' }],
  ] as const)('an error whose body %s ends the call within 3 s of its headers, with what it says', async (_, more) => {
    const { api, ends } = watched({ totalTimeout: false, retry: { limit: 0 } });
    fresh.script({ status: 422, headers: { 'content-type': 'text/plain' }, body: 'no such thing', ...more });
    const { error, ms } = await ended(api.post(fresh.origin).json());
    expect(error).toMatchObject({ kind: 'invalid_request', status: 422, delivery: 'rejected' });
    expect(ms).toBeLessThan(3_000);
    expect(ends).toMatchObject([{ classification: 'client-error' }]);
    await vi.waitFor(() => expect(fresh.open).toBe(0));
  });

  test('an error whose body stalls while totalTimeout runs out is the timeout error, always', async () => {
    for (const totalTimeout of [60, 90, 120]) {
      const { api, ends } = watched({ totalTimeout, retry: { backoff: () => 20 } });
      server.script({ status: 503, body: '{', ending: 'stall' });
      for (const call of [() => api.post(server.origin), () => api.post(server.origin).json()])
        expect((await ended(call())).error).toMatchObject({
          kind: 'timeout',
          stopped: 'deadline',
          delivery: 'unknown',
        });
      expect(ends).toHaveLength(2);
    }
  });
});
