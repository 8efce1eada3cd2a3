import type { Behaviour } from '../behaviour.ts';
import { fate, RESET, STALL } from './support.ts';

const REFUSED = { kind: 'invalid', attempts: 1, delivery: 'not-sent' };
/** Only `failureOf` sees that these can't work: something may have left. */
const PERMANENT = { kind: 'invalid', attempts: 1, delivery: 'unknown' };
const POST = { method: 'POST', body: '{}' };

export const failures: readonly Behaviour[] = [
  {
    name: 'a refused connection: not-sent',
    expect: { kind: 'network-error', attempts: 3, delivery: 'not-sent' },
    run: env => fate(env.refused, POST, { idempotency: { origins: [env.refused] } }),
  },
  {
    name: 'a refused POST is repeated without a key',
    expect: { kind: 'network-error', attempts: 3, delivery: 'not-sent' },
    run: env => fate(env.refused, POST, { idempotency: false }),
  },
  {
    name: 'a reset connection: unknown',
    expect: { kind: 'network-error', attempts: 3, delivery: 'unknown' },
    run: async env => {
      await env.script(RESET);
      return fate(env.url, POST);
    },
  },
  {
    name: 'a POST without a key is not repeated after a reset',
    expect: { kind: 'network-error', attempts: 1, delivery: 'unknown' },
    run: async env => {
      await env.script(RESET, 200);
      return fate(env.url, POST, { idempotency: false });
    },
  },
  {
    name: 'no answer in time: unknown',
    expect: { kind: 'timeout', attempts: 3, delivery: 'unknown' },
    run: async env => {
      await env.script(STALL);
      return fate(env.url, POST, { timeout: 100 });
    },
  },
  {
    name: 'an unknown scheme is not repeated',
    expect: PERMANENT,
    run: () => fate('foo://example/'),
  },
  {
    name: 'TLS that fails is not repeated',
    expect: PERMANENT,
    run: env => fate(env.origin.replace('http:', 'https:')),
  },
  { name: 'a bad port is not repeated', expect: PERMANENT, run: () => fate('http://127.0.0.1:1/') },
  { name: 'a URL that is none is not repeated', expect: REFUSED, run: () => fate('http://') },
  {
    name: 'a relative URL',
    expect: REFUSED,
    run: async env => {
      await env.script(503, 200);
      return fate(env.url.replace(env.origin, ''));
    },
  },
  {
    name: 'a URL with a password',
    expect: REFUSED,
    run: async env => {
      await env.script(200);
      return fate(env.url.replace('http://', 'http://user:secret@'));
    },
  },
  {
    name: 'a forbidden method is not repeated',
    expect: REFUSED,
    run: async env => {
      await env.script(200);
      return fate(env.url, { method: 'TRACE' });
    },
  },
  {
    name: 'a method that is none is not repeated',
    expect: REFUSED,
    run: async env => {
      await env.script(200);
      return fate(env.url, { method: 'A B' });
    },
  },
  {
    name: 'a header that is none is not repeated',
    expect: REFUSED,
    run: async env => {
      await env.script(200);
      return fate(env.url, { headers: { 'a b': 'c' } });
    },
  },
  {
    name: 'a GET with a body is not repeated',
    expect: REFUSED,
    run: async env => {
      await env.script(200);
      return fate(env.url, { body: 'body' });
    },
  },
  {
    name: 'a signal that is none is not repeated',
    expect: REFUSED,
    run: async env => {
      await env.script(200);
      return fate(env.url, { signal: {} as AbortSignal });
    },
  },
  {
    name: 'redirect: error is not repeated',
    expect: { ...PERMANENT, requests: 1 },
    run: async env => {
      await env.script({ status: 302, headers: { location: env.url } });
      return { ...(await fate(env.url, { redirect: 'error' })), requests: await env.requests() };
    },
  },
  {
    name: 'a redirect loop is walked once',
    expect: { ...PERMANENT, requests: 21 },
    run: async env => {
      await env.script({ status: 302, headers: { location: env.url } });
      return { ...(await fate(env.url)), requests: await env.requests() };
    },
  },
  {
    name: 'an integrity that does not match is not repeated',
    expect: { ...PERMANENT, requests: 1 },
    run: async env => {
      await env.script(200);
      const integrity = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
      return { ...(await fate(env.url, { integrity })), requests: await env.requests() };
    },
  },
];
