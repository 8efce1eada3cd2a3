import { channel } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { withDiagnostics } from '../src/diagnostics.ts';
import { type CallEvent, createClient, createFetch, DEFAULTS, type FetchOptions } from '../src/index.ts';
import { resolve } from '../src/options.ts';
import { RESET, serve, status, type TestServer } from './support/server.ts';

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
  vi.resetModules();
});

const listen = (name: string, listener: (event: CallEvent) => void): void => {
  const subscriber = (message: unknown) => listener(message as CallEvent);
  channel(name).subscribe(subscriber);
  release.push(() => channel(name).unsubscribe(subscriber));
};

const policy = resolve({ use: [{ name: 'own' }] }, DEFAULTS.fetch);

const DOORS: [string, (options: FetchOptions) => (url: string, init?: RequestInit) => Promise<Response>][] = [
  ['fetch', createFetch],
  ['client', options => async (url, init) => await createClient(options)(url, init)],
];
const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => {},
    () => {},
  );

describe('while nobody listens', () => {
  test('the policy is the very same', () => {
    expect(withDiagnostics(policy)).toBe(policy);
  });

  test('and is so again when the last listener has left', () => {
    listen('holdfast:end', () => {});
    expect(withDiagnostics(policy)).not.toBe(policy);
    release.pop()!();
    expect(withDiagnostics(policy)).toBe(policy);
  });
});

test.each(CHANNELS)('a listener of %s alone is enough, and comes after the extensions of the caller', name => {
  listen(name, () => {});
  expect(withDiagnostics(policy)).toMatchObject({ ...policy, use: [{ name: 'own' }, { name: 'diagnostics_channel' }] });
  expect(policy.use).toHaveLength(1);
});

describe.each(DOORS)('%s', (_, make) => {
  test('publishes attempts, retries and the end, as an extension sees them', async () => {
    const published: CallEvent[] = [];
    const watched: CallEvent[] = [];
    for (const name of CHANNELS) {
      listen(name, event => {
        expect(`holdfast:${event.type}`).toBe(name);
        published.push(event);
      });
    }
    const use = [{ name: 'watch', on: (event: CallEvent) => void watched.push(event) }];
    server.script(status(503), RESET, status(200));
    await make({ retry: { backoff: () => 1 }, use })(server.origin, { method: 'PUT', body: 'x' });
    expect(published.map(({ type }) => type)).toEqual(['attempt', 'retry', 'attempt', 'retry', 'attempt', 'end']);
    expect(published).toEqual(watched);
  });

  test('is listened to from the next call on, without extensions of its own', async () => {
    const call = make({ retry: { backoff: () => 1 } });
    server.script(status(200));
    await call(server.origin);
    const ends: CallEvent[] = [];
    listen('holdfast:end', event => ends.push(event));
    await call(server.origin);
    server.script(status(404));
    await settled(call(server.origin));
    expect(ends.map(event => event.type === 'end' && [event.classification, event.stopped])).toEqual([
      ['success', undefined],
      ['client-error', 'final'],
    ]);
  });
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
  ])('%s means none', async (_what, process) => {
    listen('holdfast:end', () => {});
    vi.resetModules();
    vi.stubGlobal('process', process);
    const fresh = await import('../src/diagnostics.ts').finally(() => vi.unstubAllGlobals());
    expect(fresh.withDiagnostics(policy)).toBe(policy);
  });
});
