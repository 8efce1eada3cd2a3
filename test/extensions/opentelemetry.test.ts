import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import ky, { type Hooks } from 'ky';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTelemetry, type TracingOptions } from '../../src/extensions/opentelemetry/index.ts';
import { createClient, createFetch, type Extension, type FetchOptions } from '../../src/index.ts';
import { sdk } from '../support/opentelemetry.ts';
import { RESET, refusedUrl, STALL, serve, status, type TestServer } from '../support/server.ts';

const otel = sdk();
let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
beforeEach(() => otel.reset());
afterEach(() => expect(otel.open(), 'spans that never ended').toBe(0));
afterAll(async () => {
  await server.close();
  await otel.close();
});

const { tracer } = otel;
const tracing = { tracer, trace, context };
const QUICK = { retry: { limit: 2, backoff: () => 1 } };

/** Both doors, with one signature. */
const DOORS = {
  fetch: (options: FetchOptions) => createFetch(options),
  client: (options: FetchOptions) => async (url: string, init?: RequestInit) => await createClient(options)(url, init),
};
type Call = (url: string, init?: RequestInit) => Promise<Response>;

const split = () => {
  const spans = otel.spans();
  return {
    calls: spans.filter(({ kind }) => kind === SpanKind.INTERNAL),
    attempts: spans.filter(({ kind }) => kind === SpanKind.CLIENT),
  };
};
const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => {},
    () => {},
  );

describe.each(Object.entries(DOORS))('%s', (_, make) => {
  const send = (use: Extension[] = [openTelemetry(tracing)], options: FetchOptions = {}): Call =>
    make({ ...QUICK, use, ...options });

  test('a call is one span with one child an attempt, under the span that is active', async () => {
    server.script(status(200));
    const parent = tracer.startSpan('handler');
    await context.with(trace.setSpan(context.active(), parent), () => send()(`${server.origin}/things`));
    parent.end();
    const { calls, attempts } = split();
    const [handler] = calls.splice(
      calls.findIndex(({ name }) => name === 'handler'),
      1,
    );
    expect([calls.length, attempts.length]).toEqual([1, 1]);
    expect(calls[0]!.parentSpanContext?.spanId).toBe(handler!.spanContext().spanId);
    expect(attempts[0]!.parentSpanContext?.spanId).toBe(calls[0]!.spanContext().spanId);
    expect([calls[0]!.name, attempts[0]!.name]).toEqual(['GET', 'GET']);
    const { port } = new URL(server.origin);
    const shared = {
      'http.request.method': 'GET',
      'url.full': `${server.origin}/things`,
      'server.address': '127.0.0.1',
      'server.port': Number(port),
      'http.response.status_code': 200,
      'holdfast.classification': 'success',
    };
    expect(attempts[0]!.attributes).toEqual(shared);
    expect(calls[0]!.attributes).toEqual({ ...shared, 'holdfast.attempts': 1 });
    expect([calls[0]!.status.code, attempts[0]!.status.code]).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET]);
  });

  test('a retry that helped is an error of its attempt, not of the call', async () => {
    server.script(status(503), status(429, { 'retry-after-ms': '2' }), status(200));
    await send(undefined, { service: 'docs' })(server.origin, { method: 'PUT', body: 'x' });
    const { calls, attempts } = split();
    expect(attempts.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2]);
    expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual(['503', '429', undefined]);
    expect(attempts.map(({ status: { code } }) => code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ]);
    const [call] = calls;
    expect(call).toMatchObject({ name: 'docs PUT', status: { code: SpanStatusCode.UNSET } });
    expect(call!.attributes).toMatchObject({ 'service.peer.name': 'docs', 'holdfast.attempts': 3 });
    expect(call!.attributes).not.toHaveProperty('error.type');
    expect(call!.events.map(({ name, attributes }) => [name, attributes?.['holdfast.delay_from']])).toEqual([
      ['holdfast.retry', 'backoff'],
      ['holdfast.retry', 'server'],
    ]);
    expect(call!.events[0]!.attributes).toMatchObject({ 'holdfast.delay_ms': 1 });
  });

  test.each([
    ['a status', [status(503)], '503', 'limit', 3, {}],
    ['a refusal of the server', [status(404)], '404', 'final', 1, {}],
    ['a reset', [RESET], 'ECONNRESET', 'limit', 3, {}],
    ['a timeout', [STALL], 'TimeoutError', 'limit', 1, { timeout: 30, retry: 0 }],
  ])('%s ends call and attempts as errors', async (_what, steps, type, stopped, count, options) => {
    server.script(...steps);
    await settled(send(undefined, options)(server.origin));
    const { calls, attempts } = split();
    expect(attempts).toHaveLength(count);
    for (const span of [...attempts, ...calls]) {
      expect(span.attributes['error.type']).toBe(type);
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
    }
    expect(calls).toHaveLength(1);
    expect(calls[0]!.attributes).toMatchObject({ 'holdfast.attempts': count, 'holdfast.stopped': stopped });
  });

  test('a connection that is refused was not sent', async () => {
    await settled(send()(await refusedUrl(), { method: 'POST', body: 'x' }));
    expect(split().calls[0]!.attributes).toMatchObject({
      'error.type': 'ECONNREFUSED',
      'holdfast.delivery': 'not-sent',
    });
  });

  describe('the caller who leaves', () => {
    const leaves = async (run: (controller: AbortController) => Promise<unknown>, attempts: number) => {
      await settled(run(new AbortController()));
      const spans = split();
      expect([spans.calls.length, spans.attempts.length]).toEqual([1, attempts]);
      expect(spans.calls[0]!.attributes['holdfast.classification']).toBe('aborted');
      expect(spans.calls[0]!.attributes).not.toHaveProperty('error.type');
      expect(spans.calls[0]!.status.code).toBe(SpanStatusCode.UNSET);
      return spans;
    };

    test('in flight makes no error', async () => {
      server.script(STALL);
      const { attempts } = await leaves(async controller => {
        const call = send()(server.origin, { signal: controller.signal });
        await Promise.race([server.arrived(1), call]);
        controller.abort();
        await call;
      }, 1);
      expect(attempts[0]!.status.code).toBe(SpanStatusCode.UNSET);
      expect(attempts[0]!.attributes).not.toHaveProperty('error.type');
    });

    test('in the wait makes no error of the call', async () => {
      server.script(status(503));
      const { attempts } = await leaves(controller => {
        const leave: Extension = { name: 'leave', on: ({ type }) => void (type === 'retry' && controller.abort()) };
        return send([openTelemetry(tracing), leave], { retry: { backoff: () => 30_000 } })(server.origin, {
          signal: controller.signal,
        });
      }, 1);
      expect(attempts[0]!.attributes['error.type']).toBe('503');
    });

    test('while an extension holds the attempt makes no error', async () => {
      server.script(status(200));
      await leaves(controller => {
        const hold: Extension = {
          name: 'hold',
          around: ({ signal }) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
              controller.abort();
            }),
        };
        return send([openTelemetry(tracing), hold])(server.origin, { signal: controller.signal });
      }, 1);
      expect(server.seen).toHaveLength(0);
    });
  });

  describe('a refusal', () => {
    const refuse = {
      name: 'refuse',
      around: async (): Promise<Response> => {
        throw new RangeError('closed');
      },
    };

    test('by an extension after this one ends both spans', async () => {
      server.script(status(200));
      await settled(send([openTelemetry(tracing), refuse])(server.origin));
      const { calls, attempts } = split();
      expect([...calls, ...attempts].map(({ attributes }) => attributes['error.type'])).toEqual([
        'RangeError',
        'RangeError',
      ]);
    });

    test('by an extension before this one makes the span of the call alone', async () => {
      server.script(status(200));
      await settled(send([refuse, openTelemetry(tracing)])(server.origin));
      const { calls, attempts } = split();
      expect([calls.length, attempts.length]).toEqual([1, 0]);
      expect(calls[0]!.attributes['error.type']).toBe('RangeError');
    });

    test('at a later attempt ends the call once', async () => {
      server.script(status(503));
      const second: Extension = {
        name: 'second',
        around: ({ number }, send) => (number > 1 ? refuse.around() : send()),
      };
      await settled(send([openTelemetry(tracing), second])(server.origin));
      const { calls, attempts } = split();
      expect(calls).toHaveLength(1);
      expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual(['503', 'RangeError']);
    });
  });

  test('without spans of attempts, the call has its own alone', async () => {
    server.script(status(503), status(200));
    await send([openTelemetry({ ...tracing, attemptSpans: false, propagation })])(server.origin);
    const { calls, attempts } = split();
    expect([calls.length, attempts.length]).toEqual([1, 0]);
    expect(calls[0]!.attributes['holdfast.attempts']).toBe(2);
    const { traceId, spanId } = calls[0]!.spanContext();
    expect(server.seen.map(({ headers }) => headers.traceparent)).toEqual([
      `00-${traceId}-${spanId}-01`,
      `00-${traceId}-${spanId}-01`,
    ]);
  });

  test('each attempt carries its own traceparent, and none without a propagator', async () => {
    server.script(status(503), status(200));
    await send([openTelemetry({ ...tracing, propagation })])(server.origin);
    const sent = split()
      .attempts.map(span => span.spanContext())
      .map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
    expect(server.seen.map(({ headers }) => headers.traceparent)).toEqual(sent);
    expect(new Set(sent).size).toBe(2);
    await send()(server.origin);
    expect(server.seen.at(-1)!.headers).not.toHaveProperty('traceparent');
  });

  test('a traceparent of the caller’s is replaced, and never goes out twice', async () => {
    server.script(status(503), status(200));
    const headers = { Traceparent: '00-00000000000000000000000000000001-0000000000000001-00' };
    const twice = openTelemetry({ ...tracing, attemptSpans: false, propagation });
    await send([twice, openTelemetry({ ...tracing, propagation })])(server.origin, { headers });
    const sent = split()
      .attempts.map(span => span.spanContext())
      .map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
    expect(sent).toHaveLength(2);
    const arrived = server.seen.map(({ rawHeaders }) => rawHeaders.filter(([name]) => /^traceparent$/i.test(name)));
    expect(arrived.map(pairs => pairs.map(([, value]) => value))).toEqual(sent.map(each => [each]));
  });

  test('nothing secret is exported', async () => {
    server.script(status(503, { 'set-cookie': 's3cret', location: 's3cret' }));
    const url = `${server.origin}/things?page=2&token=s3cret#s3cret`;
    const headers = { authorization: 's3cret', cookie: 's3cret', 'x-api-key': 's3cret' };
    const use = [openTelemetry({ ...tracing, redact: { query: ['page'] } })];
    await settled(send(use)(url, { method: 'POST', body: 's3cret', headers }));
    const told = otel
      .spans()
      .map(({ name, attributes, status: ending, events }) => ({ name, attributes, ending, events }));
    expect(JSON.stringify(told)).not.toContain('s3cret');
    expect(split().calls[0]!.attributes['url.full']).toBe(`${server.origin}/things?page=2&token=***`);
  });

  test('nor what `redact.path` names, nor userinfo', async () => {
    server.script(status(200));
    const use = [openTelemetry({ ...tracing, redact: { path: [/bot\d+:\w+/i], mask: 'REDACTED' } })];
    await send(use)(`${server.origin}/BOT7:s3cret/sendMessage?s3cret`);
    await settled(send(use)(server.origin.replace('http://', 'http://user:s3cret@')));
    const { calls, attempts } = split();
    expect(JSON.stringify([...calls, ...attempts].map(({ attributes }) => attributes))).not.toContain('s3cret');
    for (const span of [calls[0]!, attempts[0]!]) {
      expect(span.attributes['url.full']).toBe(`${server.origin}/REDACTED/sendMessage?REDACTED`);
    }
    expect(server.seen[0]!.url).toBe('/BOT7:s3cret/sendMessage?s3cret');
  });

  test('a call that is over before an attempt begins leaves at most one span, and none open', async () => {
    await settled(send()('http://'));
    await settled(send()(server.origin, { headers: { 'bad header': 'x' } }));
    await settled(send()(server.origin, { signal: AbortSignal.abort() }));
    expect(split().attempts.length).toBeLessThanOrEqual(split().calls.length);
    expect(split().calls.length).toBeLessThanOrEqual(3);
  });

  test('a tracer, a propagator, a context and a meter that throw never touch the call', async () => {
    server.script(status(503), status(200));
    const broken = (): never => {
      throw new Error('exporter down');
    };
    const meter = { createCounter: () => ({ add: broken }), createHistogram: () => ({ record: broken }) };
    const use = [
      openTelemetry({ ...tracing, tracer: { startSpan: broken }, meter }),
      openTelemetry({ ...tracing, attemptSpans: false, propagation: { inject: broken } }),
      openTelemetry({ ...tracing, attemptSpans: false, context: { active: () => context.active(), with: broken } }),
      openTelemetry({
        ...tracing,
        attemptSpans: false,
        context: {
          active: () => context.active(),
          with: (_: unknown, run: () => void) => {
            run();
            broken();
          },
        },
      }),
    ];
    expect((await send(use)(server.origin)).status).toBe(200);
    expect(server.seen).toHaveLength(2);
    expect(split().calls).toHaveLength(3);
  });
});

describe.each(Object.entries(DOORS))('the spans of an HTTP instrumentation, through %s', (_, make) => {
  /** As undici's: a span for each request that leaves, under the active one, whose header is appended. */
  const instrument = (isAppended: boolean) => {
    const leave = new Map<object, Span>();
    const created = (message: unknown) => {
      const { request } = message as { request: { addHeader(name: string, value: string): void } };
      const span = tracer.startSpan('HTTP instrumentation', { kind: SpanKind.CLIENT });
      leave.set(request, span);
      const carrier: Record<string, string> = {};
      propagation.inject(trace.setSpan(context.active(), span), carrier);
      if (isAppended) for (const [name, value] of Object.entries(carrier)) request.addHeader(name, value);
    };
    const ended = (message: unknown) => leave.get((message as { request: object }).request)?.end();
    const channels = [
      ['undici:request:create', created],
      ['undici:request:headers', ended],
      ['undici:request:error', ended],
    ] as const;
    for (const [name, listener] of channels) subscribe(name, listener);
    return () => {
      for (const [name, listener] of channels) unsubscribe(name, listener);
    };
  };
  const run = async (options: Partial<TracingOptions>, isAppended: boolean) => {
    server.script(status(503), status(200));
    const stop = instrument(isAppended);
    try {
      await make({ ...QUICK, use: [openTelemetry({ ...tracing, ...options })] })(server.origin);
    } finally {
      stop();
    }
    const { calls, attempts } = split();
    const isTheirs = ({ name }: { name: string }) => name === 'HTTP instrumentation';
    const parents = (spans: typeof attempts) => spans.map(({ parentSpanContext }) => parentSpanContext?.spanId);
    const ids = (spans: typeof attempts) => spans.map(span => span.spanContext().spanId);
    return {
      calls: ids(calls),
      attempts: ids(attempts.filter(each => !isTheirs(each))),
      theirs: ids(attempts.filter(isTheirs)),
      parents: parents(attempts.filter(isTheirs)),
      sent: server.seen.map(({ rawHeaders }) =>
        rawHeaders.filter(([name]) => name === 'traceparent').map(([, value]) => value.split('-')[2]),
      ),
    };
  };

  test('are children of the attempts’, and their traceparent goes out once', async () => {
    const { attempts, theirs, parents, sent } = await run({}, true);
    expect(attempts).toHaveLength(2);
    expect(parents).toEqual(attempts);
    expect(sent).toEqual(theirs.map(id => [id]));
  });

  test('are children of the call’s where there are none of attempts', async () => {
    const { calls, attempts, theirs, parents, sent } = await run({ attemptSpans: false }, true);
    expect(attempts).toEqual([]);
    expect(parents).toEqual([calls[0], calls[0]]);
    expect(sent).toEqual(theirs.map(id => [id]));
  });

  test('that add no header leave the attempts’ to `propagation`', async () => {
    const { attempts, parents, sent } = await run({ propagation }, false);
    expect(parents).toEqual(attempts);
    expect(sent).toEqual(attempts.map(id => [id]));
  });

  test('a wrapper of fetch that sets its own header replaces it', async () => {
    server.script(status(503), status(200));
    const ids: string[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      const request = new Request(input, init);
      const span = tracer.startSpan('wrapper');
      ids.push(span.spanContext().spanId);
      propagation.inject(trace.setSpan(context.active(), span), request.headers, {
        set: (headers, name, value) => headers.set(name, value),
      });
      return globalThis.fetch(request).finally(() => span.end());
    };
    await make({ ...QUICK, use: [openTelemetry({ ...tracing, propagation })], fetch })(server.origin);
    const sent = server.seen.map(({ rawHeaders }) => rawHeaders.filter(([name]) => name === 'traceparent'));
    expect(sent.map(pairs => pairs.map(([, value]) => value.split('-')[2]))).toEqual(ids.map(id => [id]));
    const wrappers = otel.spans().filter(({ name }) => name === 'wrapper');
    expect(wrappers.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      split().attempts.map(span => span.spanContext().spanId),
    );
  });

  test('the context of an attempt ends with it', async () => {
    server.script(status(503), status(200));
    const active: unknown[] = [];
    const watch: Extension = { name: 'watch', on: () => void active.push(trace.getSpan(context.active())) };
    await make({ ...QUICK, use: [watch, openTelemetry(tracing)] })(server.origin);
    expect(trace.getSpan(context.active())).toBeUndefined();
    expect(active.at(-1)).toBeUndefined();
  });
});

describe('what is missing is said at once, by name', () => {
  const api = { tracer, trace, context };
  test.each<[unknown, string]>([
    [undefined, 'tracer.startSpan'],
    [null, 'tracer.startSpan'],
    [{}, 'tracer.startSpan'],
    [{ tracer: {} }, 'tracer.startSpan'],
    [{ tracer: null, meter: otel.meter }, 'tracer.startSpan'],
    [{ tracer }, 'trace.setSpan'],
    [{ ...api, trace: {} }, 'trace.setSpan'],
    [{ tracer, trace }, 'context.active'],
    [{ ...api, context: { active: () => {} } }, 'context.with'],
    [{ ...api, propagation: {} }, 'propagation.inject'],
    [{ ...api, propagation: null }, 'propagation.inject'],
    [{ meter: {} }, 'meter.createCounter'],
    [{ ...api, meter: { createCounter: () => {} } }, 'meter.createHistogram'],
  ])('%o lacks %s', (options, part) => {
    expect(() => openTelemetry(options as never)).toThrow(new TypeError(`openTelemetry needs \`${part}\``));
  });

  test('nothing is, where one of both is there', () => {
    expect(() => openTelemetry(api)).not.toThrow();
    expect(() => openTelemetry({ meter: otel.meter })).not.toThrow();
    expect(() => openTelemetry({ ...api, propagation: undefined, meter: undefined })).not.toThrow();
  });
});

test('a method that nobody knows makes no name of its own', async () => {
  server.script(status(200));
  await settled(createFetch({ use: [openTelemetry(tracing)] })(server.origin, { method: 'PURGE' }));
  expect(split().attempts[0]).toMatchObject({
    name: 'HTTP',
    attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'PURGE' },
  });
});

test('a retry that a hook of ky forces ends the span of the attempt before', async () => {
  server.script(status(200), status(200));
  let forced = false;
  const again = () => {
    if (forced) return;
    forced = true;
    return ky.retry();
  };
  await createClient({ ...QUICK, use: [openTelemetry(tracing)], hooks: { afterResponse: [again] } })(server.origin);
  expect([split().calls.length, split().attempts.length]).toEqual([1, 2]);
});

describe('a client whose own hooks interfere', () => {
  const hooked = (hooks: Hooks) => createClient({ ...QUICK, use: [openTelemetry(tracing)], hooks });

  test.each(['beforeRequest', 'afterResponse', 'beforeError'] as const)('%s that throws', async name => {
    server.script(status(503));
    const hook = () => {
      throw new Error('a hook of the user');
    };
    await settled(Promise.resolve(hooked({ [name]: [hook] })(server.origin)));
    expect(split().calls.length).toBeLessThanOrEqual(1);
  });
});

describe('metrics', () => {
  test('count attempts, and measure waits and calls in seconds', async () => {
    server.script(status(503), status(429, { 'retry-after-ms': '2' }), status(200));
    let clock = 0;
    const runtime = { now: () => (clock += 1_000) };
    const fetch = createFetch({ ...QUICK, service: 'docs', use: [openTelemetry({ meter: otel.meter })], runtime });
    await fetch(server.origin, { method: 'PUT', body: 'x' });
    server.script(status(404));
    await fetch(server.origin);

    expect(otel.spans()).toEqual([]);
    const {
      'holdfast.attempts': attempts,
      'holdfast.wait.duration': waits,
      'holdfast.call.duration': calls,
    } = await otel.metrics();
    const { port } = new URL(server.origin);
    const put = {
      'service.peer.name': 'docs',
      'server.address': '127.0.0.1',
      'server.port': Number(port),
      'http.request.method': 'PUT',
    };
    const ending = (code: number, kind: string) => ({
      'holdfast.classification': kind,
      'http.response.status_code': code,
      ...(kind !== 'success' && { 'error.type': `${code}` }),
    });
    expect(attempts).toMatchObject({ unit: '{attempt}' });
    expect(attempts!.points.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ ...put, ...ending(503, 'server-error') }, 1],
      [{ ...put, ...ending(429, 'throttled') }, 1],
      [{ ...put, ...ending(200, 'success') }, 1],
      [{ ...put, 'http.request.method': 'GET', ...ending(404, 'client-error') }, 1],
    ]);
    expect(waits).toMatchObject({ unit: 's' });
    expect(waits!.points.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ ...put, 'holdfast.delay_from': 'backoff' }, expect.objectContaining({ count: 1, sum: 0.001 })],
      [{ ...put, 'holdfast.delay_from': 'server' }, expect.objectContaining({ count: 1 })],
    ]);
    expect(calls).toMatchObject({ unit: 's' });
    expect(calls!.points.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ ...put, ...ending(200, 'success') }, expect.objectContaining({ count: 1 })],
      [{ ...put, 'http.request.method': 'GET', ...ending(404, 'client-error') }, expect.objectContaining({ count: 1 })],
    ]);
    const { sum = 0 } = calls!.points[1]!.value as { sum?: number };
    expect(sum).toBeGreaterThanOrEqual(1);
    expect(sum).toBeLessThan(60);
  });

  test('an abort in the wait ends no attempt', async () => {
    server.script(status(503));
    const controller = new AbortController();
    const leave: Extension = { name: 'leave', on: ({ type }) => void (type === 'retry' && controller.abort()) };
    const use = [openTelemetry({ meter: otel.meter }), leave];
    const fetch = createFetch({ service: 'left', retry: { backoff: () => 30_000 }, use });
    await settled(fetch(server.origin, { signal: controller.signal }));
    const { 'holdfast.attempts': attempts, 'holdfast.call.duration': calls } = await otel.metrics();
    const kinds = (metric: typeof attempts) =>
      metric!.points.flatMap(({ attributes }) =>
        attributes['service.peer.name'] === 'left' ? [attributes['holdfast.classification']] : [],
      );
    expect(kinds(attempts)).toEqual(['server-error']);
    expect(kinds(calls)).toEqual(['aborted']);
  });
});
