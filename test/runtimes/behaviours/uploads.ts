import { createClient } from '../../../src/index.ts';
import type { Behaviour, Env } from '../behaviour.ts';
import type { Step } from '../server.ts';
import { fate, quick, RESET, SOON, STALL, thrown } from './support.ts';

/** A body that comes in pieces, and can be read once. */
const upload = (): RequestInit => {
  let left = 3;
  const init = {
    method: 'POST',
    duplex: 'half',
    body: new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(new TextEncoder().encode('piece '));
        else controller.close();
      },
    }),
  };
  return init as RequestInit;
};

const inTheDark = { class: 'network-error', attempts: 1, delivery: 'unknown' };

type Door = (url: string, init: RequestInit, more?: { signal?: AbortSignal; timeout?: number }) => Promise<unknown>;

const DOORS: Readonly<Record<string, Door>> = {
  fetch: (url, init, { signal, timeout } = {}) => quick({ timeout })(url, { ...init, ...(signal && { signal }) }),
  'fetch of a Request': (url, init, { signal, timeout } = {}) =>
    quick({ timeout })(new Request(url, { ...init, ...(signal && { signal }) })),
  client: (url, init, { signal, timeout } = {}) =>
    createClient({ ...SOON, timeout })(url, { ...init, ...(signal && { signal }) }),
  'client’s shortcut': (url, init, { signal, timeout } = {}) =>
    createClient({ ...SOON, timeout })(url, { ...init, ...(signal && { signal }) }).json(),
};

/** The ways in which a call comes to nothing. */
const WAYS: Readonly<Record<string, (door: Door, env: Env, init: RequestInit) => Promise<unknown>>> = {
  'whose connection breaks': async (door, env, init) => {
    await env.script(RESET);
    return door(env.url, init);
  },
  'whose connection is refused': (door, env, init) => door(env.refused, init),
  'that is aborted': async (door, env, init) => {
    await env.script(STALL);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('changed my mind')), 50);
    return door(env.url, init, { signal: controller.signal });
  },
  'that takes too long': async (door, env, init) => {
    await env.script(STALL);
    return door(env.url, init, { timeout: 50 });
  },
};

const BODIES: Readonly<Record<string, () => RequestInit>> = {
  'a stream': upload,
  'a text': () => ({ method: 'POST', body: 'text' }),
  'no body': () => ({}),
};

/** That none of them leaves a rejection unhandled the suite sees at its end. */
const failing: readonly Behaviour[] = Object.entries(DOORS).flatMap(([door, send]) =>
  Object.entries(WAYS).flatMap(([way, come]) =>
    Object.entries(BODIES).map(([what, init]) => ({
      name: `${door}, a call with ${what} ${way}: rejects, and that is all`,
      expect: true,
      run: async (env: Env) => (await thrown(() => come(send, env, init()))) instanceof Error,
    })),
  ),
);

export const uploads: readonly Behaviour[] = [
  ...failing,
  {
    name: 'a stream whose connection breaks is sent once',
    expect: { fate: inTheDark, requests: 1 },
    run: async env => {
      await env.script(RESET, 200);
      return { fate: await fate(env.url, upload()), requests: await env.requests() };
    },
  },
  {
    name: 'a stream whose connection is refused: not-sent, and not repeated',
    expect: { ...inTheDark, delivery: 'not-sent' },
    run: env => fate(env.refused, upload()),
  },
  {
    name: 'a stream that fails while it is sent',
    expect: 'failed',
    run: async env => {
      await env.script(200);
      const body = new ReadableStream({ pull: controller => controller.error(new Error('the disk is gone')) });
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
      return quick()(env.url, init).then(
        () => 'answered',
        () => 'failed',
      );
    },
  },
  {
    name: 'an answer that nobody wants is let go, whatever becomes of it',
    expect: { status: 200, requests: 3 },
    run: async env => {
      const breaking: Step = { status: 503, headers: { 'content-length': '100' }, body: 'some', ending: 'reset' };
      await env.script(breaking, breaking, 200);
      const { status } = await quick({ retry: { backoff: () => 100 } })(env.url);
      return { status, requests: await env.requests() };
    },
  },
];
