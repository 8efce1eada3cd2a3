import type { Behaviour } from '../behaviour.ts';
import type { Step } from '../server.ts';
import { fate } from './support.ts';

/** What the platform refuses before it sends anything. */
const NEVER = { class: 'invalid', attempts: 1 };
/** What fails on its way, in words or with a code that say that no repetition cures it. */
const IN_VAIN = { class: 'network-error', attempts: 1 };

/** A request that is wrong in itself, to a server that would answer it. */
const wrong = (
  what: string,
  init: RequestInit,
  urlOf = (url: string): string => url,
  more: object = {},
): Behaviour => ({
  name: `${what}: refused, and not repeated`,
  expect: { ...NEVER, ...more },
  run: async env => {
    await env.script(200);
    return fate(urlOf(env.url), init);
  },
});

/** A request that fails the same way each time, after an answer. */
const inVain = (
  what: string,
  requests: number,
  step: number | ((url: string) => Step),
  init: RequestInit,
): Behaviour => ({
  name: `${what}: not repeated`,
  expect: { ...IN_VAIN, requests },
  run: async env => {
    await env.script(typeof step === 'function' ? step(env.url) : step);
    return { ...(await fate(env.url, init)), requests: await env.requests() };
  },
});

const toItself = (url: string): Step => ({ status: 302, headers: { location: url } });

export const refusals: readonly Behaviour[] = [
  { name: 'an unknown scheme: not repeated', expect: NEVER, run: () => fate('foo://example/') },
  {
    name: 'TLS that fails: tried again, like any connection',
    expect: { class: 'network-error', attempts: 3 },
    run: env => fate(env.origin.replace('http:', 'https:')),
  },
  { name: 'a port that fetch refuses: not repeated', expect: IN_VAIN, run: () => fate('http://127.0.0.1:1/') },
  wrong('a URL that is none', {}, () => 'http://'),
  wrong('a relative URL', {}, url => new URL(url).pathname),
  wrong('a URL with a password', {}, url => url.replace('http://', 'http://user:secret@')),
  wrong('the method TRACE', { method: 'TRACE' }),
  wrong('a method that is none', { method: 'A B' }, undefined, { delivery: 'not-sent' }),
  wrong('a header that is none', { headers: { 'a b': 'c' } }),
  wrong('a GET with a body', { body: 'body' }),
  wrong('a signal that is none', { signal: {} as AbortSignal }),
  {
    name: 'a Request whose body was used: refused, and not repeated',
    expect: { ...NEVER, delivery: 'not-sent', requests: 0 },
    run: async env => {
      await env.script(200);
      const request = new Request(env.url, { method: 'POST', body: 'used' });
      await request.text();
      return { ...(await fate(request)), requests: await env.requests() };
    },
  },
  inVain('redirect: error', 1, toItself, { redirect: 'error' }),
  inVain('a redirect loop', 21, toItself, {}),
  inVain('an integrity that does not match', 1, 200, {
    integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  }),
];
