import { HTTPError, NetworkError, type ResponsePromise, TimeoutError } from 'ky';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { type CallEvent, type ClientError, type ClientOptions, createClient, defineErrorFormat } from '../src/index.ts';
import { logbook, quick } from './support/logbook.ts';
import { OK, RESET, refusedUrl, STALL, type Step, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);
afterEach(() => vi.restoreAllMocks());

const client = (options: ClientOptions = {}) =>
  createClient({ prefix: server.origin, ...options, retry: { ...quick, ...(options.retry as object) } });

/** The error that a call ends in. */
const failing = async (call: Promise<unknown>): Promise<ClientError> => {
  const error = await call.then(
    () => undefined,
    (reason: ClientError) => reason,
  );
  if (!error) throw new Error('the call did not fail');
  return error;
};
const keysSeen = () => server.seen.map(({ headers }) => headers['idempotency-key']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('class', () => {
  test.each([429, 500, 501, 502, 503, 504, 505, 520, 599])('%i is sent again', async code => {
    server.script(status(code), OK);
    expect(await client().get('a').text()).toBe('ok');
    expect(server.seen.length).toBe(2);
  });

  test.each([400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 422, 425, 451])('%i is sent once', async code => {
    server.script(status(code), OK);
    expect(await failing(client().get('a'))).toMatchObject({ status: code, stopped: 'final', attempts: 1 });
    expect(server.seen.length).toBe(1);
  });

  test('what is no status counts as a 5xx', async () => {
    const answers = [999, 999, 999, 200];
    const odd = async () => Object.defineProperty(new Response('odd'), 'status', { value: answers.shift() });
    const error = await failing(client({ fetch: odd }).get('a'));
    expect(error).toMatchObject({ kind: 'server', status: 999, stopped: 'limit', attempts: 3 });
    expect(await client({ fetch: odd }).get('a').text()).toBe('odd');
  });

  test.each([
    ['304', status(304), {}],
    ['a manual redirect', status(302, { location: '/b' }), { redirect: 'manual' }],
  ] as const)('below 400 nothing is an error: %s', async (_, step, options) => {
    server.script(step);
    expect((await client().get('a', options)).status).toBe(step.status);
    expect(server.seen.length).toBe(1);
  });

  test('a class that `classify` gives a success is retried, and handed back at the limit', async () => {
    const book = logbook();
    const api = client({
      use: [book.log],
      retry: { classify: outcome => (outcome.kind === 'answer' && outcome.status === 202 ? 'throttled' : 'success') },
    });
    server.script(status(202), OK);
    expect(await api.get('a').text()).toBe('ok');
    server.script(status(202));
    expect(await api.get('a').text()).toBe('status 202');
    expect(server.seen.length).toBe(3);
    expect(book.story).toEqual(['retry', 'recovered', 'retry', 'retry', 'failed: limit']);
  });

  test.each<[string, () => unknown]>([
    ['async', async () => 'success'],
    ['no class', () => 'fine'],
    ['nothing', () => undefined],
  ])('a classify that is %s is refused by name', async (_, classify) => {
    server.script(OK);
    const api = client({ retry: { classify: classify as () => 'success' } });
    await expect(api.get('a')).rejects.toThrow('retry.classify');
    await expect(api.get('a').json()).rejects.toThrow('retry.classify');
  });

  test('a reset and a stall are sent again', async () => {
    server.script(RESET, STALL, OK);
    expect(await client({ timeout: 100 }).post('a').text()).toBe('ok');
    expect(server.seen.length).toBe(3);
  });
});

describe('key', () => {
  const own = { headers: { 'iDEMPOTENCY-kEY': 'mine' } };
  test.each<[string, (api: ReturnType<typeof client>) => Promise<unknown>]>([
    ['json', api => api.post('a', { json: { a: 1 } })],
    ['a string', api => api.put('a', { body: 'x' })],
    ['FormData', api => api.patch('a', { body: new FormData() })],
    ['no body', api => api.delete('a')],
    ['a Request', api => api(new Request(`${server.origin}/a`, { method: 'POST', body: 'x' }))],
    ['a Request, and a shortcut', api => api.post(new Request(`${server.origin}/a`))],
    ['a method in lower case', api => api('a', { method: 'post' })],
  ])('one on every attempt: %s', async (_, send) => {
    server.script(status(503), RESET, OK);
    await send(client());
    expect(keysSeen()).toHaveLength(3);
    expect(new Set(keysSeen()).size).toBe(1);
    expect(keysSeen()[0]).toMatch(UUID);
    const bodies = new Set(server.seen.map(({ body }) => body.toString('latin1')));
    expect(bodies.size).toBe(1);
  });

  test('another call, another key', async () => {
    server.script();
    const api = client();
    await Promise.all([api.post('a'), api.post('a')]);
    expect(new Set(keysSeen()).size).toBe(2);
  });

  test.each<[string, (api: ReturnType<typeof client>) => Promise<unknown>]>([
    ['given with the call', api => api.post('a', own)],
    ['given to the instance', api => api.extend(own).post('a')],
    ['on a Request', api => api(new Request(`${server.origin}/a`, { method: 'POST', ...own }))],
    [
      'set in a hook',
      api =>
        api.post('a', { hooks: { beforeRequest: [({ request }) => request.headers.set('idempotency-key', 'mine')] } }),
    ],
    ['set in an init hook', api => api.post('a', { hooks: { init: [options => void Object.assign(options, own)] } })],
  ])('the own one wins: %s', async (_, send) => {
    server.script(status(503), OK);
    await send(client());
    expect(keysSeen()).toEqual(['mine', 'mine']);
  });

  test.each(['get', 'head', 'query'] as const)('%s carries none', async method => {
    server.script();
    await client()[method]('a');
    expect(keysSeen()).toEqual([undefined]);
  });

  test('hooks see it, generated or not, and it is the one that is sent', async () => {
    for (const idempotency of [
      {},
      { generate: ({ method, url }: { method: string; url: string }) => `${method}-${url.length}` },
    ]) {
      server.script(status(503), OK);
      const seen: (string | null)[] = [];
      const hook = ({ request }: { request: Request }) => void seen.push(request.headers.get('idempotency-key'));
      await client({ idempotency }).post('a', { hooks: { beforeRequest: [hook], afterResponse: [hook] } });
      expect(keysSeen()).toEqual([seen[0], seen[0]]);
      // What ky keeps was copied before the attempt, with the key in it.
      expect(seen[1]).toBe(seen[0]);
    }
  });

  test('a request that a hook puts in its place carries the same key', async () => {
    server.script(status(503), OK);
    const replace = () => new Request(`${server.origin}/b`, { method: 'POST', body: 'y' });
    await client().post('a', { hooks: { beforeRequest: [replace] } });
    expect(server.seen.map(({ url, body }) => `${url} ${body}`)).toEqual(['/b y', '/b y']);
    expect(keysSeen()[0]).toMatch(UUID);
    expect(keysSeen()[1]).toBe(keysSeen()[0]);
  });

  test('off, own header, own methods', async () => {
    server.script();
    await client({ idempotency: false }).post('a');
    await client({ idempotency: { header: 'X-Key', generate: () => 'k' } }).post('a');
    await client({ idempotency: { methods: ['PURGE'], generate: () => 'p' } })('a', { method: 'PURGE' });
    expect(keysSeen()).toEqual([undefined, undefined, 'p']);
    expect(server.seen[1]?.headers['x-key']).toBe('k');
  });
});

describe('replay', () => {
  const unkeyed = { idempotency: false } as const;

  test('a POST without a key only after 429, or where it was not sent', async () => {
    server.script(status(503), OK);
    expect(await failing(client(unkeyed).post('a'))).toMatchObject({ stopped: 'not-replayable', attempts: 1 });
    server.script(RESET, OK);
    expect(await failing(client(unkeyed).post('a'))).toMatchObject({ stopped: 'not-replayable', kind: 'network' });
    server.script(status(429), OK);
    expect(await client(unkeyed).post('a').text()).toBe('ok');
    const refused = await failing(client({ ...unkeyed, prefix: await refusedUrl() }).post('a'));
    expect(refused).toMatchObject({ attempts: 3, stopped: 'limit', delivery: 'not-sent' });
  });

  test('an idempotent method without a key after anything', async () => {
    server.script(RESET, status(503), OK);
    expect(await client(unkeyed).put('a', { body: 'x' }).text()).toBe('ok');
  });

  test('a body that can be read once is sent once, and not copied', async () => {
    server.script(status(503), OK);
    const clone = vi.spyOn(Request.prototype, 'clone');
    const body = new Blob(['streamed']).stream();
    expect(await failing(client().post('a', { body }))).toMatchObject({ stopped: 'not-replayable', attempts: 1 });
    expect(server.seen.map(each => each.body.toString())).toEqual(['streamed']);
    expect(clone).not.toHaveBeenCalled();
  });

  test('one boundary for all attempts of a form', async () => {
    server.script(status(503), status(503), OK);
    const form = new FormData();
    form.set('file', new File(['x'.repeat(1000)], 'ä.txt'));
    await client().post('a', { body: form });
    expect(new Set(server.seen.map(({ headers }) => headers['content-type'])).size).toBe(1);
    expect(new Set(server.seen.map(({ body }) => body.toString())).size).toBe(1);
  });
});

describe('stop: each word', () => {
  const quota = defineErrorFormat({ name: 'q', codes: ['QUOTA'], terminal: ['QUOTA'] });
  const spent: Step = {
    status: 429,
    headers: { 'content-type': 'application/json' },
    body: '{"error":{"code":"QUOTA"}}',
  };
  const veto = { name: 'veto', verdict: () => ({ kind: 'stop', because: 'vetoed' }) as const };
  test.each<[string, ClientOptions, Step]>([
    ['final', {}, status(404)],
    ['vetoed', {}, status(503, { 'x-should-retry': 'false' })],
    ['vetoed', {}, status(503, { 'idempotent-replayed': 'true' })],
    ['vetoed', { use: [veto] }, status(503)],
    ['vetoed', { errors: [quota] }, spent],
    ['limit', { retry: { limit: 0 } }, status(503)],
    ['not-replayable', { idempotency: false, method: 'post' }, status(503)],
    ['retry-after', {}, status(429, { 'retry-after': '86400' })],
    ['deadline', { totalTimeout: 500 }, status(503, { 'retry-after': '2' })],
    ['deadline', { totalTimeout: 500, retry: { backoff: () => 600 } }, status(503)],
  ])('%s', async (word, options, step) => {
    server.script(step, OK);
    const began = performance.now();
    expect(await failing(client(options)('a'))).toMatchObject({ stopped: word, attempts: 1, status: step.status });
    expect(performance.now() - began).toBeLessThan(400);
    expect(server.seen.length).toBe(1);
  });

  test('codes that a format names: retried whatever the status, and handed back at the limit as what they are', async () => {
    const format = defineErrorFormat({
      name: 'f',
      codes: ['Throttling', 'busy', 'gone'],
      retryable: ['Throttling', 'busy'],
      terminal: ['gone'],
      when: () => true,
    });
    const said = (code: number, error: string): Step => ({
      status: code,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error: { code: error, message: 'm' } }),
    });
    const api = client({ errors: [format] });
    server.script(said(400, 'Throttling'), said(200, 'busy'), OK);
    expect(await api.post('a').text()).toBe('ok');
    server.script(said(400, 'Throttling'));
    expect(await failing(api.post('a'))).toMatchObject({
      status: 400,
      code: 'Throttling',
      attempts: 3,
      stopped: 'limit',
    });
    server.script(said(200, 'busy'));
    expect(await api.post('a').json()).toEqual({ error: { code: 'busy', message: 'm' } });
    expect(server.seen.length).toBe(3);
    server.script(said(503, 'gone'));
    const gone = await failing(api.post('a'));
    expect(gone).toMatchObject({ code: 'gone', data: { error: { code: 'gone', message: 'm' } }, stopped: 'vetoed' });
    server.script(said(404, 'other'));
    expect(await failing(api.post('a'))).toMatchObject({ code: 'other', stopped: 'final' });
    server.script(said(400, 'busy'));
    const unkeyed = await failing(client({ errors: [format], idempotency: false }).post('a'));
    expect(unkeyed).toMatchObject({ code: 'busy', stopped: 'not-replayable' });
  });

  test('limit, after the last retry', async () => {
    server.script(status(503));
    expect(await failing(client().post('a'))).toMatchObject({ stopped: 'limit', attempts: 3, delivery: 'unknown' });
  });

  test('a day of waiting is the real 429 at once, with its time', async () => {
    server.script(status(429, { 'retry-after': '86400' }));
    const error = await failing(client().get('a'));
    expect(error).toBeInstanceOf(HTTPError);
    const { retryAt } = error as Extract<ClientError, { kind: 'rate_limit' }>;
    expect(Math.abs(Number(retryAt) - Date.now() - 86_400_000)).toBeLessThan(5_000);
  });

  test('the total timeout in an attempt is a TimeoutError', async () => {
    server.script(STALL);
    const error = await failing(client({ timeout: false, totalTimeout: 80 }).get('a'));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ kind: 'timeout', stopped: 'deadline' });
  });

  test('what is known of an outage is shared by what extends the client, unless it has its own', async () => {
    server.script(status(503));
    const outage = { spanMs: 0, firstMs: 10_000 };
    const api = client({ retry: { limit: 1, outage } });
    const stops = async (each: typeof api) => {
      const { attempts, stopped } = await failing(each.get('a'));
      return `${attempts} ${stopped}`;
    };
    // The third is the probe.
    for (let call = 0; call < 3; call++) expect(await stops(api)).toBe('2 limit');
    expect(await stops(api)).toBe('1 outage');
    expect(await stops(api.extend({ headers: { a: '1' } }))).toBe('1 outage');
    expect(await stops(api.extend({ retry: 1 }).extend(() => ({})))).toBe('1 outage');
    expect((await failing(api.get('a', { retry: { limit: 1 } }))).stopped).toBe('outage');
    expect(await stops(api.extend({ retry: { outage: { spanMs: 0 } } }))).toBe('2 limit');
    expect(await stops(api.extend({ retry: { outage: false } }))).toBe('2 limit');
    expect(await stops(api.create({ prefix: server.origin, retry: { limit: 1, ...quick } }))).toBe('2 limit');
    expect(await stops(api)).toBe('1 outage');
    server.script(OK);
    await api.get('a');
    server.script(status(503));
    expect(await stops(api)).toBe('2 limit');
  });
});

describe('end', () => {
  test('errors are ky’s, and ours', async () => {
    server.script(status(404));
    const api = client({ service: 'docs' });
    const notFound = await failing(api.get('a'));
    expect(notFound).toBeInstanceOf(HTTPError);
    expect(api.isError(notFound)).toBe(true);
    expect(notFound).toMatchObject({ kind: 'not_found', data: 'status 404', service: 'docs' });
    server.script(RESET);
    expect(await failing(client().get('a'))).toBeInstanceOf(NetworkError);
  });

  test("a user's beforeError gets them, and may put its own in their place", async () => {
    server.script(status(404));
    const kinds: unknown[] = [];
    const api = client({
      hooks: {
        beforeError: [
          ({ error }) => {
            kinds.push((error as ClientError).kind, error instanceof HTTPError);
            return new RangeError('mine');
          },
        ],
      },
    });
    expect(await failing(api.get('a'))).toEqual(new RangeError('mine'));
    expect(kinds).toEqual(['not_found', true]);
  });

  test('throwHttpErrors: false hands the last answer back, unread, after its retries', async () => {
    server.script(status(503));
    const response = await client({ throwHttpErrors: false }).get('a');
    expect([response.status, await response.text(), server.seen.length]).toEqual([503, 'status 503', 3]);
  });

  test('throwHttpErrors as a function says which of them are errors', async () => {
    const api = client({ throwHttpErrors: code => code !== 404 });
    server.script(status(404));
    expect((await api.get('a')).status).toBe(404);
    server.script(status(503), status(404));
    expect(await api.get('a').text()).toBe('status 404');
    server.script(status(403));
    expect(await failing(api.get('a'))).toMatchObject({ kind: 'permission' });
  });

  test.each([
    ['an object', { limit: 2, ...quick }],
    ['none', undefined],
  ])('an unknown scheme is refused once, as ky does: retry %s', async (_, retry) => {
    const error = await failing(createClient(retry && { retry })('foo://x'));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ kind: 'network', attempts: 1, stopped: 'final' });
  });
});

describe('the log: one record an ended call', () => {
  const hooks = (name: 'beforeRequest' | 'afterResponse') => ({
    hooks: {
      [name]: [
        () => {
          throw new Error('mine');
        },
      ],
    },
  });
  test.each<[string, ClientOptions, Step[], string[]]>([
    ['a quiet success', {}, [OK], []],
    ['a recovery', {}, [status(503), OK], ['retry', 'recovered']],
    ['a failure', {}, [status(404)], ['failed']],
    ['a failure after retries', {}, [status(503)], ['retry', 'retry', 'failed']],
    ['no answer', {}, [RESET], ['retry', 'retry', 'failed']],
    ['an error answer that is a result', { throwHttpErrors: false }, [status(404)], ['failed']],
    ['the own abort', { signal: AbortSignal.abort('why') }, [OK], []],
    ['a hook that throws before', hooks('beforeRequest'), [OK], ['failed']],
    ['a hook that throws after', hooks('afterResponse'), [OK], ['failed']],
    [
      'a hook that makes good',
      { hooks: { afterResponse: [() => new Response('good')] } },
      [status(503)],
      ['retry', 'retry', 'recovered'],
    ],
    [
      'a hook that makes bad',
      { retry: { limit: 0 }, hooks: { afterResponse: [() => new Response('', { status: 500 })] } },
      [OK],
      ['failed'],
    ],
    [
      'an extension that refuses',
      { use: [{ name: 'no', around: () => Promise.reject(new Error('mine')) }] },
      [OK],
      ['failed'],
    ],
  ])('%s', async (_, options, steps, events) => {
    server.script(...steps);
    for (const read of [(call: ResponsePromise) => call, (call: ResponsePromise) => call.text()]) {
      server.script(...steps);
      const book = logbook();
      const ends: CallEvent[] = [];
      const watch = { name: 'watch', on: (event: CallEvent) => void (event.type === 'end' && ends.push(event)) };
      const api = client({ ...options, use: [watch, ...(options.use ?? []), book.log] });
      await Promise.resolve(read(api.get('a'))).catch(() => {});
      expect(book.records.map(({ event }) => event)).toEqual(events);
      expect(ends).toHaveLength(1);
    }
  });
});
