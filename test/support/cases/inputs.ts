import { Agent } from 'undici';
import type { Case } from '../observe.ts';

class Sub extends Request {
  readonly extra = 1;
}

const locationLike = (href: string) => ({ href, toString: () => href });

const blobUrl = URL.createObjectURL(new Blob(['blobbed'], { type: 'text/x' }));

/** What fetch can be called with first, and second. */
export const inputs: readonly Case[] = [
  { name: 'string', args: ({ origin }) => [`${origin}/a?b=c#d`] },
  { name: 'string with spaces and unicode', args: ({ origin }) => [` ${origin}/ä b?ö=ü \n`] },
  { name: 'URL', args: ({ origin }) => [new URL('/a/../b', origin)] },
  { name: 'String object', args: ({ origin }) => [new String(`${origin}/s`)] },
  { name: 'location-like object', args: ({ origin }) => [locationLike(`${origin}/l`)] },
  { name: 'object with toPrimitive', args: ({ origin }) => [{ [Symbol.toPrimitive]: () => `${origin}/p` }] },
  { name: 'array of one', args: ({ origin }) => [[`${origin}/array`]] },
  {
    name: 'toString that throws',
    args: () => [
      {
        toString: () => {
          throw new RangeError('mine');
        },
      },
    ],
  },
  { name: 'Request', args: ({ origin }) => [new Request(`${origin}/r`, { headers: { 'X-One': '1' } })] },
  { name: 'Request with fragment', args: ({ origin }) => [new Request(`${origin}/r#x`)] },
  { name: 'Request subclass', args: ({ origin }) => [new Sub(`${origin}/sub`, { method: 'POST', body: 'x' })] },
  { name: 'Request POST', args: ({ origin }) => [new Request(origin, { method: 'POST', body: 'text' })] },
  { name: 'Request and empty init', args: ({ origin }) => [new Request(origin, { method: 'PUT', body: 'x' }), {}] },
  {
    name: 'Request and init of undefined members',
    args: ({ origin }) => [
      new Request(origin, { method: 'PUT', body: 'x', headers: { a: 'b' } }),
      { method: undefined, headers: undefined, body: undefined, signal: undefined },
    ],
  },
  {
    name: 'Request, headers replaced',
    args: ({ origin }) => [
      new Request(origin, { method: 'POST', body: 'x', headers: { 'x-old': '1' } }),
      { headers: { 'x-new': '2' } },
    ],
  },
  {
    name: 'Request, method replaced',
    args: ({ origin }) => [new Request(origin, { method: 'POST', body: 'x' }), { method: 'PUT' }],
  },
  {
    name: 'Request with a body made a GET',
    args: ({ origin }) => [new Request(origin, { method: 'POST', body: 'x' }), { method: 'GET' }],
  },
  {
    name: 'Request, body replaced',
    args: ({ origin }) => [new Request(origin, { method: 'POST', body: 'x' }), { body: 'other' }],
  },
  {
    name: 'Request, body null in init',
    args: ({ origin }) => [new Request(origin, { method: 'POST', body: 'x' }), { body: null }],
  },
  {
    name: 'Request made from a stream',
    args: ({ origin }) => [
      new Request(origin, { method: 'PUT', body: new Blob(['a', 'b']).stream(), duplex: 'half' } as RequestInit),
    ],
  },
  {
    name: 'Request with FormData',
    args: ({ origin }) => {
      const body = new FormData();
      body.set('a', 'b');
      return [new Request(origin, { method: 'POST', body })];
    },
  },
  {
    name: 'used Request',
    args: ({ origin }) => {
      const request = new Request(origin, { method: 'POST', body: 'x' });
      void request.text();
      return [request];
    },
  },
  {
    name: 'locked Request',
    args: ({ origin }) => {
      const request = new Request(origin, { method: 'POST', body: 'x' });
      request.body?.getReader();
      return [request];
    },
  },
  {
    name: 'used Request, new body',
    args: ({ origin }) => {
      const request = new Request(origin, { method: 'POST', body: 'x' });
      void request.text();
      return [request, { body: 'fresh' }];
    },
  },
  { name: 'Request in another realm’s clothes', args: () => [{ [Symbol.toStringTag]: 'Request', url: 'http://x' }] },
  {
    name: 'Request as init',
    args: ({ origin }) => [
      `${origin}/as-init`,
      new Request('http://elsewhere.test', { method: 'PATCH', body: 'x', headers: { 'x-a': '1' }, redirect: 'manual' }),
    ],
  },
  {
    name: 'bodiless Request as init',
    args: ({ origin }) => [origin, new Request('http://x.test', { method: 'HEAD' })],
  },
  { name: 'init null', args: ({ origin }) => [origin, null] },
  { name: 'init a number', args: ({ origin }) => [origin, 1] },
  { name: 'init zero', args: ({ origin }) => [origin, 0] },
  { name: 'init a string', args: ({ origin }) => [origin, 'POST'] },
  { name: 'init false', args: ({ origin }) => [origin, false] },
  {
    name: 'init a function',
    args: ({ origin }) => [origin, Object.assign(() => {}, { method: 'POST', body: 'from a function' })],
  },
  {
    name: 'init with inherited members',
    args: ({ origin }) => [origin, Object.create({ method: 'PUT', body: 'inherited', headers: { 'x-a': '1' } })],
  },
  {
    name: 'init without prototype',
    args: ({ origin }) => [origin, Object.assign(Object.create(null), { method: 'PUT', body: 'x' })],
  },
  {
    name: 'init with non-enumerable members',
    args: ({ origin }) => [
      origin,
      Object.defineProperties(
        {},
        { method: { value: 'POST' }, body: { value: 'hidden' }, headers: { value: { a: 'b' } } },
      ),
    ],
  },
  {
    name: 'getters, each read once',
    args: ({ origin, facts }) => {
      const once = <T>(name: string, value: T) => ({
        enumerable: true,
        get: () => {
          facts[name] = Number(facts[name] ?? 0) + 1;
          return value;
        },
      });
      const headers = Object.defineProperty({}, 'x-a', once('x-a', '1'));
      return [
        origin,
        Object.defineProperties(
          {},
          {
            method: once('method', 'POST'),
            body: once('body', 'got'),
            headers: once('headers', headers),
            signal: once('signal', null),
          },
        ),
      ];
    },
  },
  {
    name: 'getter that throws',
    args: ({ origin }) => [
      origin,
      {
        get method() {
          throw new RangeError('mine');
        },
      },
    ],
  },
  {
    name: 'ky’s names in init mean nothing',
    args: ({ origin }) => [
      origin,
      { json: { a: 1 }, searchParams: 'x=1', timeout: 1, prefix: 'x', retry: 9, hooks: {}, throwHttpErrors: true },
    ],
  },
  {
    name: 'dispatcher of undici passed through',
    args: ({ origin, facts }) => {
      const dispatcher = new Agent().compose(dispatch => (options, handler) => {
        facts.dispatched = options.path;
        return dispatch(options, handler);
      });
      return [`${origin}/dispatched`, { dispatcher }];
    },
  },
  { name: 'a dispatcher that is none', args: ({ origin }) => [origin, { dispatcher: {} }] },
  {
    name: 'next, cf and priority ignored',
    args: ({ origin }) => [origin, { next: { revalidate: 1 }, cf: {}, priority: 'high' }],
  },
  {
    name: 'cache, credentials, mode, referrer',
    args: ({ origin }) => [
      origin,
      {
        cache: 'no-store',
        credentials: 'include',
        mode: 'cors',
        referrer: '',
        referrerPolicy: 'no-referrer',
        keepalive: true,
      },
    ],
  },
  { name: 'cache mode that adds headers', args: ({ origin }) => [origin, { cache: 'no-cache' }] },
  { name: 'bad enum value', args: ({ origin }) => [origin, { redirect: 'sideways' }] },
  { name: 'redirect null', args: ({ origin }) => [origin, { redirect: null }] },
  { name: 'mode navigate', args: ({ origin }) => [origin, { mode: 'navigate' }] },
  { name: 'window set', args: ({ origin }) => [origin, { window: {} }] },
  { name: 'only-if-cached without same-origin', args: ({ origin }) => [origin, { cache: 'only-if-cached' }] },
  { name: 'invalid URL', args: () => ['http://[bad'] },
  { name: 'invalid URL, POST', args: () => ['http://', { method: 'POST', body: 'x' }] },
  { name: 'relative URL without a base', args: () => ['/relative'] },
  { name: 'empty URL', args: () => [''] },
  { name: 'undefined', args: () => [undefined] },
  { name: 'null', args: () => [null] },
  { name: 'credentials in the URL', args: ({ origin }) => [origin.replace('//', '//user:pass@')] },
  { name: 'unknown scheme', args: () => ['gopher://example.test/'] },
  { name: 'unknown scheme, POST', args: () => ['foo:bar', { method: 'POST', body: 'x' }] },
  { name: 'file URL', args: () => ['file:///etc/hostname'] },
  { name: 'bad port', args: () => ['http://127.0.0.1:6000/'] },
  { name: 'data URL', args: () => ['data:text/plain;charset=utf-8,h%C3%A4'] },
  { name: 'data URL in base64', args: () => ['data:application/octet-stream;base64,AAEC'] },
  { name: 'broken data URL', args: () => ['data:nothing'] },
  {
    name: 'blob URL',
    args: () => [blobUrl],
  },
  { name: 'blob URL that is gone', args: () => ['blob:nodedata:00000000-0000-4000-8000-000000000000'] },
  { name: 'about:blank', args: () => ['about:blank'] },
];
