import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Extension } from '../src/call.ts';
import type { FetchOptions } from '../src/index.ts';
import { DOORS } from './support/doors.ts';
import { logbook, quick } from './support/logbook.ts';
import { OK, RESET, STALL, type Step, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);

type Around = NonNullable<Extension['around']>;

const never = (): Promise<never> => new Promise(() => {});

describe.each(DOORS)('around, through %s', (_, door) => {
  const POST = { method: 'POST', body: 'x', headers: { a: 'b' } };

  const run = async (
    script: readonly Step[],
    around: Around | Around[],
    init: RequestInit = POST,
    options: FetchOptions = {},
  ) => {
    const book = logbook();
    server.script(...script);
    const use = [around].flat().map((each, index) => ({ name: `e${index}`, around: each }));
    const result = await door({ retry: quick, use: [...use, book.log], ...options })(server.origin, init);
    return { result, story: book.story, records: book.records };
  };

  test('nests in the order of `use`, the first one outermost, on every attempt', async () => {
    const told: string[] = [];
    const tell =
      (name: string): Around =>
      async ({ number }, send) => {
        told.push(`${name} ${number}`);
        const { status: code } = await send().then(response => {
          told.push(`${name} has ${response.status}`);
          return response;
        });
        return new Response(null, { status: code });
      };
    const { result, story } = await run([status(503), OK], [tell('a'), tell('b')]);
    expect(result).toBe(200);
    expect(told).toEqual(['a 1', 'b 1', 'b has 503', 'a has 503', 'a 2', 'b 2', 'b has 200', 'a has 200']);
    expect(story).toEqual(['retry', 'recovered']);
  });

  test('headers changed before `send()` go out on that attempt, later changes have no effect', async () => {
    const stamp: Around = async ({ headers, number }, send) => {
      await new Promise(setImmediate);
      headers.set('x-try', `${number}`);
      headers.delete('a');
      const answer = send();
      headers.set('x-try', 'too late');
      headers.set('x-late', '1');
      return answer;
    };
    const append: Around = ({ headers }, send) => {
      headers.append('x-try', 'second');
      return send();
    };
    expect((await run([status(503), OK], [stamp, append])).result).toBe(200);
    expect(server.seen.map(({ headers }) => headers['x-try'])).toEqual(['1, second', '2, second']);
    for (const { headers, body } of server.seen) {
      expect(headers).not.toHaveProperty('x-late');
      expect(headers).not.toHaveProperty('a');
      expect(String(body)).toBe('x');
    }
    expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('sees the attempt as it is sent', async () => {
    const seen: unknown[] = [];
    await run([status(503), OK], (attempt, send) => {
      const { call, number, headers, signal, remainingMs } = attempt;
      seen.push([
        number,
        call.method,
        call.attempts,
        call.history.length,
        headers.get('a'),
        signal.aborted,
        remainingMs,
      ]);
      expect(headers.get('idempotency-key')).toBe(call.idempotencyKey);
      return send();
    });
    const rest = ['b', false, Number.POSITIVE_INFINITY];
    expect(seen).toEqual([
      [1, 'POST', 1, 0, ...rest],
      [2, 'POST', 2, 1, ...rest],
    ]);
  });

  describe('a wait', () => {
    test.each([1, 2])('that hears no signal ends with an abort, with its reason (attempt %s)', async at => {
      const reason = new Error('gone');
      const controller = new AbortController();
      const around: Around = ({ number }, send) => {
        if (number < at) return send();
        setImmediate(() => controller.abort(reason));
        return never();
      };
      const { result, story } = await run([status(503), OK], around, { ...POST, signal: controller.signal });
      expect(result).toBe(reason);
      expect(story).toEqual(at === 1 ? [] : ['retry']);
      expect(server.seen).toHaveLength(at - 1);
    });

    test('of the runtime ends with an abort, too', async () => {
      const reason = new Error('gone');
      const controller = new AbortController();
      const around: Around = async ({ runtime }, send) => {
        setImmediate(() => controller.abort(reason));
        await runtime.sleep(60_000);
        return send();
      };
      const { result } = await run([OK], around, { ...POST, signal: controller.signal });
      expect(result).toBe(reason);
      expect(server.seen).toHaveLength(0);
    });
  });

  describe('a refusal', () => {
    test.each([
      ['an Error', new Error('open')],
      ['what looks like a failure of the network', new TypeError('fetch failed')],
      [
        'what looks like a refused connection',
        Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' }),
      ],
      ['what looks like a time-out', new DOMException('x', 'TimeoutError')],
      ['what looks like an abort', new DOMException('x', 'AbortError')],
      ['no Error', 'a word'],
    ])('with %s is the end, unretried, and the same object', async (_what, thrown) => {
      const { result, story, records } = await run([OK], async () => {
        throw thrown;
      });
      expect(result).toBe(thrown);
      expect(story).toEqual(['failed: final']);
      expect(records[0]).toMatchObject({ attempts: 1, kind: 'invalid', delivery: 'not-sent' });
      expect(server.seen).toHaveLength(0);
    });

    test('may be thrown before there is a promise', async () => {
      const thrown = new Error('open');
      const { result, records } = await run([OK], () => {
        throw thrown;
      });
      expect(result).toBe(thrown);
      expect(records[0]).toMatchObject({ attempts: 1, kind: 'invalid', delivery: 'not-sent' });
    });

    test.each<[string, Step, string]>([
      ['unknown', status(503), 'unknown'],
      ['rejected', status(429), 'rejected'],
    ])('of a later attempt leaves what was known before: %s', async (_what, first, delivery) => {
      const thrown = new Error('open');
      const { result, story, records } = await run([first, OK], async ({ number }, send) => {
        if (number === 2) throw thrown;
        return send();
      });
      expect(result).toBe(thrown);
      expect(story).toEqual(['retry', 'failed: final']);
      expect(records[1]).toMatchObject({ attempts: 2, kind: 'invalid', delivery });
      expect(server.seen).toHaveLength(1);
    });

    test('by an inner one may be made good by an outer one', async () => {
      const { result, story } = await run(
        [OK],
        [
          (_attempt, send) => send().catch(() => new Response('kept', { status: 203 })),
          async () => {
            throw new Error('closed');
          },
        ],
      );
      expect(result).toBe(203);
      expect(story).toEqual([]);
    });
  });

  describe('what comes after `send()`', () => {
    test('what it rejects with may pass through, and is judged as the sender’s', async () => {
      const seen: unknown[] = [];
      const pass: Around = async (_attempt, send) => {
        try {
          return await send();
        } catch (error) {
          seen.push(error);
          throw error;
        }
      };
      const { result, story } = await run([RESET, OK], [pass, pass]);
      expect(result).toBe(200);
      expect(story).toEqual(['retry', 'recovered']);
      expect(seen).toHaveLength(2);
      expect(seen[0]).toBe(seen[1]);
    });

    test('an attempt’s timeout may pass through as well', async () => {
      const { result, story } = await run([STALL, OK], (_attempt, send) => send(), POST, { timeout: 50 });
      expect(result).toBe(200);
      expect(story).toEqual(['retry', 'recovered']);
    });

    test.each<[string, Step, Around]>([
      [
        'a good answer',
        OK,
        async (_attempt, send) => {
          await send();
          throw mine;
        },
      ],
      [
        'an answer that would be retried',
        status(503),
        async (_attempt, send) => {
          await send();
          throw mine;
        },
      ],
      ['a failure', RESET, (_attempt, send) => send().catch(() => Promise.reject(mine))],
      [
        'nothing, while it is still sent',
        STALL,
        async (_attempt, send) => {
          void send().catch(() => {});
          await server.arrived(1);
          throw mine;
        },
      ],
    ])('any other error is the extension’s own, after %s: the same object, once', async (_what, step, around) => {
      const { result, story, records } = await run([step], around);
      expect(result).toBe(mine);
      expect(story).toEqual(['failed: final']);
      expect(records[0]).toMatchObject({ attempts: 1, kind: 'thrown', delivery: 'unknown' });
      expect(server.seen).toHaveLength(1);
    });
    const mine = new TypeError('fetch failed');

    test('what is no Response is an error of ours, once', async () => {
      const { result, story } = await run([OK], async () => undefined as never);
      expect(result).toBeInstanceOf(TypeError);
      expect(story).toEqual(['failed: final']);
    });
  });

  describe('an answer without sending', () => {
    test('is a result, and no attempt was sent', async () => {
      const events: string[] = [];
      const on: Extension['on'] = ({ type }) => void events.push(type);
      const cache: Extension = { name: 'cache', around: async () => new Response('kept', { status: 203 }) };
      server.script(OK);
      expect(await door({ use: [cache, { name: 'watch', on }] })(server.origin)).toBe(203);
      expect(server.seen).toHaveLength(0);
      expect(events).toEqual(['end']);
    });

    test('is judged as any other: a 503 is retried', async () => {
      const { result, story } = await run([OK], async ({ number }, send) =>
        number === 1 ? new Response(null, { status: 503 }) : send(),
      );
      expect(result).toBe(200);
      expect(story).toEqual(['retry', 'recovered']);
      expect(server.seen).toHaveLength(1);
    });
  });

  describe('sending more than once', () => {
    test('what loses is aborted; both carry the same key and body', async () => {
      const losers: unknown[] = [];
      const { result, story } = await run([STALL, OK], async (_attempt, send) => {
        const first = send();
        first.catch(error => losers.push(error));
        await server.arrived(1);
        return Promise.race([first, send()]);
      });
      expect(result).toBe(200);
      expect(story).toEqual([]);
      expect(server.seen.map(({ body }) => String(body))).toEqual(['x', 'x']);
      expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
      await vi.waitFor(() => expect(losers).toMatchObject([{ name: 'AbortError' }]));
    });

    test('one after the other is one attempt', async () => {
      const { result, story, records } = await run([RESET, status(503), OK], (_attempt, send) => send().catch(send));
      expect(result).toBe(200);
      expect(story).toEqual(['retry', 'recovered']);
      expect(records[1]?.attempts).toBe(2);
      expect(server.seen).toHaveLength(3);
    });

    test('each has a timeout of its own', async () => {
      const { result } = await run([STALL, OK], (_attempt, send) => send().catch(send), POST, {
        timeout: 50,
        retry: 0,
      });
      expect(result).toBe(200);
      expect(server.seen).toHaveLength(2);
    });

    test('a body that can be read once can’t be sent twice', async () => {
      const refused: unknown[] = [];
      const around: Around = async (_attempt, send) => {
        const answer = await send();
        await send().catch(error => refused.push(error));
        return answer;
      };
      const init = { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' };
      expect((await run([OK], around, init as RequestInit)).result).toBe(200);
      expect(refused).toEqual([new TypeError('a body that can be read once can be sent once')]);
      expect(server.seen.map(({ body }) => String(body))).toEqual(['once']);
    });
  });

  test('a Request’s body can be sent twice, also where nothing is retried', async () => {
    server.script(RESET, OK);
    const use: Extension[] = [{ name: 'again', around: (_attempt, send) => send().catch(send) }];
    const request = new Request(server.origin, POST);
    expect(await door({ use, retry: 0 })(request)).toBe(200);
    expect(server.seen.map(({ body }) => String(body))).toEqual(['x', 'x']);
  });

  test('leaves nothing unhandled, however it ends', async () => {
    const noise = vi.fn();
    process.on('unhandledRejection', noise);
    const arounds: Around[] = [
      async (_attempt, send) => {
        void send();
        throw new Error('mine');
      },
      (_attempt, send) => Promise.race([send(), send()]),
      async () => {
        throw new Error('refused');
      },
    ];
    for (const around of arounds) {
      for (const step of [RESET, OK, status(503)]) await run([step], around);
    }
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    process.off('unhandledRejection', noise);
    expect(noise.mock.calls).toEqual([]);
  });
});
