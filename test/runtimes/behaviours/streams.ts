import { createClient } from '../../../src/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { quick, SOON, thrown } from './support.ts';

const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

export const streams: readonly Behaviour[] = [
  {
    name: 'an answer streams: its first piece comes before the second is made',
    expect: ['first ', 'second'],
    run: async env => {
      await env.script(503, { gated: true });
      const response = await quick({ timeout: 10_000 })(env.url);
      const reader = response.body!.getReader();
      const first = decode((await reader.read()).value);
      await env.go();
      return [first, decode((await reader.read()).value)];
    },
  },
  {
    name: 'a client’s answer streams',
    expect: ['first ', 'second'],
    run: async env => {
      await env.script(503, { gated: true });
      const response = await createClient(SOON).get(env.url);
      const reader = response.body!.getReader();
      const first = decode((await reader.read()).value);
      await env.go();
      return [first, decode((await reader.read()).value)];
    },
  },
  {
    name: 'a large answer arrives whole after a retry',
    expect: 3_000_000,
    run: async env => {
      await env.script({ status: 503, body: 'x'.repeat(3_000_000) }, { status: 200, body: 'y'.repeat(3_000_000) });
      const response = await quick()(env.url);
      return (await response.text()).split('y').length - 1;
    },
  },
  {
    name: 'an endless answer delays no retry',
    expect: { status: 200, requests: 2 },
    run: async env => {
      await env.script({ status: 503, ending: 'endless' }, 200);
      const { status } = await quick()(env.url);
      return { status, requests: await env.requests() };
    },
  },
  {
    name: 'an answer that stalls after its headers delays no retry',
    expect: { status: 200, requests: 2 },
    run: async env => {
      await env.script({ status: 503, body: 'some', ending: 'stall' }, 200);
      const { status } = await quick()(env.url);
      return { status, requests: await env.requests() };
    },
  },
  {
    name: 'a body that breaks off is its reader’s to see, and is not fetched again',
    expect: { status: 200, failed: true, requests: 1 },
    run: async env => {
      await env.script({ status: 200, headers: { 'content-length': '100' }, body: 'some', ending: 'reset' }, 200);
      const response = await quick()(env.url);
      const error = await thrown(() => response.text());
      return { status: response.status, failed: error instanceof Error, requests: await env.requests() };
    },
  },
  {
    name: 'an answer can be cloned',
    expect: ['status 200', 'status 200'],
    run: async env => {
      await env.script(503, 200);
      const response = await quick()(env.url);
      return Promise.all([response.clone().text(), response.text()]);
    },
  },
];
