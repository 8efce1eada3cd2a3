import ky, { type Hooks, HTTPError, NetworkError, type Options, replaceOption } from 'ky';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallEvent, type ClientOptions, createClient } from '../src/index.ts';
import { logbook } from './support/logbook.ts';
import { OK, serve, status } from './support/server.ts';

const server = await serve();
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(async () => {
  process.off('unhandledRejection', note);
  await server.close();
});

const mine = new RangeError('mine');
const fail = () => {
  throw mine;
};
const backoff = () => 1;

test.each<[string, ClientOptions, number]>([
  ['generate', { idempotency: { generate: fail } }, 0],
  ['generate, with hooks', { idempotency: { generate: fail }, hooks: { beforeRequest: [() => {}] } }, 0],
  ['runtime.uuid', { runtime: { uuid: fail } }, 0],
  ['classify', { retry: { classify: fail } }, 1],
  ['backoff', { retry: { backoff: fail } }, 1],
  ['throwHttpErrors', { throwHttpErrors: fail, retry: 0 }, 1],
  ['around', { use: [{ name: 'no', around: fail }] }, 0],
  ['verdict', { use: [{ name: 'no', verdict: fail }] }, 1],
  ['parseJson of the answer', { throwHttpErrors: false, parseJson: fail, retry: 0 }, 1],
  ['fetch', { fetch: fail }, 0],
])('a function of our user’s that throws ends the call with its error, unretried: %s', async (_, options, sent) => {
  for (const use of [[], [logbook().log]]) {
    const call = async () =>
      createClient({ ...options, use: [...use, ...(options.use ?? [])] })
        .post(server.origin)
        .json();
    server.script(status(503), OK);
    await expect(call()).rejects.toBe(mine);
    expect(server.seen.length).toBe(sent);
  }
});

/** Ways to take ky's hooks away, or to come after ours. Each leaves a client what it is. */
test.each<[string, ClientOptions]>([
  ['hooks: undefined', { hooks: undefined as never }],
  ['init: undefined', { hooks: { init: undefined as never } }],
  ['beforeError: undefined', { hooks: { beforeError: undefined as never } }],
  ['hooks replaced', { hooks: replaceOption({ beforeRequest: [() => {}] }) as never }],
  ['hooks replaced by nothing', { hooks: replaceOption({}) as never }],
  [
    'an init hook that sets retry',
    { hooks: { init: [options => void Object.assign(options, { retry: { limit: 1 } })] } },
  ],
  [
    'an init hook that sets fetch',
    { hooks: { init: [options => void Object.assign(options, { fetch: globalThis.fetch })] } },
  ],
  ['retry replaced', { retry: replaceOption({ limit: 1, backoff }) as never }],
  ['fetch: undefined', { fetch: undefined }],
])('our hook is the last, whatever becomes of the others: %s', async (_, options) => {
  const api = createClient({ retry: { limit: 1, backoff }, hooks: { beforeRequest: [() => {}], init: [() => {}] } });
  for (const call of [() => api.post(server.origin, options), () => api.extend(options).post(server.origin)]) {
    server.script(status(503));
    await expect(call()).rejects.toMatchObject({ kind: 'server', attempts: 2, stopped: 'limit' });
    expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(server.seen[0]?.headers['idempotency-key']).toBeDefined();
  }
});

test('those that only watch touch nothing', async () => {
  server.script(status(503), OK);
  const api = createClient({ use: [{ name: 'a', on: fail }], retry: { backoff } });
  expect(await api(server.origin).text()).toBe('ok');
});

test('a classify that throws at a success is heard by the caller', async () => {
  const api = createClient({ retry: { classify: fail } });
  for (const call of [() => api(server.origin), () => api(server.origin).text()]) {
    server.script(OK);
    await expect(call()).rejects.toBe(mine);
    expect(server.seen.length).toBe(1);
  }
  await new Promise(setImmediate);
  expect(unhandled).toEqual([]);
});

describe('what a hook throws reaches the caller as the same object, and ends the call once', () => {
  const THROWN: readonly (readonly [string, unknown])[] = [
    ['an error', mine],
    ['a text', 'why'],
    ['nothing', undefined],
    ['null', null],
    ["ky's error", new NetworkError(new Request('http://x.test/') as never)],
    ['what looks like a failure of the network', new TypeError('fetch failed')],
    ['an AbortError of its own', new DOMException('mine', 'AbortError')],
  ];
  describe.each(THROWN)('%s', (_, thrown) => {
    test.each([
      ['beforeRequest', 'post', 0, 'not-sent'],
      ['afterResponse', 'post', 1, 'accepted'],
      ['beforeRequest', 'get', 0, undefined],
    ] as const)('%s of a %s', async (name, method, sent, delivery) => {
      for (const totalTimeout of [60_000, false] as const) {
        server.script(OK);
        const ends: CallEvent[] = [];
        const api = createClient({
          totalTimeout,
          use: [{ name: 'watch', on: event => void (event.type === 'end' && ends.push(event)) }],
          hooks: { [name]: [() => Promise.reject(thrown)] },
        });
        await expect(
          api[method](server.origin).then(
            () => ['resolved'],
            error => [error],
          ),
        ).resolves.toEqual([thrown]);
        await expect(api[method](server.origin).text()).rejects.toBe(thrown);
        expect(server.seen.length).toBe(sent * 2);
        expect(ends).toMatchObject([
          { outcome: { kind: 'thrown', error: thrown }, delivery },
          { outcome: { kind: 'thrown', error: thrown }, delivery },
        ]);
      }
    });
  });
});

test.each(['beforeRequest', 'afterResponse'] as const)('a hook that never ends ends with the call: %s', async name => {
  server.script(OK);
  const book = logbook();
  const api = createClient({
    totalTimeout: 80,
    use: [book.log],
    hooks: { [name]: [() => new Promise<never>(() => {})] },
  });
  await expect(api.post(server.origin)).rejects.toMatchObject({
    kind: 'timeout',
    stopped: 'deadline',
    attempts: name === 'beforeRequest' ? 0 : 1,
    delivery: name === 'beforeRequest' ? 'not-sent' : 'accepted',
  });
  expect(book.story).toEqual(['failed: deadline']);
});

test('afterResponse sees the answer that a call ends with, and no other', async () => {
  server.script(status(503), status(503), OK);
  const seen: unknown[] = [];
  const api = createClient({
    retry: { backoff },
    hooks: { afterResponse: [async ({ response, retryCount }) => void seen.push(await response.text(), retryCount)] },
  });
  expect(await api(server.origin).text()).toBe('ok');
  expect(seen).toEqual(['ok', 0]);
});

test('an answer that a hook puts in the place of the last one is judged by its own status', async () => {
  const ends: CallEvent[] = [];
  const api = createClient({
    retry: { backoff },
    use: [{ name: 'watch', on: event => void (event.type === 'end' && ends.push(event)) }],
  });
  server.script(status(503));
  const good = { afterResponse: [() => new Response('good')] };
  expect(await api.post(server.origin, { hooks: good }).text()).toBe('good');
  server.script(OK);
  const bad = { afterResponse: [() => Response.json({ error: { message: 'bad', code: 'BAD' } }, { status: 422 })] };
  await expect(api.post(server.origin, { hooks: bad }).text()).rejects.toMatchObject({
    kind: 'invalid_request',
    code: 'BAD',
    attempts: 1,
  });
  expect(ends).toMatchObject([
    { classification: 'success', stopped: undefined },
    { classification: 'client-error', stopped: 'final' },
  ]);
});

test('an error that a hook answers in the network’s place is typed, and is no attempt', async () => {
  const events: string[] = [];
  const api = createClient({ use: [{ name: 'watch', on: ({ type }) => void events.push(type) }] });
  const hooks = { beforeRequest: [() => Response.json({ error: { code: 'BUSY' } }, { status: 503 })] };
  await expect(api.post('http://x.test/', { hooks }).json()).rejects.toMatchObject({
    kind: 'server',
    code: 'BUSY',
    attempts: 0,
  });
  expect(events).toEqual([]);
});

test('a timed-out body passes beforeError, as in ky', async () => {
  server.script({ status: 200, body: 'x', ending: 'stall' });
  const hooks: Options['hooks'] = { beforeError: [({ error }) => new RangeError(error.name)] };
  await expect(createClient({ totalTimeout: 80, hooks })(server.origin).text()).rejects.toEqual(
    new RangeError('TimeoutError'),
  );
});

test('the error of another call, thrown in a hook, is left as it is', async () => {
  server.script(status(401));
  const inner = createClient({ service: 'tokens' });
  const outer = createClient({
    service: 'docs',
    hooks: { beforeRequest: [async () => void (await inner(`${server.origin}/token`))] },
  });
  await expect(outer(server.origin)).rejects.toMatchObject({ service: 'tokens', status: 401 });
  expect(server.seen.map(({ url }) => url)).toEqual(['/token']);
});

test('an error that a hook brings from elsewhere, or makes itself, is the very one that is thrown', async () => {
  server.script(status(401));
  let thrown: unknown;
  const note = (error: unknown) => {
    thrown = error;
    throw error;
  };
  class Mine extends HTTPError {}
  const hooks: Hooks[] = [
    { beforeRequest: [async () => void (await ky(server.origin).catch(note))] },
    { beforeRequest: [async () => void (await ky('http://127.0.0.1:1/', { retry: 0 }).catch(note))] },
    { afterResponse: [({ response, request, options }) => note(new Mine(response, request, options))] },
  ];
  for (const each of hooks) {
    server.script(status(401));
    const error = await createClient({ hooks: each, retry: { backoff } })(server.origin).catch(reason => reason);
    expect(error).toBe(thrown);
  }
});

test('a request of another method that a hook puts in its place is sent again, too', async () => {
  server.script(status(503), OK);
  const replace = () => new Request(server.origin, { method: 'PUT', body: 'y' });
  await createClient({ retry: { backoff }, hooks: { beforeRequest: [replace] } })(server.origin);
  expect(server.seen.map(({ method, body }) => `${method} ${body}`)).toEqual(['PUT y', 'PUT y']);
});

test('an answer that a hook gives is no attempt, and so has no end', async () => {
  const events: string[] = [];
  const api = createClient({ use: [{ name: 'watch', on: ({ type }) => void events.push(type) }] });
  await api('http://x.test/', { hooks: { beforeRequest: [() => new Response('cached')] } });
  expect(events).toEqual([]);
});

test('a call of the same client within a call, in every hook that could begin one', async () => {
  server.script(status(503), OK);
  const ends: (string | undefined)[] = [];
  const nested: Promise<Response>[] = [];
  const api = createClient({
    retry: { backoff },
    use: [{ name: 'watch', on: ({ type, call }) => void (type === 'end' && ends.push(call.service)) }],
  });
  const begin = () => void nested.push(api('http://x.test/', { service: 'inner', fetch: async () => new Response() }));
  await api.post(server.origin, {
    service: 'outer',
    json: 1,
    stringifyJson: data => {
      begin();
      return JSON.stringify(data);
    },
    hooks: { init: [begin], beforeRequest: [begin], afterResponse: [begin] },
  });
  await Promise.all(nested);
  expect(ends.sort()).toEqual(['inner', 'inner', 'inner', 'inner', 'outer']);
});

test('a call of a client within its own init hook, or its stringifyJson, takes nothing of the outer one', async () => {
  const ends: string[] = [];
  const inner: Promise<string>[] = [];
  let begun = 0;
  const begin = () => {
    if (begun++ < 2) inner.push(api(`${server.origin}/inner`).text());
  };
  const api = createClient({
    hooks: { init: [begin] },
    use: [{ name: 'watch', on: ({ type, call }) => void (type === 'end' && ends.push(`${call.method} ${call.url}`)) }],
    stringifyJson: data => {
      begin();
      return JSON.stringify(data);
    },
  });
  server.script(OK);
  const outer = new Request(`${server.origin}/outer`, { method: 'PUT', headers: { 'idempotency-key': 'mine' } });
  expect(await api(outer, { json: 1 }).text()).toBe('ok');
  expect(await Promise.all(inner)).toEqual(['ok', 'ok']);
  expect(ends.sort()).toEqual([
    `GET ${server.origin}/inner`,
    `GET ${server.origin}/inner`,
    `PUT ${server.origin}/outer`,
  ]);
  expect(server.seen.find(({ method }) => method === 'PUT')?.headers['idempotency-key']).toBe('mine');
});

test('a repeated request is what the first was', async () => {
  const init = {
    referrer: 'http://a.test/',
    referrerPolicy: 'unsafe-url',
    headers: { a: '1' },
    method: 'PATCH',
  } as const;
  const seen: unknown[] = [];
  const api = createClient({
    retry: { backoff },
    fetch: async input => {
      const { method, url, headers, referrer, referrerPolicy, credentials, redirect, keepalive } = input as Request;
      const body = await (input as Request).text();
      seen.push({
        method,
        url,
        headers: [...headers],
        referrer,
        referrerPolicy,
        credentials,
        redirect,
        keepalive,
        body,
      });
      return new Response('', { status: seen.length < 3 ? 503 : 200 });
    },
  });
  await api('http://x.test/', { ...init, body: 'x', credentials: 'include', redirect: 'error', keepalive: true });
  expect(seen).toHaveLength(3);
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
});
