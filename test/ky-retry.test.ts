import ky, { type AfterResponseHook, ForceRetryError } from 'ky';
import { afterAll, describe, expect, test } from 'vitest';
import { type CallEvent, type ClientOptions, createClient } from '../src/index.ts';
import { quick } from './support/logbook.ts';
import { OK, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);

const keysSeen = () => new Set(server.seen.map(({ headers }) => headers['idempotency-key']));

/** Asks for another try of what is no success by its body. */
const again: AfterResponseHook = async ({ response }) => ((await response.text()) === 'ok' ? undefined : ky.retry());
const BUSY = { status: 200, body: 'busy' };

const watched = (options: ClientOptions = {}) => {
  const ends: Extract<CallEvent, { type: 'end' }>[] = [];
  const api = createClient({
    ...options,
    retry: { ...quick, ...(options.retry as object) },
    hooks: { afterResponse: [again], ...options.hooks },
    use: [{ name: 'watch', on: event => void (event.type === 'end' && ends.push(event)) }],
  });
  return { api, ends };
};

describe('ky.retry() in afterResponse', () => {
  test.each([
    ['the answer', (call: ReturnType<typeof ky.post>) => call.then(response => response.text())],
    ['a shortcut', (call: ReturnType<typeof ky.post>) => call.text()],
  ])('one key, one end, every attempt counted: %s', async (_, read) => {
    const { api, ends } = watched();
    server.script(BUSY, BUSY, OK);
    expect(await read(api.post(server.origin, { json: { a: 1 } }))).toBe('ok');
    expect(server.seen.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
    expect(keysSeen().size).toBe(1);
    expect(ends).toMatchObject([{ stopped: undefined, delivery: 'accepted', call: { attempts: 3 } }]);
    expect(ends[0]?.call.history.map(({ status: code }) => code)).toEqual([200, 200, 200]);
  });

  test("between the engine's own retries, the limit holds for both together", async () => {
    const { api, ends } = watched({ retry: { limit: 3 } });
    server.script(status(503), BUSY, status(503), OK);
    expect(await api.post(server.origin).text()).toBe('ok');
    expect(keysSeen().size).toBe(1);
    expect(ends).toMatchObject([{ call: { attempts: 4 } }]);
    server.script(status(503), BUSY, status(503), BUSY);
    await expect(api.post(server.origin)).rejects.toBeInstanceOf(ForceRetryError);
    expect(server.seen.length).toBe(4);
    expect(ends).toHaveLength(2);
  });

  test('beyond the limit it is what ky says, once', async () => {
    const { api, ends } = watched({ retry: { limit: 1 } });
    server.script(BUSY);
    await expect(api.post(server.origin)).rejects.toBeInstanceOf(ForceRetryError);
    await expect(api.post(server.origin, { retry: 0 }).text()).rejects.toBeInstanceOf(ForceRetryError);
    expect(server.seen.length).toBe(3);
    expect(ends).toMatchObject([{ outcome: { kind: 'thrown' } }, { outcome: { kind: 'thrown' } }]);
  });

  test('a body that can be read once is not sent again', async () => {
    const { api } = watched();
    server.script(BUSY);
    const body = new Blob(['streamed']).stream();
    await expect(api.post(server.origin, { body })).rejects.toBeInstanceOf(ForceRetryError);
    expect(server.seen.map(each => each.body.toString())).toEqual(['streamed']);
  });

  test('waits as the backoff says, or for its own delay; where time does not run, for none', async () => {
    const slept: number[] = [];
    const asked: unknown[] = [];
    const runtime = { sleep: async (ms: number) => void slept.push(ms) };
    const { api } = watched({
      runtime,
      retry: {
        backoff: ({ attempt, outcome }) => {
          asked.push(attempt, outcome?.classification);
          return attempt * 1_000;
        },
      },
    });
    server.script(BUSY, BUSY, OK);
    await api.post(server.origin);
    expect(slept).toEqual([1_000, 2_000]);
    expect(asked).toEqual([1, 'success', 2, 'success']);
    server.script(BUSY, OK);
    const hooks = { afterResponse: [() => (server.seen.length < 2 ? ky.retry({ delay: 7 }) : undefined)] };
    await createClient({ runtime, hooks })(server.origin);
    expect(slept).toEqual([1_000, 2_000, 7]);
  });

  test.each([
    ['its own', { hooks: { afterResponse: [() => ky.retry({ delay: 120_000 })] } }],
    ["the backoff's", { retry: { backoff: () => 120_000 } }],
  ])('a wait whose end is known to be too late is not begun: %s', async (_, options) => {
    const { api, ends } = watched(options);
    server.script(BUSY);
    await expect(api.post(server.origin)).rejects.toMatchObject({
      kind: 'timeout',
      stopped: 'deadline',
      delivery: 'accepted',
      attempts: 1,
    });
    expect(ends).toHaveLength(1);
  });

  test('with another request: a refreshed token, another host', async () => {
    const renew: AfterResponseHook = ({ request, response }) => {
      if (response.status !== 401) return undefined;
      const headers = new Headers(request.headers);
      headers.set('authorization', 'new');
      return ky.retry({ request: new Request(`${server.origin}/b`, { method: 'POST', body: 'y', headers }) });
    };
    const { api, ends } = watched({ hooks: { afterResponse: [renew] } });
    server.script(status(401), status(503), OK);
    expect(await api.post(`${server.origin}/a`, { body: 'x' }).text()).toBe('ok');
    expect(server.seen.map(({ url, body, headers }) => [url, `${body}`, headers.authorization])).toEqual([
      ['/a', 'x', undefined],
      ['/b', 'y', 'new'],
      ['/b', 'y', 'new'],
    ]);
    expect(keysSeen().size).toBe(1);
    expect(ends).toMatchObject([{ call: { attempts: 3 } }]);
  });
});
