import { type Options, replaceOption } from 'ky';
import { OK, status } from '../server.ts';
import { json, type Twin } from './play.ts';

const THING = json({ id: 1 });
const none: Options = { retry: 0 };

/** Where the time-out's signal travels is nobody's business. */
const withoutSignal = ({ signal, ...rest }: RequestInit = {}): RequestInit => rest;

/** Every option of ky, and every shortcut. */
export const OPTIONS: readonly Twin[] = [
  { name: 'json', act: (api, url) => api.post(url, { json: { a: [1, null] } }) },
  { name: 'json: null', act: (api, url) => api.post(url, { json: null }) },
  { name: 'json on put', act: (api, url) => api.put(url, { json: 1 }) },
  {
    name: 'json merged with the instance',
    options: () => ({ json: { a: 1 } }),
    act: (api, url) => api.post(url, { json: { b: 2 } }),
  },
  {
    name: 'json with an own content type',
    act: (api, url) => api.patch(url, { json: {}, headers: { 'content-type': 'application/merge-patch+json' } }),
  },
  {
    name: 'stringifyJson',
    options: () => ({ stringifyJson: data => `>${JSON.stringify(data)}` }),
    act: (api, url) => api.post(url, { json: { a: 1 } }),
  },
  {
    name: 'parseJson',
    script: [THING],
    options: () => ({ parseJson: (text, { response }) => [text, response.status] }),
    act: (api, url) => api(url).json(),
  },
  {
    name: 'parseJson of an awaited response',
    script: [THING],
    options: () => ({ parseJson: text => [text] }),
    act: async (api, url) => (await api(url)).json(),
  },
  {
    name: 'parseJson of an error',
    script: [json({ no: 1 }, 400)],
    options: () => ({ parseJson: text => ({ read: text }) }),
    act: (api, url) => api(url).json(),
  },
  {
    name: 'searchParams as an object',
    act: (api, url) => api(`${url}/a?x=1`, { searchParams: { y: 2, z: undefined, w: true, v: null as never } }),
  },
  { name: 'searchParams as a string', act: (api, url) => api(`${url}/a?x=1`, { searchParams: '?y=2&y=3' }) },
  {
    name: 'searchParams as a list',
    act: (api, url) =>
      api(`${url}/a`, {
        searchParams: [
          ['y', 2],
          ['y', 'ü'],
        ],
      }),
  },
  {
    name: 'searchParams as URLSearchParams',
    act: (api, url) => api(`${url}/a?x=1`, { searchParams: new URLSearchParams('y=2') }),
  },
  {
    name: 'searchParams merged',
    options: () => ({ searchParams: { a: 1, b: 2 } }),
    act: (api, url) => api(`${url}/a`, { searchParams: { b: 3, c: 4, a: undefined } }),
  },
  {
    name: 'searchParams removed',
    options: () => ({ searchParams: { a: 1 } }),
    act: (api, url) => api(`${url}/a`, { searchParams: undefined as never }),
  },
  {
    name: 'searchParams replaced',
    options: () => ({ searchParams: { a: 1 } }),
    act: (api, url) => api(`${url}/a`, { searchParams: replaceOption({ b: 1 }) as never }),
  },
  { name: 'prefix', options: origin => ({ prefix: `${origin}/api/` }), act: api => api('/things') },
  { name: 'baseUrl, relative', options: origin => ({ baseUrl: `${origin}/api/` }), act: api => api('things?x=1') },
  { name: 'baseUrl, from the root', options: origin => ({ baseUrl: `${origin}/api/` }), act: api => api('/things') },
  {
    name: 'baseUrl and an absolute input',
    options: () => ({ baseUrl: 'http://127.0.0.1:1/' }),
    act: (api, url) => api(`${url}/x`),
  },
  {
    name: 'prefix and baseUrl',
    options: origin => ({ prefix: 'v2', baseUrl: `${origin}/api/` }),
    act: api => api('things'),
  },
  {
    name: 'headers merged',
    options: () => ({ headers: { a: '1', b: '2' } }),
    act: (api, url) => api(url, { headers: { B: '3', c: '4' } }),
  },
  {
    name: 'headers removed',
    options: () => ({ headers: { a: '1', b: '2' } }),
    act: (api, url) => api(url, { headers: { a: undefined } }),
  },
  {
    name: 'headers as Headers',
    options: () => ({ headers: new Headers({ a: '1', b: '2' }) }),
    act: (api, url) => api(url, { headers: new Headers({ a: 'undefined', c: '3' }) }),
  },
  {
    name: 'headers as a list',
    options: () => ({ headers: [['a', '1']] }),
    act: (api, url) => api(url, { headers: [['b', '2']] }),
  },
  {
    name: 'headers replaced',
    options: () => ({ headers: { a: '1' } }),
    act: (api, url) => api.post(url, { headers: replaceOption({ b: '2' }) as never }),
  },
  { name: 'headers as a list on a write', act: (api, url) => api.post(url, { headers: [['b', '2']], body: 'x' }) },
  { name: 'an own key, another case', act: (api, url) => api.post(url, { headers: { 'IDEMPOTENCY-KEY': 'mine' } }) },
  {
    name: 'context',
    options: (_, facts) => ({
      context: { a: 1 },
      hooks: { beforeRequest: [({ options }) => void facts.push(options.context)] },
    }),
    act: (api, url) => api(url, { context: { b: 2 } }),
  },
  {
    name: 'throwHttpErrors: false',
    script: [status(409), OK],
    act: (api, url) => api(url, { throwHttpErrors: false }),
  },
  {
    name: 'throwHttpErrors: false, through an instance',
    script: [status(404)],
    options: () => ({ throwHttpErrors: false }),
    act: (api, url) => api.post(url),
  },
  {
    name: 'throwHttpErrors: a function',
    script: [status(404)],
    options: () => ({ throwHttpErrors: code => code !== 404 }),
    act: (api, url) => api(url).text(),
  },
  {
    name: 'throwHttpErrors: a function is asked once an answer',
    script: [status(404)],
    options: (_, facts) => ({ throwHttpErrors: code => facts.push(code) > 0 }),
    act: (api, url) => api(url),
  },
  {
    name: 'throwHttpErrors: a function that throws',
    script: [status(404)],
    options: () => ({
      throwHttpErrors: () => {
        throw new Error('mine');
      },
    }),
    act: (api, url) => api(url),
  },
  { name: 'an error with its data', script: [json({ message: 'no' }, 422)], act: (api, url) => api(url) },
  { name: 'an error with text', script: [status(400)], act: (api, url) => api(url) },
  {
    name: 'an error with malformed JSON',
    script: [{ status: 400, headers: { 'content-type': 'application/json' }, body: '{' }],
    act: (api, url) => api(url).catch(({ name, response }) => [name === '', response.status]),
  },
  { name: 'an error without a body', script: [{ status: 400 }], act: (api, url) => api(url) },
  {
    name: 'onDownloadProgress',
    script: [{ ...OK, headers: { 'content-length': '2' } }],
    act: (api, url, facts) =>
      api(url, { onDownloadProgress: (progress, chunk) => void facts.push(progress, chunk.length) }).text(),
  },
  {
    name: 'onUploadProgress',
    act: (api, url, facts) =>
      api.post(url, { body: 'abc', retry: 0, onUploadProgress: progress => void facts.push(progress) }).text(),
  },
  {
    name: 'onUploadProgress of json',
    act: (api, url, facts) =>
      api.put(url, { json: { a: 1 }, onUploadProgress: progress => void facts.push(progress) }).text(),
  },
  {
    name: 'redirect followed',
    script: [{ status: 302, headers: { location: '/b' } }, OK],
    act: (api, url) => api(`${url}/a`),
  },
  {
    name: 'redirect: manual',
    script: [{ status: 302, headers: { location: '/b' } }],
    act: (api, url) => api(`${url}/a`, { redirect: 'manual', throwHttpErrors: false }),
  },
  { name: '.json()', script: [THING], act: (api, url) => api(url).json() },
  {
    name: '.json(schema)',
    script: [THING],
    act: (api, url) =>
      api(url).json({ '~standard': { version: 1, vendor: 't', validate: value => ({ value: [value] }) } }),
  },
  {
    name: '.json(schema) that fails',
    script: [THING],
    act: (api, url) =>
      api(url).json({ '~standard': { version: 1, vendor: 't', validate: () => ({ issues: [{ message: 'no' }] }) } }),
  },
  { name: '.json() of what is none', act: (api, url) => api(url).json() },
  {
    name: '.json() with a parseJson that throws',
    options: () => ({
      parseJson: () => {
        throw new RangeError('mine');
      },
    }),
    act: (api, url) => api(url).json(),
  },
  {
    name: '.json(schema) that throws',
    script: [THING],
    act: (api, url) =>
      api(url).json({
        '~standard': {
          version: 1,
          vendor: 't',
          validate: () => {
            throw new RangeError('mine');
          },
        },
      }),
  },
  { name: '.json(schema) of no kind', script: [THING], act: (api, url) => api(url).json(1 as never) },
  {
    name: 'a shortcut after the answer',
    act: async (api, url) => {
      const promise = api(url);
      return [(await promise).status, await promise.text()];
    },
  },
  {
    name: 'two shortcuts',
    act: async (api, url) => {
      const promise = api(url);
      return [await promise.text(), await promise.text()];
    },
  },
  { name: '.json() of 204', script: [status(204)], act: (api, url) => api(url).json() },
  { name: '.text()', act: (api, url) => api(url).text() },
  { name: '.blob()', act: (api, url) => api(url).blob() },
  { name: '.arrayBuffer()', act: (api, url) => api(url).arrayBuffer() },
  { name: '.bytes()', act: async (api, url) => [...(await api(url).bytes())] },
  {
    name: '.formData()',
    script: [{ status: 200, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' }],
    act: (api, url) => api(url).formData(),
  },
  {
    name: '.json() keeps an own Accept',
    script: [THING],
    act: (api, url) => api(url, { headers: { accept: 'x/y' } }).json(),
  },
  {
    name: 'credentials, cache, integrity and the like',
    act: (api, url) =>
      api(url, {
        credentials: 'omit',
        cache: 'no-store',
        keepalive: true,
        mode: 'cors',
        referrerPolicy: 'no-referrer',
      }),
  },
  ...(['get', 'post', 'put', 'patch', 'delete', 'query'] as const).map(
    (method): Twin => ({ name: `.${method}()`, act: (api, url) => api[method](url) }),
  ),
  { name: '.head()', act: (api, url) => api.head(url) },
  { name: 'an own method', act: (api, url) => api(url, { method: 'PURGE' }) },
  { name: 'method in lower case', act: (api, url) => api(url, { method: 'patch', body: 'x' }) },
  { name: 'URL input', act: (api, url) => api(new URL('/x?y=1', url), { searchParams: { z: 2 } }) },
  {
    name: 'Request input',
    act: (api, url) => api(new Request(`${url}/r`, { headers: { a: '1' } }), { headers: { b: '2' } }),
  },
  {
    name: 'Request input with a body',
    act: (api, url) => api(new Request(url, { method: 'POST', body: 'hi', headers: { a: '1' } })),
  },
  {
    name: 'Request input with a body, by a shortcut',
    act: (api, url) => api.put(new Request(url, { method: 'POST', body: 'hi' })),
  },
  {
    name: 'Request input with an own key',
    act: (api, url) => api(new Request(url, { method: 'POST', headers: { 'idempotency-key': 'mine' } })),
  },
  {
    name: 'Request input and another body',
    act: (api, url) => api(new Request(url, { method: 'POST', body: 'hi' }), { body: new URLSearchParams('a=1') }),
  },
  { name: 'string body', act: (api, url) => api.post(url, { body: 'hé' }) },
  { name: 'bytes', act: (api, url) => api.post(url, { body: new Uint8Array([1, 2]) }) },
  { name: 'a Blob', act: (api, url) => api.post(url, { body: new Blob(['x'], { type: 'a/b' }) }) },
  { name: 'URLSearchParams', act: (api, url) => api.post(url, { body: new URLSearchParams('a=1') }) },
  {
    name: 'FormData',
    act: (api, url) => {
      const form = new FormData();
      form.set('a', '1');
      form.set('f', new File(['x'], 'f.txt'));
      return api.post(url, { body: form });
    },
  },
  { name: 'a stream', act: (api, url) => api.post(url, { body: new Blob(['streamed']).stream() }) },
  { name: 'input of no kind', act: api => api(1 as never) },
  { name: 'a bad URL', act: api => api('http://') },
  { name: 'a relative URL without a base', act: api => api('x') },
  { name: 'a bad method', act: (api, url) => api(url, { method: 'a b' }) },
  { name: 'a bad header', act: (api, url) => api(url, { headers: { 'a b': 'x' } }) },
  { name: 'a body on GET', act: (api, url) => api.get(url, { body: 'x' }) },
  { name: 'an unknown scheme', options: () => none, act: api => api('foo://x') },
  { name: 'a signal that is aborted', act: (api, url) => api(url, { signal: AbortSignal.abort('why') }) },
  {
    name: 'a signal that is aborted, with an error',
    act: (api, url) => api(url, { signal: AbortSignal.abort(new Error('mine')) }),
  },
  {
    name: 'signals merged',
    options: () => ({ signal: AbortSignal.abort('parent') }),
    act: (api, url) => api(url, { signal: new AbortController().signal }),
  },
  {
    name: 'signal removed',
    options: () => ({ signal: AbortSignal.abort('parent') }),
    act: (api, url) => api(url, { signal: undefined as never }),
  },
  {
    name: 'signal replaced',
    options: () => ({ signal: AbortSignal.abort('parent') }),
    act: (api, url) => api(url, { signal: replaceOption(new AbortController().signal) as never }),
  },
  {
    name: "a Request's signal that is aborted",
    act: (api, url) => api(new Request(url, { signal: AbortSignal.abort('why') })),
  },
  {
    name: 'timeout of the answer',
    script: [{ ending: 'stall' }],
    options: () => none,
    act: (api, url) => api(url, { timeout: 150 }),
  },
  {
    name: 'total timeout of the body',
    script: [{ status: 200, body: 'x', ending: 'stall' }],
    act: (api, url) => api(url, { totalTimeout: 60 }).text(),
  },
  {
    name: 'timeout of a body that falls silent',
    script: [{ status: 200, body: 'x', ending: 'stall' }],
    act: (api, url) => api(url, { timeout: 60, totalTimeout: false }).text(),
  },
  {
    name: 'totalTimeout',
    script: [{ ending: 'stall' }],
    options: () => none,
    act: (api, url) => api(url, { totalTimeout: 150 }),
  },
  { name: 'timeout: false', act: (api, url) => api(url, { timeout: false }) },
  { name: 'a reset', script: [{ ending: 'reset' }], options: () => none, act: (api, url) => api(url) },
  {
    name: 'own fetch',
    options: (_, facts) => ({
      fetch: async (input, init) => {
        facts.push(input instanceof Request, withoutSignal(init));
        return new Response('mine');
      },
    }),
    act: api => api('http://own.test').text(),
  },
  {
    name: 'own fetch that throws',
    options: () => ({
      fetch: async () => {
        throw new RangeError('mine');
      },
    }),
    act: api => api('http://own.test').text(),
  },
  {
    name: 'unknown options reach an own fetch',
    options: (_, facts) =>
      ({
        dispatcher: 1,
        fetch: async (_, init) => {
          facts.push(withoutSignal(init));
          return new Response();
        },
      }) as Options,
    act: api => api('http://own.test', { next: { tags: ['a'] }, priority: 'low' } as Options),
  },
  {
    name: 'own fetch given with the call',
    act: (api, _, facts) =>
      api('http://own.test', {
        fetch: async () => {
          facts.push(1);
          return new Response('mine');
        },
      }).text(),
  },
  {
    name: 'an unknown hook name',
    options: () => ({ hooks: { other: [] } }) as unknown as Options,
    act: (api, url) => api(url),
  },
  { name: 'options of no kind', act: (api, url) => api(url, 1 as never) },
];
