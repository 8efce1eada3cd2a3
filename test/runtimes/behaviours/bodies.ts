import type { Behaviour, Env } from '../behaviour.ts';
import { quick } from './support.ts';

const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: 256 }, (_, index) => index);
const text = (from = 0): string => String.fromCharCode(...bytes().subarray(from));

/** What arrived at each attempt, where it must be the same at both. */
const both = async (env: Env, init: RequestInit): Promise<unknown> => {
  await env.script(503, 200);
  const { status } = await quick()(env.url, { method: 'POST', ...init });
  const [first, second] = await env.arrived();
  const type = first?.headers['content-type'];
  return {
    status,
    same: first?.body === second?.body && type === second?.headers['content-type'],
    type,
    body: first?.body,
  };
};

const sent = (type: string | undefined, body: string) => ({ status: 200, same: true, type, body });

const stream = (): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('from a stream'));
      controller.close();
    },
  });

export const bodies: readonly Behaviour[] = [
  {
    name: 'a string is sent again',
    expect: sent('text/plain;charset=UTF-8', 'gr\u00c3\u00bc\u00c3\u009f'),
    run: env => both(env, { body: 'grüß' }),
  },
  {
    name: 'JSON with its own type is sent again',
    expect: sent('application/json', '{"a":1}'),
    run: env => both(env, { body: '{"a":1}', headers: { 'content-type': 'application/json' } }),
  },
  {
    name: 'bytes are sent again, from their offset on',
    expect: sent(undefined, text(6)),
    run: env => both(env, { body: bytes().subarray(6) }),
  },
  {
    name: 'an ArrayBuffer is sent again',
    expect: sent(undefined, text()),
    run: env => both(env, { body: bytes().buffer }),
  },
  {
    name: 'URLSearchParams are sent again',
    expect: sent('application/x-www-form-urlencoded;charset=UTF-8', 'a=1&b=%26+'),
    run: env => both(env, { body: new URLSearchParams({ a: '1', b: '& ' }) }),
  },
  {
    name: 'a Blob is sent again',
    expect: sent('image/png', text()),
    run: env => both(env, { body: new Blob([bytes()], { type: 'image/png' }) }),
  },
  {
    name: 'FormData is sent again, with one boundary',
    expect: { status: 200, parts: 2, named: true, file: true, same: true },
    run: async env => {
      const form = new FormData();
      form.append('field', 'value');
      form.append('file', new File([bytes()], 'a "b".bin', { type: 'application/x-own' }));
      const { type, body, ...rest } = (await both(env, { body: form })) as { type: string; body: string };
      const boundary = /^multipart\/form-data; ?boundary=(.+)$/.exec(type)?.[1] ?? 'none';
      return {
        ...rest,
        parts: body.split(`--${boundary}\r\n`).length - 1,
        named: body.includes('name="field"\r\n\r\nvalue\r\n'),
        file: body.includes(`filename="a %22b%22.bin"\r\nContent-Type: application/x-own\r\n\r\n${text()}\r\n`),
      };
    },
  },
  {
    name: 'what the caller changes later changes no attempt',
    expect: [
      ['abc', '1'],
      ['abc', '1'],
    ],
    run: async env => {
      await env.script(503, 200);
      const body = new TextEncoder().encode('abc');
      const headers = new Headers({ 'x-own': '1' });
      const init = { method: 'POST', body, headers };
      const answer = quick()(env.url, init);
      body.fill(0);
      headers.set('x-own', '2');
      init.method = 'PUT';
      await answer;
      return (await env.arrived()).map(each => [each.body, each.headers['x-own']]);
    },
  },
  {
    name: 'bytes whose buffer is given away right after the call are sent whole',
    expect: ['abc', 'abc'],
    run: async env => {
      await env.script(503, 200);
      const body = new TextEncoder().encode('abc');
      const answer = quick()(env.url, { method: 'POST', body });
      structuredClone(body.buffer, { transfer: [body.buffer] });
      await answer;
      return (await env.arrived()).map(each => each.body);
    },
  },
  {
    name: 'the body of a Request is sent again',
    expect: ['from a Request', 'from a Request'],
    run: async env => {
      await env.script(503, 200);
      await quick()(new Request(env.url, { method: 'POST', body: 'from a Request' }));
      return (await env.arrived()).map(({ body }) => body);
    },
  },
  {
    name: 'a stream is sent once, and the first answer is final',
    expect: { status: 503, bodies: ['from a stream'] },
    run: async env => {
      await env.script(503, 200);
      const init = { method: 'POST', body: stream(), duplex: 'half' };
      const { status } = await quick()(env.url, init);
      return { status, bodies: (await env.arrived()).map(({ body }) => body) };
    },
  },
  {
    name: 'a stream in a Request is sent once',
    expect: { status: 503, bodies: ['from a stream'] },
    run: async env => {
      await env.script(503, 200);
      const init = { method: 'POST', body: stream(), duplex: 'half' };
      const { status } = await quick()(new Request(env.url, init));
      return { status, bodies: (await env.arrived()).map(({ body }) => body) };
    },
  },
  {
    name: 'an async iterable is sent once',
    expect: { status: 503, bodies: ['one two'] },
    run: async env => {
      await env.script(503, 200);
      const body = (async function* () {
        yield new TextEncoder().encode('one ');
        yield new TextEncoder().encode('two');
      })();
      const init = { method: 'POST', body: body as unknown as BodyInit, duplex: 'half' };
      const { status } = await quick()(env.url, init);
      return { status, bodies: (await env.arrived()).map(each => each.body) };
    },
  },
];
