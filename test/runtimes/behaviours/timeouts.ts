import { createClient } from '../../../src/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { nameOf, quick, SOON, STALL, thrown } from './support.ts';

export const timeouts: readonly Behaviour[] = [
  {
    name: 'an attempt that does not answer in time is tried again',
    expect: { status: 200, requests: 2 },
    run: async env => {
      await env.script(STALL, 200);
      const { status } = await quick({ timeout: 300 })(env.url);
      return { status, requests: await env.requests() };
    },
  },
  {
    name: 'none answers in time: TimeoutError',
    expect: { name: 'TimeoutError', dom: true, requests: 3 },
    run: async env => {
      await env.script(STALL);
      const error = await thrown(() => quick({ timeout: 100 })(env.url));
      return { name: nameOf(error), dom: error instanceof DOMException, requests: await env.requests() };
    },
  },
  {
    name: 'totalTimeout ends the call',
    expect: { name: 'TimeoutError', requests: 1 },
    run: async env => {
      await env.script(STALL);
      const error = await thrown(() => quick({ totalTimeout: 200 })(env.url));
      return { name: nameOf(error), requests: await env.requests() };
    },
  },
  {
    name: 'totalTimeout: 0 ends the call before anything is sent',
    expect: { name: 'TimeoutError', client: 'TimeoutError', requests: 0 },
    run: async env => {
      await env.script(200);
      const error = await thrown(() => quick({ totalTimeout: 0 })(env.url));
      const client = await thrown(() => createClient({ totalTimeout: 0 }).get(env.url));
      return { name: nameOf(error), client: nameOf(client), requests: await env.requests() };
    },
  },
  {
    name: 'a wait that would end too late is not begun',
    expect: { status: 503, body: 'status 503', requests: 1 },
    run: async env => {
      await env.script(503, 200);
      const response = await quick({ totalTimeout: 5_000, retry: { backoff: () => 6_000 } })(env.url);
      return { status: response.status, body: await response.text(), requests: await env.requests() };
    },
  },
  {
    name: 'a timeout ends with the headers, not with the body',
    expect: 'first second',
    run: async env => {
      await env.script({ gated: true });
      const response = await quick({ timeout: 1_000 })(env.url);
      setTimeout(() => void env.go(), 1_200);
      return response.text();
    },
  },
  {
    name: 'a client’s attempts that do not answer in time',
    expect: { kind: 'timeout', name: 'TimeoutError', attempts: 3, delivery: 'unknown', requests: 3 },
    run: async env => {
      await env.script(STALL);
      const client = createClient({ ...SOON, timeout: 150 });
      const error = await thrown(() => client.post(env.url));
      if (!client.isError(error)) return error;
      const { kind, name, attempts, delivery } = error;
      return { kind, name, attempts, delivery, requests: await env.requests() };
    },
  },
];
