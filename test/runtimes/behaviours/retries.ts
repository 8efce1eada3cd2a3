import { createFetch } from '../../../src/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { quick, RESET, thrown } from './support.ts';

const RETRIED = [429, 500, 501, 502, 503, 504, 520, 529];
const FINAL = [400, 401, 403, 404, 408, 409, 410, 413, 422, 425, 451];

export const retries: readonly Behaviour[] = [
  ...RETRIED.map(status => ({
    name: `${status} is tried again`,
    expect: { status: 200, requests: 2 },
    run: async (env: Parameters<Behaviour['run']>[0]) => {
      await env.script(status, 200);
      const response = await quick()(env.url);
      return { status: response.status, requests: await env.requests() };
    },
  })),
  ...FINAL.map(status => ({
    name: `${status} is handed back at once`,
    expect: { status, body: `status ${status}`, requests: 1 },
    run: async (env: Parameters<Behaviour['run']>[0]) => {
      await env.script(status, 200);
      const response = await quick()(env.url);
      return { status: response.status, body: await response.text(), requests: await env.requests() };
    },
  })),
  {
    name: 'a success is sent once',
    expect: { status: 204, requests: 1 },
    run: async env => {
      await env.script(204);
      const response = await quick()(env.url);
      return { status: response.status, requests: await env.requests() };
    },
  },
  {
    name: 'exhausted, the last answer is handed back with its body unread',
    expect: { status: 502, used: false, body: 'the last one', requests: 3 },
    run: async env => {
      await env.script(503, 500, { status: 502, body: 'the last one' });
      const response = await quick()(env.url);
      const used = response.bodyUsed;
      return { status: response.status, used, body: await response.text(), requests: await env.requests() };
    },
  },
  {
    name: 'retry: 0 sends once',
    expect: { status: 503, requests: 1 },
    run: async env => {
      await env.script(503, 200);
      const response = await createFetch({ retry: 0 })(env.url);
      return { status: response.status, requests: await env.requests() };
    },
  },
  {
    name: 'a connection that breaks is tried again',
    expect: { status: 200, requests: 2 },
    run: async env => {
      await env.script(RESET, 200);
      const response = await quick()(env.url);
      return { status: response.status, requests: await env.requests() };
    },
  },
  {
    name: 'a connection that keeps breaking ends in the rejection of the platform',
    expect: { same: true, typeError: true, requests: 3 },
    run: async env => {
      await env.script(RESET);
      let last: unknown;
      const watched: typeof fetch = async (input, init) => {
        try {
          return await fetch(input, init);
        } catch (error) {
          last = error;
          throw error;
        }
      };
      const error = await thrown(() => quick({ fetch: watched })(env.url));
      return { same: error === last, typeError: error instanceof TypeError, requests: await env.requests() };
    },
  },
  {
    name: 'a connection that is refused is tried again, to the limit',
    expect: { sent: 3, typeError: true },
    run: async env => {
      let sent = 0;
      const counted: typeof fetch = (input, init) => {
        sent++;
        return fetch(input, init);
      };
      const error = await thrown(() => quick({ fetch: counted })(env.refused));
      return { sent, typeError: error instanceof TypeError };
    },
  },
  {
    name: 'a redirect is followed within an attempt',
    expect: { status: 200, end: '/there', requests: 2 },
    run: async env => {
      await env.script({ status: 302, headers: { location: `${env.url}/there` } }, 200);
      const response = await quick()(env.url);
      return { status: response.status, end: response.url.replace(env.url, ''), requests: await env.requests() };
    },
  },
  {
    name: 'globalThis.fetch = createFetch() does not call itself',
    expect: { status: 200, requests: 2 },
    run: async env => {
      await env.script(503, 200);
      const platform = globalThis.fetch;
      try {
        globalThis.fetch = quick();
        const response = await globalThis.fetch(env.url);
        return { status: response.status, requests: await env.requests() };
      } finally {
        globalThis.fetch = platform;
      }
    },
  },
  {
    name: 'who patches fetch later is honoured',
    expect: { patched: 2, status: 200 },
    run: async env => {
      await env.script(503, 200);
      const ours = quick();
      const platform = globalThis.fetch;
      let patched = 0;
      try {
        globalThis.fetch = (input, init) => {
          patched++;
          return platform(input, init);
        };
        const { status } = await ours(env.url);
        return { patched, status };
      } finally {
        globalThis.fetch = platform;
      }
    },
  },
];
