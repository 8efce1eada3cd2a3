import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { diagnostics } from '../src/extensions/diagnostics.ts';
import { recorder } from '../src/extensions/testing.ts';
import { type CallEvent, createClient, createFetch, type Extension, type FetchOptions } from '../src/index.ts';
import { child } from './support/child.ts';
import { RESET, refusedUrl, serve, status, type TestServer } from './support/server.ts';

const CHANNELS = ['holdfast:attempt', 'holdfast:retry', 'holdfast:end'] as const;

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

const release: (() => void)[] = [];
afterEach(() => {
  for (const each of release.splice(0)) each();
  vi.unstubAllGlobals();
});

const listen = (name: string, listener: (event: CallEvent) => void): void => {
  const subscriber = (message: unknown) => listener(message as CallEvent);
  subscribe(name, subscriber);
  release.push(() => unsubscribe(name, subscriber));
};

const DOORS: [string, (options: FetchOptions) => (url: string, init?: RequestInit) => Promise<Response>][] = [
  ['fetch', createFetch],
  ['client', options => async (url, init) => await createClient(options)(url, init)],
];
const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => {},
    () => {},
  );
const QUICK = { retry: { backoff: () => 1 } };

describe.each(DOORS)('%s', (_, make) => {
  test('publishes attempts, retries and the end, each on its channel, as an extension sees them', async () => {
    const published: CallEvent[] = [];
    const watched: CallEvent[] = [];
    for (const name of CHANNELS) {
      listen(name, event => {
        expect(`holdfast:${event.type}`).toBe(name);
        published.push(event);
      });
    }
    const watch: Extension = { name: 'watch', on: event => void watched.push(event) };
    server.script(status(503), RESET, status(200));
    await make({ ...QUICK, use: [diagnostics(), watch] })(server.origin, { method: 'PUT', body: 'x' });
    expect(published.map(({ type }) => type)).toEqual(['attempt', 'retry', 'attempt', 'retry', 'attempt', 'end']);
    expect(published).toHaveLength(watched.length);
    for (const [index, event] of published.entries()) expect(event).toBe(watched[index]);
  });

  test('publishes how a call ended, whatever ended it', async () => {
    const ends: unknown[] = [];
    listen('holdfast:end', event => {
      if (event.type === 'end') ends.push([event.classification, event.stopped, event.delivery]);
    });
    const call = make({ ...QUICK, use: [diagnostics()] });
    server.script(status(200));
    await call(server.origin);
    server.script(status(404));
    await settled(call(server.origin, { method: 'POST', body: 'x' }));
    await settled(call(await refusedUrl(), { method: 'POST', body: 'x' }));
    await settled(call(server.origin, { signal: AbortSignal.abort() }));
    expect(ends.slice(0, 3)).toEqual([
      ['success', undefined, undefined],
      ['client-error', 'final', 'rejected'],
      ['network-error', 'limit', 'not-sent'],
    ]);
  });

  test('is listened to from the moment on in which somebody does, until nobody does', async () => {
    const call = make({ ...QUICK, use: [diagnostics()] });
    const ends: CallEvent[] = [];
    server.script(status(200));
    await call(server.origin);
    listen('holdfast:end', event => ends.push(event));
    expect(channel('holdfast:end').hasSubscribers).toBe(true);
    await call(server.origin);
    release.pop()!();
    await call(server.origin);
    expect(ends).toHaveLength(1);
  });

  test('publishes nothing without the extension', async () => {
    const published: CallEvent[] = [];
    for (const name of CHANNELS) listen(name, event => published.push(event));
    server.script(status(503), status(200));
    await make(QUICK)(server.origin);
    expect(published).toEqual([]);
  });

  test('a subscriber that throws never touches the call', async () => {
    const thrown: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', error => thrown.push(error));
    for (const name of CHANNELS) {
      listen(name, () => {
        throw new Error('a subscriber’s own');
      });
    }
    server.script(status(503), status(200));
    try {
      expect((await make({ ...QUICK, use: [diagnostics()] })(server.origin)).status).toBe(200);
      await new Promise(setImmediate);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    }
    // The runtime reports it, as it does for any channel.
    expect(thrown).toHaveLength(4);
  });
});

test('the channels outlive a collection: who subscribes after it hears of the next call', async () => {
  expect(await child<{ heard: string[] }>('diagnostics')).toMatchObject({ heard: ['attempt', 'end'], stderr: '' });
});

describe('where the runtime has no channels', () => {
  test.each([
    ['no process', undefined],
    ['a process that is not of Node', { env: {} }],
    ['a module that is not there', { getBuiltinModule: () => undefined }],
    [
      'a process that throws',
      {
        getBuiltinModule: () => {
          throw new Error('denied');
        },
      },
    ],
  ])('%s means none, and the call goes on', async (_what, process) => {
    const published: CallEvent[] = [];
    for (const name of CHANNELS) listen(name, event => published.push(event));
    vi.stubGlobal('process', process);
    const extension = diagnostics();
    vi.unstubAllGlobals();
    const seen = recorder();
    server.script(status(503), status(200));
    expect((await createFetch({ ...QUICK, use: [extension, seen] })(server.origin)).status).toBe(200);
    expect(seen.story).toEqual(['attempt', 'retry', 'attempt', 'success']);
    expect(published).toEqual([]);
  });
});
