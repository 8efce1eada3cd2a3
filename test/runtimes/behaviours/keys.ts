import type { Behaviour } from '../behaviour.ts';
import { headerOfEach, quick, RESET, UUID_V4 } from './support.ts';

const KEY = 'idempotency-key';
const isOneUuid = (values: readonly (string | undefined)[]): boolean =>
  new Set(values).size === 1 && UUID_V4.test(values[0] ?? '');

export const keys: readonly Behaviour[] = [
  ...['POST', 'PUT', 'PATCH', 'DELETE'].map(method => ({
    name: `a ${method} carries one key on every attempt`,
    expect: { status: 200, attempts: 3, oneUuid: true },
    run: async (env: Parameters<Behaviour['run']>[0]) => {
      await env.script(503, RESET, 200);
      const { status } = await quick()(env.url, { method });
      const values = await headerOfEach(env, KEY);
      return { status, attempts: values.length, oneUuid: isOneUuid(values) };
    },
  })),
  {
    name: 'reads carry no key',
    expect: [null, null],
    run: async env => {
      await env.script(200);
      await quick()(env.url);
      await quick()(env.url, { method: 'HEAD' });
      return headerOfEach(env, KEY);
    },
  },
  {
    name: 'two calls carry two keys',
    expect: 2,
    run: async env => {
      await env.script(200);
      const fetch = quick();
      await fetch(env.url, { method: 'POST' });
      await fetch(env.url, { method: 'POST' });
      return new Set(await headerOfEach(env, KEY)).size;
    },
  },
  {
    name: 'the caller’s own key wins, in any case and form',
    expect: ['own', 'own', 'own', 'own'],
    run: async env => {
      await env.script(200);
      const name = 'IDEMPOTENCY-key';
      const method = 'POST';
      const fetch = quick();
      await fetch(env.url, { method, headers: { [name]: 'own' } });
      await fetch(env.url, { method, headers: [[name, 'own']] });
      await fetch(env.url, { method, headers: new Headers({ [name]: 'own' }) });
      await fetch(new Request(env.url, { method, headers: { [name]: 'own' } }));
      return headerOfEach(env, KEY);
    },
  },
  {
    name: 'a Request gets a key, and keeps its headers',
    expect: { oneUuid: true, own: ['1', '1'], unchanged: true },
    run: async env => {
      await env.script(503, 200);
      const request = new Request(env.url, { method: 'POST', headers: { 'x-own': '1' }, body: 'body' });
      await quick()(request);
      return {
        oneUuid: isOneUuid(await headerOfEach(env, KEY)),
        own: await headerOfEach(env, 'x-own'),
        unchanged: !request.headers.has(KEY),
      };
    },
  },
  {
    name: 'without a key a POST is repeated after 429 only',
    expect: { after429: 2, after503: 503 },
    run: async env => {
      const fetch = quick({ idempotency: false });
      await env.script(429, 200);
      await fetch(env.url, { method: 'POST' });
      const after429 = await env.requests();
      await env.script(503, 200);
      const { status } = await fetch(env.url, { method: 'POST' });
      return { after429, after503: status };
    },
  },
  {
    name: 'own header, own key',
    expect: ['abc', 'abc'],
    run: async env => {
      await env.script(503, 200);
      const fetch = quick({ idempotency: { header: 'X-Key', generate: () => 'abc' } });
      await fetch(env.url, { method: 'POST' });
      return headerOfEach(env, 'x-key');
    },
  },
];
