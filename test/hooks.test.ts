import ky, { type Hooks, HTTPError, replaceOption } from 'ky';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClientOptions, createClient } from '../src/index.ts';
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
  ['delay', { retry: { delay: fail } }, 1],
  ['jitter', { retry: { jitter: fail } }, 1],
  ['shouldRetry', { retry: { shouldRetry: fail } }, 1],
  ['throwHttpErrors', { throwHttpErrors: fail }, 1],
  ['beforeAttempt', { use: [{ name: 'no', beforeAttempt: fail }] }, 0],
  ['fetch', { fetch: fail }, 0],
])('a function of our user’s that throws ends the call with its error, unretried: %s', async (_, options, sent) => {
  for (const log of [undefined, () => {}]) {
    const call = async () => createClient({ ...options, log }).post(server.origin);
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
  const api = createClient({ log: fail, use: [{ name: 'a', on: fail, allowRetry: fail }], retry: { backoff } });
  expect(await api(server.origin).text()).toBe('ok');
});

test('a classify that throws at a success is heard by nobody', async () => {
  server.script(OK);
  const api = createClient({ log: () => {}, retry: { classify: fail } });
  expect(await api(server.origin).text()).toBe('ok');
  await new Promise(setImmediate);
  expect(unhandled).toEqual([]);
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
    { beforeRetry: [() => note(new Mine(new Response(), new Request(server.origin), {} as never))] },
  ];
  for (const [index, each] of hooks.entries()) {
    server.script(status(index === 3 ? 503 : 401));
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
    hooks: { init: [begin], beforeRequest: [begin], beforeRetry: [begin] },
  });
  await Promise.all(nested);
  expect(ends.sort()).toEqual(['inner', 'inner', 'inner', 'inner', 'outer']);
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
