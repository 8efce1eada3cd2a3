import type { Behaviour } from '../behaviour.ts';
import { fate, RESET, STALL } from './support.ts';

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
];
