import type { Behaviour } from '../behaviour.ts';
import { fate, quick, RESET, STALL, thrown } from './support.ts';

const POST = { method: 'POST', body: '{}' };

export const failures: readonly Behaviour[] = [
  {
    name: 'a refused connection: not-sent',
    expect: { class: 'network-error', attempts: 3, delivery: 'not-sent' },
    run: env => fate(env.refused, POST, { idempotency: {} }),
  },
  {
    name: 'a refused POST is repeated without a key',
    expect: { class: 'network-error', attempts: 3, delivery: 'not-sent' },
    run: env => fate(env.refused, POST, { idempotency: false }),
  },
  {
    name: 'a reset connection: unknown',
    expect: { class: 'network-error', attempts: 3, delivery: 'unknown' },
    run: async env => {
      await env.script(RESET);
      return fate(env.url, POST);
    },
  },
  {
    name: 'a POST without a key is not repeated after a reset',
    expect: { class: 'network-error', attempts: 1, delivery: 'unknown' },
    run: async env => {
      await env.script(RESET, 200);
      return fate(env.url, POST, { idempotency: false });
    },
  },
  {
    name: 'no answer in time: unknown',
    expect: { class: 'timeout', attempts: 3, delivery: 'unknown' },
    run: async env => {
      await env.script(STALL);
      return fate(env.url, POST, { timeout: 100 });
    },
  },
  {
    name: 'a certificate that nobody vouches for: not-sent, and not repeated',
    expect: { class: 'network-error', attempts: 1, delivery: 'not-sent' },
    run: env => fate(env.selfSigned, POST, { idempotency: {} }),
  },
  {
    name: 'a read has no delivery',
    expect: { class: 'network-error', attempts: 3 },
    run: async env => {
      await env.script(RESET);
      return fate(env.url);
    },
  },
  {
    name: 'a redirect to nowhere: unknown',
    expect: { delivery: 'unknown' },
    run: async env => {
      await env.script({ status: 303, headers: { location: 'http://[bad' } });
      const { delivery } = await fate(env.url, POST);
      return { delivery };
    },
  },
  {
    name: 'what an own fetch throws: the same object, once',
    expect: { same: true, sent: 1 },
    run: async env => {
      const error = new Error('HTTP 503: the store is busy');
      let sent = 0;
      const fetch = async () => {
        sent++;
        throw error;
      };
      return { same: (await thrown(() => quick({ fetch })(env.url))) === error, sent };
    },
  },
  {
    name: 'globalThis.fetch as an option is still the platform’s',
    expect: { unknown: { class: 'invalid', attempts: 1 }, reset: { status: 200 } },
    run: async env => {
      await env.script(RESET, 200);
      const { fetch } = globalThis;
      return { unknown: await fate('foo://example/', {}, { fetch }), reset: await fate(env.url, {}, { fetch }) };
    },
  },
];
