import ky, { HTTPError, replaceOption } from 'ky';
import { OK, status } from '../server.ts';
import { json, type Twin } from './play.ts';

const none = { retry: 0 };

const push = (facts: unknown[], fact: unknown) => () => void facts.push(fact);

/** extend, create, and hooks in the four places that a client knows. */
export const HOOKS: readonly Twin[] = [
  {
    name: 'extend with an object',
    options: () => ({ headers: { a: '1' } }),
    act: (api, url) => api.extend({ headers: { b: '2' } }).get(url),
  },
  {
    name: 'extend with a function',
    options: origin => ({ prefix: origin, headers: { a: '1' } }),
    act: (api, _, facts) =>
      api
        .extend(parent => {
          facts.push(parent.headers);
          return { prefix: `${parent.prefix}/v2` };
        })
        .get('x'),
  },
  {
    name: 'extend, chained',
    act: (api, url) =>
      api
        .extend({ searchParams: { a: 1 } })
        .extend({ searchParams: { b: 2 } })
        .extend({ headers: { c: '3' } })(url),
  },
  {
    name: 'extend removes by undefined',
    options: () => ({ headers: { a: '1' }, searchParams: { a: 1 } }),
    act: (api, url) => api.extend({ headers: undefined as never, searchParams: undefined as never })(url),
  },
  {
    name: 'extend replaces headers',
    options: () => ({ headers: { a: '1' } }),
    act: (api, url) => api.extend({ headers: replaceOption({ b: '1' }) as never })(url),
  },
  {
    name: 'create inherits nothing',
    options: () => ({ headers: { a: '1' } }),
    act: (api, url) => api.create({ headers: { b: '1' } })(url),
  },
  {
    name: 'hooks in all four places, in order',
    script: [status(400)],
    options: (_, facts) => ({
      retry: { limit: 1, delay: () => 1 },
      hooks: {
        init: [push(facts, 'init 1')],
        beforeRequest: [push(facts, 'request 1')],
        beforeError: [
          ({ error, retryCount }) => {
            facts.push(['error 1', retryCount]);
            return error;
          },
        ],
        afterResponse: [({ response, retryCount }) => void facts.push(['response 1', response.status, retryCount])],
      },
    }),
    act: (api, url, facts) =>
      api
        .extend({
          hooks: {
            init: [push(facts, 'init 2')],
            beforeRequest: [push(facts, 'request 2')],
            afterResponse: [push(facts, 'response 2')],
            beforeError: [
              ({ error }) => {
                facts.push('error 2');
                return error;
              },
            ],
          },
        })
        .get(url, {
          hooks: {
            init: [push(facts, 'init 3')],
            beforeRequest: [push(facts, 'request 3')],
            afterResponse: [push(facts, 'response 3')],
            beforeError: [
              ({ error }) => {
                facts.push('error 3');
                return error;
              },
            ],
          },
        }),
  },
  {
    name: 'hooks removed per call',
    options: (_, facts) => ({ hooks: { beforeRequest: [push(facts, 'a')], init: [push(facts, 'i')] } }),
    act: (api, url) => api(url, { hooks: undefined as never }),
  },
  {
    name: 'one place removed per call',
    options: (_, facts) => ({ hooks: { beforeRequest: [push(facts, 'a')], init: [push(facts, 'i')] } }),
    act: (api, url) => api(url, { hooks: { init: undefined as never } }),
  },
  {
    name: 'hooks replaced per call',
    options: (_, facts) => ({ hooks: { beforeRequest: [push(facts, 'a')] } }),
    act: (api, url, facts) => api(url, { hooks: replaceOption({ beforeRequest: [push(facts, 'b')] }) as never }),
  },
  {
    name: 'hooks replaced in extend',
    options: (_, facts) => ({ hooks: { beforeRequest: [push(facts, 'a')] } }),
    act: (api, url, facts) => api.extend({ hooks: replaceOption({ beforeRequest: [push(facts, 'b')] }) as never })(url),
  },
  {
    name: 'init changes headers, json, searchParams and the like',
    options: () => ({
      hooks: {
        init: [
          options => {
            options.headers = { x: '1' };
            options.searchParams = { a: 1 };
            options.json = { z: 1 };
            options.throwHttpErrors = false;
          },
        ],
      },
    }),
    script: [status(404)],
    act: (api, url) => api.post(url),
  },
  {
    name: 'init sets retry',
    script: [status(503), OK],
    options: () => ({
      hooks: {
        init: [
          options => {
            options.retry = 0;
          },
        ],
      },
    }),
    act: (api, url) => api(url),
  },
  {
    name: 'init sets fetch',
    options: () => ({
      hooks: {
        init: [
          options => {
            options.fetch = async () => new Response('mine');
          },
        ],
      },
    }),
    act: api => api('http://own.test').text(),
  },
  {
    name: 'init throws',
    options: () => ({
      hooks: {
        init: [
          () => {
            throw new Error('mine');
          },
        ],
      },
    }),
    act: (api, url) => api(url),
  },
  {
    name: 'beforeRequest changes headers',
    options: () => ({ hooks: { beforeRequest: [({ request }) => request.headers.set('x', '1')] } }),
    act: (api, url) => api.post(url, { json: 1 }),
  },
  {
    name: 'beforeRequest returns a Request',
    options: origin => ({ hooks: { beforeRequest: [({ request }) => new Request(`${origin}/other`, request)] } }),
    act: (api, url) => api.post(url, { json: 1 }),
  },
  {
    name: 'beforeRequest returns a Response',
    options: () => ({ hooks: { beforeRequest: [() => new Response('cached')] } }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'beforeRequest returns an error Response',
    options: () => ({ hooks: { beforeRequest: [() => new Response('cached', { status: 503 })] } }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'beforeRequest throws',
    options: () => ({
      hooks: {
        beforeRequest: [
          () => {
            throw new Error('mine');
          },
        ],
      },
    }),
    act: (api, url) => api(url),
  },
  {
    name: "beforeRequest throws another call's error",
    script: [json({ code: 'inner' }, 401)],
    options: origin => ({
      hooks: {
        beforeRequest: [
          async () => {
            await ky(`${origin}/token`);
          },
        ],
      },
    }),
    act: (api, url) => api(url),
  },
  {
    name: 'afterResponse returns a Response',
    options: () => ({ hooks: { afterResponse: [() => new Response('mine')] } }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'afterResponse sees an answer, and may read it',
    script: [status(404)],
    options: (_, facts) => ({
      hooks: {
        afterResponse: [
          async ({ response, retryCount }) => void facts.push(response.status, retryCount, await response.text()),
        ],
      },
    }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'afterResponse makes good what was bad',
    script: [status(404)],
    options: () => ({ hooks: { afterResponse: [() => new Response('mine')] } }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'afterResponse makes bad what was good',
    options: () => ({ ...none, hooks: { afterResponse: [() => new Response('mine', { status: 500 })] } }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'afterResponse throws',
    options: () => ({
      hooks: {
        afterResponse: [
          () => {
            throw new Error('mine');
          },
        ],
      },
    }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'afterResponse throws an own HTTPError',
    options: () => ({
      hooks: {
        afterResponse: [
          ({ response, request, options }) => {
            class Mine extends HTTPError {}
            throw new Mine(response, request, options);
          },
        ],
      },
    }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'ky.retry()',
    script: [OK, json('second')],
    options: () => ({
      retry: { limit: 1, delay: () => 1 },
      hooks: {
        afterResponse: [({ retryCount }) => (retryCount === 0 ? ky.retry() : undefined)],
      },
    }),
    act: (api, url) => api.post(url, { json: 1 }).text(),
  },
  {
    name: 'ky.retry({ delay, request, code })',
    script: [OK, json('second')],
    options: origin => ({
      retry: { limit: 1 },
      hooks: {
        afterResponse: [
          ({ retryCount }) =>
            retryCount === 0
              ? ky.retry({ delay: 1, code: 'MINE', request: new Request(`${origin}/backup`, { headers: { b: '1' } }) })
              : undefined,
        ],
      },
    }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'ky.retry() beyond the limit',
    options: () => ({
      retry: { limit: 1, delay: () => 1 },
      hooks: { afterResponse: [() => ky.retry({ code: 'MINE', cause: new Error('why') })] },
    }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'ky.retry() after a refreshed token',
    script: [status(401), OK],
    options: () => ({
      retry: { limit: 1, delay: () => 1 },
      hooks: {
        afterResponse: [
          ({ request, response }) => {
            if (response.status !== 401) return undefined;
            const headers = new Headers(request.headers);
            headers.set('authorization', 'new');
            return ky.retry({ request: new Request(request, { headers }) });
          },
        ],
      },
    }),
    act: (api, url) => api.post(url, { json: 1 }).text(),
  },
  {
    name: 'stop and retry of the instance',
    script: [status(503)],
    act: api => [api.stop === ky.stop, typeof api.retry],
  },
  {
    name: 'beforeError replaces the error',
    script: [status(400)],
    options: (_, facts) => ({
      hooks: {
        beforeError: [
          ({ error }) => {
            facts.push(error instanceof HTTPError);
            return new RangeError('mine');
          },
        ],
      },
    }),
    act: (api, url) => api(url),
  },
  {
    name: 'beforeError returns nothing',
    script: [status(400)],
    options: () => ({ hooks: { beforeError: [() => undefined as never] } }),
    act: (api, url) => api(url),
  },
  {
    name: 'beforeError throws',
    script: [status(400)],
    options: () => ({
      hooks: {
        beforeError: [
          () => {
            throw new RangeError('mine');
          },
        ],
      },
    }),
    act: (api, url) => api(url),
  },
  {
    name: 'beforeError sees an abort',
    options: (_, facts) => ({
      hooks: {
        beforeError: [
          ({ error }) => {
            facts.push(error.message);
            return error;
          },
        ],
      },
    }),
    act: (api, url) => api(url, { signal: AbortSignal.abort(new Error('mine')) }),
  },
  {
    name: 'a nested call in a hook',
    options: (_, facts) => ({ hooks: { beforeRequest: [async () => void facts.push(1)] } }),
    act: async (api, url) => {
      let nested: Promise<Response> | undefined;
      const outer = api(url, {
        hooks: {
          init: [
            () => {
              nested = api(`${url}/nested`);
            },
          ],
        },
        fetch: async () => new Response('x'),
      });
      return [await outer.text(), await nested];
    },
  },
  {
    name: 'what hooks see of the options',
    options: (_, facts) => ({
      retry: 0,
      hooks: {
        beforeRequest: [
          ({ options }) =>
            void facts.push(
              options.method,
              options.prefix,
              options.retry.limit,
              options.signal instanceof AbortSignal,
              [...options.headers.keys()].filter(name => name !== 'idempotency-key'),
            ),
        ],
      },
    }),
    act: (api, url) => api.post(url, { json: 1 }),
  },
];
