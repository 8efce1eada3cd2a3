import { type ClientOptions, createClient, createFetch, type FetchOptions } from '../../../src/index.ts';
import type { Behaviour, Env } from '../behaviour.ts';
import { nameOf, quick, SOON, thrown } from './support.ts';

type Fetch = typeof globalThis.fetch;

/** An own fetch that gives what no platform would. */
const giving = (answer: unknown) => {
  let sent = 0;
  const fetch = (async () => {
    sent++;
    return answer;
  }) as unknown as Fetch;
  return { fetch, sent: () => sent };
};

/** As polyfills of old have it: no `reason`, and no platform knows it. */
const polyfilled = () => {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    addEventListener: (_: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => void listeners.delete(listener),
  };
  const abort = (): void => {
    signal.aborted = true;
    for (const listener of listeners) listener();
  };
  return { signal: signal as unknown as AbortSignal, abort, listeners };
};

/** A fetch that hears nothing and never answers. */
const deaf = (() => new Promise(() => {})) as unknown as Fetch;

/** What a classifier that is wrong is told, at each door. */
const refusals = async (env: Env, classify: unknown): Promise<unknown> => {
  await env.script(200);
  const options = { retry: { ...SOON.retry, classify } } as FetchOptions & ClientOptions;
  const errors = [
    await thrown(() => createFetch(options)(env.url)),
    await thrown(() => createClient(options).get(env.url)),
  ];
  return errors.map(error => error instanceof TypeError && error.message.includes('`retry.classify`'));
};

/** Fetches, answers and signals that are none of the platform's. */
export const strangers: readonly Behaviour[] = [
  {
    name: 'it looks like fetch',
    expect: { name: 'fetch', length: 1 },
    run: async () => {
      const { name, length } = createFetch();
      return { name, length };
    },
  },
  {
    name: 'without arguments it rejects as the platform does',
    expect: { rejects: true, same: true },
    run: async () => {
      const call = (fetch: unknown) => thrown(async () => (fetch as () => Promise<unknown>)());
      const ours = createFetch() as unknown as () => unknown;
      let returned: unknown;
      const error = await thrown(async () => {
        returned = ours();
        return returned;
      });
      const theirs = await call(globalThis.fetch);
      return { rejects: returned instanceof Promise, same: nameOf(error) === nameOf(theirs) };
    },
  },
  {
    name: 'a polyfilled signal, aborted in the wait: AbortError, and no listener is left',
    expect: { name: 'AbortError', dom: true, sent: 1, listeners: 0 },
    run: async () => {
      const { signal, abort, listeners } = polyfilled();
      const { fetch, sent } = giving(new Response('', { status: 503 }));
      const wait = () => {
        setTimeout(abort, 1);
        return 60_000;
      };
      const error = await thrown(() => createFetch({ fetch, retry: { backoff: wait } })('http://own/', { signal }));
      return { name: nameOf(error), dom: error instanceof DOMException, sent: sent(), listeners: listeners.size };
    },
  },
  {
    name: 'a fetch that ignores its signal: time-outs hold',
    expect: { drop: 'TimeoutError', client: 'TimeoutError' },
    run: async () => {
      const options = { fetch: deaf, timeout: 50, retry: 0 };
      return {
        drop: nameOf(await thrown(() => createFetch(options)('http://own/'))),
        client: nameOf(await thrown(() => createClient(options).get('http://own/'))),
      };
    },
  },
  {
    name: 'a fetch that ignores its signal: an abort ends the call',
    expect: { same: true },
    run: async () => {
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      setTimeout(() => controller.abort(reason), 1);
      const error = await thrown(() => quick({ fetch: deaf })('http://own/', { signal: controller.signal }));
      return { same: error === reason };
    },
  },
  {
    name: 'an answer without headers or a body is retried and handed through',
    expect: { same: true, sent: 3 },
    run: async () => {
      const mock = { ok: false, status: 503, json: async () => ({}) };
      const { fetch, sent } = giving(mock);
      const answer: unknown = await quick({ fetch })('http://own/');
      return { same: answer === mock, sent: sent() };
    },
  },
  {
    name: 'an answer whose body is a text is retried and handed through',
    expect: { same: true, sent: 3 },
    run: async () => {
      const mock = { status: 503, headers: { 'content-type': 'text/plain' }, body: 'a text' };
      const { fetch, sent } = giving(mock);
      const answer: unknown = await quick({ fetch })('http://own/');
      return { same: answer === mock, sent: sent() };
    },
  },
  {
    name: 'an answer that is none: a TypeError, once',
    expect: { typeError: true, sent: 1 },
    run: async () => {
      const { fetch, sent } = giving(undefined);
      const error = await thrown(() => quick({ fetch })('http://own/'));
      return { typeError: error instanceof TypeError, sent: sent() };
    },
  },
  {
    name: 'a classifier that gives a promise is refused by name, at both doors',
    expect: [true, true],
    run: env => refusals(env, async () => 'success'),
  },
  {
    name: 'a classifier that gives no class is refused by name, at both doors',
    expect: [true, true],
    run: env => refusals(env, () => 'maybe'),
  },
];
