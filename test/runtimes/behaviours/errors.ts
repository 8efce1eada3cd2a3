import { HTTPError, NetworkError } from 'ky';
import { type ClientError, createClient, isApiError } from '../../../src/index.ts';
import type { Behaviour, Env } from '../behaviour.ts';
import type { Step } from '../server.ts';
import { inspect, printed, quick, RESET, SOON, thrown } from './support.ts';

const client = createClient({ ...SOON, service: 'docs' });

const KINDS = {
  400: 'invalid_request',
  401: 'authentication',
  402: 'quota',
  403: 'permission',
  404: 'not_found',
  409: 'conflict',
  422: 'invalid_request',
  429: 'rate_limit',
  503: 'server',
};

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Step => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

const errorOf = async (env: Env, step: Step, method: 'get' | 'post' = 'post'): Promise<ClientError> => {
  await env.script(step);
  const error = await thrown(() => client[method](env.url));
  if (!isApiError(error)) throw error;
  return error;
};

const secrets = (env: Env) => ({
  url: `${env.url}?token=S3CRET`,
  options: { headers: { authorization: 'Bearer S3CRET' }, json: { password: 'S3CRET' } },
});

export const errors: readonly Behaviour[] = [
  {
    name: 'each status has its kind of error',
    expect: KINDS,
    run: async env => {
      const kinds = [];
      for (const status of Object.keys(KINDS).map(Number)) kinds.push([status, (await errorOf(env, { status })).kind]);
      return Object.fromEntries(kinds);
    },
  },
  {
    name: 'an error says what the service said',
    expect: {
      name: 'InvalidRequestError',
      message: 'docs answered 400 parameter_missing: name is missing (req_1)',
      status: 400,
      code: 'parameter_missing',
      param: 'name',
      requestId: 'req_1',
      attempts: 1,
      stopped: 'final',
      delivery: 'rejected',
    },
    run: async env => {
      const body = { error: { type: 'invalid', code: 'parameter_missing', message: 'name is missing', param: 'name' } };
      const error = await errorOf(env, json(400, body, { 'x-request-id': 'req_1' }));
      if (!(error instanceof HTTPError)) return error;
      const { name, message, status, code, param, requestId, attempts, stopped, delivery } = error as typeof error &
        Extract<ClientError, { kind: 'invalid_request' }>;
      return { name, message, status, code, param, requestId, attempts, stopped, delivery };
    },
  },
  {
    name: 'a client gives up after the limit, and says so',
    expect: { kind: 'server', attempts: 3, stopped: 'limit', delivery: 'unknown', oneKey: true },
    run: async env => {
      const { kind, attempts, stopped, delivery, idempotencyKey } = await errorOf(env, { status: 503 });
      const keys = (await env.arrived()).map(({ headers }) => headers['idempotency-key']);
      return { kind, attempts, stopped, delivery, oneKey: keys.every(key => key === idempotencyKey) };
    },
  },
  {
    name: 'a client is told when to come again',
    expect: { kind: 'rate_limit', attempts: 1, stopped: 'retry-after', inADay: true },
    run: async env => {
      const error = await errorOf(env, { status: 429, headers: { 'retry-after': '86400' } });
      const { kind, attempts, stopped } = error;
      const retryAt = 'retryAt' in error ? Number(error.retryAt) : 0;
      return { kind, attempts, stopped, inADay: Math.abs(retryAt - Date.now() - 86_400_000) < 5_000 };
    },
  },
  {
    name: 'a client whose connection is refused',
    expect: { kind: 'network', networkError: true, attempts: 3, delivery: 'not-sent' },
    run: async env => {
      const error = await thrown(() => client.post(env.refused));
      if (!isApiError(error)) throw error;
      const { kind, attempts, delivery } = error;
      return { kind, networkError: error instanceof NetworkError, attempts, delivery };
    },
  },
  {
    name: 'a client and a port that fetch refuses',
    expect: { kind: 'network', networkError: true },
    run: async () => {
      const error = await thrown(() => client.get('http://127.0.0.1:1/'));
      return { kind: isApiError(error) && error.kind, networkError: error instanceof NetworkError };
    },
  },
  {
    name: 'a client whose connection breaks',
    expect: { kind: 'network', networkError: true, attempts: 3, delivery: 'unknown' },
    run: async env => {
      const error = await errorOf(env, RESET);
      const { kind, attempts, delivery } = error;
      return { kind, networkError: error instanceof NetworkError, attempts, delivery };
    },
  },
  {
    name: 'a client’s answer whose body breaks off was accepted',
    expect: { kind: 'network', networkError: true, attempts: 1, delivery: 'accepted', requests: 1 },
    run: async env => {
      await env.script({ status: 200, headers: { 'content-length': '100' }, body: '{"a":', ending: 'reset' });
      const error = await thrown(() => client.post(env.url).json());
      if (!isApiError(error)) throw error;
      const { kind, attempts, delivery } = error;
      return { kind, networkError: error instanceof NetworkError, attempts, delivery, requests: await env.requests() };
    },
  },
  {
    name: 'a client recovers: 503, reset, then JSON',
    expect: { value: { a: 1 }, bodies: ['{"b":2}', '{"b":2}', '{"b":2}'] },
    run: async env => {
      await env.script(503, RESET, json(200, { a: 1 }));
      const value = await client.post(env.url, { json: { b: 2 } }).json();
      return { value, bodies: (await env.arrived()).map(({ body }) => body) };
    },
  },
  {
    name: 'an extended client, with a base URL, headers and search parameters',
    expect: { url: '/things?q=1', own: 'yes', text: 'status 200' },
    run: async env => {
      await env.script(503, 200);
      const docs = client.extend({ baseUrl: `${env.url}/`, headers: { 'x-own': 'yes' } });
      const text = await docs.get('things', { searchParams: { q: 1 } }).text();
      const [, second] = await env.arrived();
      return { url: second?.url.replace(/^\/play\/[^/]+/, ''), own: second?.headers['x-own'], text };
    },
  },
  {
    name: 'a client’s call that is aborted rejects with the reason',
    expect: { same: true, requests: 1 },
    run: async env => {
      await env.script({ ending: 'stall' });
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      void env.until(1).then(() => controller.abort(reason));
      const error = await thrown(() => client.get(env.url, { signal: controller.signal }));
      return { same: error === reason, requests: await env.requests() };
    },
  },
  {
    name: 'a printed ApiError shows no secret',
    expect: { secrets: 0, kind: 'server' },
    run: async env => {
      await env.script(json(503, { message: 'down', echo: 'S3CRET' }, { 'set-cookie': 'S3CRET' }));
      const { url, options } = secrets(env);
      const error = await thrown(() => client.post(url, options));
      return { secrets: printed(error).split('S3CRET').length - 1, kind: isApiError(error) && error.kind };
    },
  },
  {
    name: 'a printed ApiNetworkError shows no secret',
    expect: { secrets: 0, kind: 'network' },
    run: async env => {
      const { url, options } = secrets(env);
      await env.script(RESET);
      const error = await thrown(() => client.post(url, options));
      return { secrets: printed(error).split('S3CRET').length - 1, kind: isApiError(error) && error.kind };
    },
  },
  {
    name: 'a printed error shows its kind',
    expect: true,
    run: async env => {
      const error = await errorOf(env, { status: 503 });
      return /"kind":"server"/.test(JSON.stringify(error)) && (inspect(error) === '' || /server/.test(inspect(error)));
    },
  },
  {
    name: 'the drop-in hands back the platform’s own Response',
    expect: { response: true, type: true },
    run: async env => {
      await env.script(503, 200);
      const ours = await quick()(env.url);
      const theirs = await fetch(env.url);
      return { response: ours instanceof Response, type: ours.type === theirs.type };
    },
  },
];
