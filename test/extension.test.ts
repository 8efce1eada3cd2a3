import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import type { CallEvent, Extension } from '../src/call.ts';
import { createFetch } from '../src/fetch.ts';
import { DOORS } from './support/doors.ts';
import { rejected } from './support/foreign.ts';
import { quick } from './support/logbook.ts';
import { OK, refusedUrl, STALL, type Step, serve, status } from './support/server.ts';

/** The seam: `on`, and what is true of all three; `around` and `verdict` have files of their own. */
const server = await serve();
afterAll(server.close);
afterEach(() => vi.unstubAllGlobals());

const POST = { method: 'POST', body: 'x' };

describe.each(DOORS)('on, through %s', (_, door) => {
  test.each<[string, Step[], string[]]>([
    ['success', [OK], ['attempt 1', 'end success']],
    ['recovery', [status(429), OK], ['attempt 1', 'retry throttled 1', 'attempt 2', 'end success']],
    ['a last answer', [status(404)], ['attempt 1', 'end client-error final']],
    [
      'time-outs',
      [STALL],
      ['attempt 1', 'retry timeout 1', 'attempt 2', 'retry timeout 1', 'attempt 3', 'end timeout limit'],
    ],
  ])('is told of %s, and what it throws never touches the call', async (_what, script, expected) => {
    const told: string[] = [];
    const tell = (event: CallEvent) => {
      if (event.type === 'attempt') told.push(`attempt ${event.attempt.number}`);
      else if (event.type === 'retry') told.push(`retry ${event.classification} ${event.verdict.delayMs}`);
      else told.push(`end ${event.classification}${event.stopped ? ` ${event.stopped}` : ''}`);
      throw new Error('an extension’s own');
    };
    server.script(...script);
    await door({ retry: quick, use: [{ name: 'tell', on: tell }], timeout: 50 })(server.origin, POST);
    expect(told).toEqual(expected);
  });

  test('the call it is told of', async () => {
    const ends: Extract<CallEvent, { type: 'end' }>[] = [];
    const watch: Extension = { name: 'watch', on: event => void (event.type === 'end' && ends.push(event)) };
    const url = await refusedUrl();
    await door({ service: 'docs', retry: quick, use: [watch] })(`${url}/`, { method: 'put' });
    expect(ends).toMatchObject([
      {
        call: {
          service: 'docs',
          method: 'PUT',
          url: `${url}/`,
          attempts: 3,
          idempotencyKey: expect.stringMatching(/^[\da-f-]{36}$/),
        },
        stopped: 'limit',
        delivery: 'not-sent',
      },
    ]);
    expect(ends[0]?.call.history).toMatchObject(Array(3).fill({ kind: 'network-error', failure: 'ECONNREFUSED' }));
  });

  test('everybody is told, in the order of `use`, though one of them throws', async () => {
    const told: string[] = [];
    const on = (name: string): Extension => ({
      name,
      on: ({ type }) => {
        told.push(`${name} ${type}`);
        if (name === 'a') throw new Error('an extension’s own');
      },
    });
    server.script(OK);
    expect(await door({ use: [on('a'), on('b')] })(server.origin)).toBe(200);
    expect(told).toEqual(['a attempt', 'b attempt', 'a end', 'b end']);
  });

  test('headers that it changes stay its own', async () => {
    const on: Extension['on'] = event => void (event.type === 'attempt' && event.attempt.headers.set('x-on', '1'));
    server.script(status(503), OK);
    expect(await door({ retry: quick, use: [{ name: 'late', on }] })(server.origin, POST)).toBe(200);
    for (const { headers } of server.seen) expect(headers).not.toHaveProperty('x-on');
  });

  test('is called with its extension as `this`', async () => {
    class Counter implements Extension {
      readonly name = 'counter';
      seen = 0;
      on() {
        this.seen++;
      }
      around(_attempt: unknown, send: () => Promise<Response>) {
        this.seen += 10;
        return send();
      }
      verdict() {
        this.seen += 100;
        return undefined;
      }
    }
    const counter = new Counter();
    server.script(status(404));
    await door({ use: [counter] })(server.origin);
    expect(counter.seen).toBe(112);
  });

  test('what it and `verdict` reject with leaves nothing unhandled, whoever made the promise', async () => {
    const noise = vi.fn();
    process.on('unhandledRejection', noise);
    const getter = () =>
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('a getter');
        },
      });
    const makes = [() => Promise.reject(new Error('mine')), () => rejected(new Error('theirs')), getter];
    for (const make of makes) {
      for (const extension of [
        { name: 'on', on: make },
        { name: 'verdict', verdict: make },
      ]) {
        server.script(status(503), OK);
        const result = await door({ retry: quick, use: [extension as Extension] })(server.origin);
        if (extension.name === 'on') expect(result).toBe(200);
        else expect(result).toBeInstanceOf(Error);
      }
    }
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    process.off('unhandledRejection', noise);
    expect(noise.mock.calls).toEqual([]);
  });
});

test('who only watches costs no Headers on the happy path, whoever reads them pays', async () => {
  const made = vi.fn();
  const { Headers } = globalThis;
  vi.stubGlobal(
    'Headers',
    class extends Headers {
      constructor(init?: HeadersInit) {
        super(init);
        made();
      }
    },
  );
  const answer = new Response('ok');
  const events: string[] = [];
  const watch: Extension = { name: 'watch', on: ({ type }) => void events.push(type) };
  const send = createFetch({ use: [watch], fetch: async () => answer });
  await send('https://api.test/');
  await send('https://api.test/', { headers: { a: 'b' } });
  await send('https://api.test/', { method: 'POST', body: 'x', headers: { a: 'b' } });
  expect(events).toEqual(['attempt', 'end', 'attempt', 'end', 'attempt', 'end']);
  expect(made).not.toHaveBeenCalled();
  const reader: Extension = { name: 'reader', on: event => void (event.type === 'attempt' && event.attempt.headers) };
  await createFetch({ use: [reader], fetch: async () => answer })('https://api.test/');
  expect(made).toHaveBeenCalledOnce();
});

test('what only a runtime’s fetch knows becomes a default of every call', async () => {
  const inits: unknown[] = [];
  const fetch = createFetch({
    dispatcher: 'default',
    next: { revalidate: 1 },
    fetch: async (_, init) => {
      inits.push(init);
      return new Response();
    },
  });
  await fetch('http://x.test');
  await fetch('http://x.test', { dispatcher: 'own' } as RequestInit);
  expect(inits).toEqual([
    { dispatcher: 'default', next: { revalidate: 1 } },
    { dispatcher: 'own', next: { revalidate: 1 } },
  ]);
});
