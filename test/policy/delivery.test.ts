import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/call.ts';
import { classify } from '../../src/policy/classify.ts';
import { type Delivery, deliveryAfter, isUnsent } from '../../src/policy/delivery.ts';
import { answer, nodeFailure } from './arbitraries.ts';

const failure = (error: unknown): Outcome => ({ kind: 'failure', error });
const unsent = (error: unknown, url = 'https://a.example/', proxies: readonly string[] = []) =>
  isUnsent(failure(error), () => ({ url, proxies }));

const refused = (members: object = {}) => ({ code: 'ECONNREFUSED', syscall: 'connect', ...members });
const tried = (...places: string[]) => ({
  code: 'UND_ERR_CONNECT_TIMEOUT',
  message: `Connect Timeout Error (attempted address${places.length > 1 ? 'es' : ''}: ${places.join(', ')}, timeout: 10000ms)`,
});

describe('what proves that nothing was sent', () => {
  it.each<[string, object]>([
    ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'ECONNRESET', 'ANYTHING'].map(
      (code): [string, object] => [`connect ${code}`, { code, syscall: 'connect' }],
    ),
    ...['ENOTFOUND', 'EAI_AGAIN'].map((code): [string, object] => [`getaddrinfo ${code}`, { code, syscall: 'getaddrinfo' }]),
    ['UND_ERR_CONNECT_TIMEOUT', { code: 'UND_ERR_CONNECT_TIMEOUT', message: 'Connect Timeout Error' }],
    ...[
      'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ].map((code): [string, object] => [code, { code }]),
    ['REFUSED_STREAM', { code: 'ERR_HTTP2_STREAM_ERROR', http2ErrorCode: 7 }],
    ['a proxy that hung up', { message: 'Proxy Connection failed' }],
    ['a proxy that answers 407', { message: 'Proxy response (407) !== 200 when HTTP Tunneling' }],
    ['a proxy that answers 502', { message: 'Proxy response (502) !== 200 when HTTP Tunneling' }],
  ])('%s, own or of a cause', (_, cause) => {
    expect(unsent(nodeFailure(cause))).toBe(true);
    expect(unsent(cause)).toBe(true);
    expect(unsent(new Error('a', { cause: new Error('b', { cause }) }))).toBe(true);
  }); // biome-ignore format: a table

  it.each<[string, unknown]>([
    // The code alone: an established connection fails with these, too, and the syscall `read`.
    ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE'].flatMap(
      (code): [string, unknown][] => [
        [code, nodeFailure({ code })],
        [`read ${code}`, nodeFailure({ code, syscall: 'read' })],
        [`write ${code}`, nodeFailure({ code, syscall: 'write' })],
      ],
    ),
    ...[
      'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'HPE_INVALID_CONSTANT', 'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'ERR_TLS_HANDSHAKE_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUTS', 'X_CERT_', 'ConnectionRefused', 'InvalidURL',
    ].map((code): [string, unknown] => [code, nodeFailure({ code })]),
    ...[
      'bad port', 'unknown scheme', 'redirect count exceeded', 'unexpected redirect', 'integrity mismatch', 'proxy authentication required',
      'Unable to connect. Is the computer able to access the url?', 'tcp connect error', 'client error (Connect)',
      'error sending request for url (http://127.0.0.1:1/): client error (Connect): tcp connect error: Connection refused (os error 111)',
      'certificate has expired', 'UnknownIssuer', 'connect ECONNREFUSED 127.0.0.1:1', 'the Proxy Connection failed',
    ].map((message): [string, unknown] => [message, nodeFailure({ message })]),
    ...[0, 1, 2, 8, '7', undefined].map((http2ErrorCode): [string, unknown] => [`HTTP/2 ${http2ErrorCode}`, nodeFailure({ http2ErrorCode })]),
    ['connect in another field', nodeFailure({ code: 'connect' })],
    ['a syscall that is no string', nodeFailure({ syscall: ['connect'] })],
    ['null', null],
    ['a string', 'connect ECONNREFUSED'],
  ])('not: %s', (_, error) => expect(unsent(error)).toBe(false)); // biome-ignore format: a table

  it('a certificate counts only where TLS was asked for', () => {
    const error = nodeFailure({ code: 'CERT_HAS_EXPIRED' });
    expect([unsent(error, 'https://a.example/'), unsent(error, 'http://a.example/'), unsent(error, '/a')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('is asked of a failure alone: a refusal before sending is one, and anything else is none', () => {
    const route = () => ({ url: 'https://a.example/', proxies: [] });
    const error = nodeFailure(refused());
    for (const kind of ['timeout', 'aborted', 'thrown'] as const) expect(isUnsent({ kind, error }, route)).toBe(false);
    expect(isUnsent({ kind: 'invalid', error: new TypeError() }, () => expect.unreachable())).toBe(true);
    expect(isUnsent(answer(503), () => expect.unreachable())).toBe(false);
  });
});

describe('several tries in one (happy eyeballs)', () => {
  const several = (...errors: unknown[]) => nodeFailure({ code: 'ECONNREFUSED', errors });
  it.each<[string, unknown, boolean]>([
    ['each of them refused', several(refused(), refused({ code: 'ENETUNREACH' })), true],
    ['one of them reset', several(refused(), { code: 'ECONNRESET', syscall: 'read' }), false],
    ['the first of them reset', several({ code: 'ECONNRESET', syscall: 'read' }, refused()), false],
    ['one of them no error', several(refused(), 'ECONNREFUSED'), false],
    ['one of them by its cause', several(refused(), { cause: refused() }), true],
    ['one of them at another port', several(refused({ port: 443 }), refused({ port: 8443 })), false],
    ['what stands above them proves nothing', nodeFailure({ ...refused(), errors: [{ code: 'ECONNRESET' }] }), false],
    ['a cause beside them proves nothing', nodeFailure({ errors: [{}], cause: refused() }), false],
    ['an empty list of them proves nothing by itself', nodeFailure({ code: 'ECONNREFUSED', errors: [] }), false],
    ['an empty list of them is none', nodeFailure({ ...refused(), errors: [] }), true],
    ['no list', nodeFailure({ errors: { 0: refused() } }), false],
    ['a list within', several(refused(), { errors: [refused(), refused()] }), true],
    ['a list within, one of which was reset', several(refused(), { errors: [refused(), {}] }), false],
    [
      'undici’s timeout above them',
      nodeFailure({ ...tried('192.0.2.1:443', '192.0.2.2:443'), cause: several({}) }),
      true,
    ],
  ])('%s', (_, error, proven) => expect(unsent(error)).toBe(proven));

  it('proves it only if each of them does', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('connect', 'getaddrinfo', 'read', 'write'), { minLength: 1 }), syscalls => {
        const proven = syscalls.every(syscall => syscall === 'connect' || syscall === 'getaddrinfo');
        expect(unsent({ errors: syscalls.map(syscall => ({ syscall })) })).toBe(proven);
      }),
    );
  });
});

describe('a place that was not asked for (a redirect’s)', () => {
  const named = (hostname: string) => ({ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname });
  const altname = (host: string) => ({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', host });
  it.each<[string, object, string, boolean]>([
    ['the same port', refused({ address: '127.0.0.1', port: 8123 }), 'http://127.0.0.1:8123/a', true],
    ['another port', refused({ address: '127.0.0.1', port: 9 }), 'http://127.0.0.1:8123/a', false],
    ['the port as a text', refused({ port: '8123' }), 'http://127.0.0.1:8123/a', true],
    ['the port of https', refused({ address: '192.0.2.1', port: 443 }), 'https://a.example/', true],
    ['the port of http', refused({ address: '192.0.2.1', port: 80 }), 'http://a.example/', true],
    ['http’s port under https', refused({ address: '192.0.2.1', port: 80 }), 'https://a.example/', false],
    ['https’s port under http', refused({ address: '192.0.2.1', port: 443 }), 'http://a.example/', false],
    ['another address', refused({ address: '127.0.0.2', port: 80 }), 'http://127.0.0.1/', false],
    ['the same address', refused({ address: '127.0.0.1', port: 80 }), 'http://127.0.0.1/', true],
    ['any address of a name', refused({ address: '192.0.2.1', port: 443 }), 'https://a.example/', true],
    ['any address of a name that begins with a digit', refused({ address: '192.0.2.1' }), 'https://1.a.example/', true],
    ['the same IPv6 address', refused({ address: '::1', port: 80 }), 'http://[::1]/', true],
    ['another IPv6 address', refused({ address: '::2', port: 80 }), 'http://[::1]/', false],
    ['an address of the other family', refused({ address: '127.0.0.1', port: 80 }), 'http://[::1]/', false],
    ['localhost, at its loopback', refused({ address: '127.0.0.1', port: 3000 }), 'http://localhost:3000/', true],
    ['localhost, at another of its loopbacks', refused({ address: '127.0.1.1' }), 'http://localhost:3000/', true],
    ['localhost, at its IPv6 loopback', refused({ address: '::1', port: 3000 }), 'http://localhost:3000/', true],
    ['localhost, elsewhere', refused({ address: '192.0.2.1', port: 3000 }), 'http://localhost:3000/', false],
    ['localhost, at an address that only looks like it', refused({ address: '::12' }), 'http://localhost:3000/', false],
    ['localhost, at an address that holds a loopback', refused({ address: '10.127.0.1' }), 'http://localhost/', false],
    ['the same name', named('a.example'), 'http://a.example/', true],
    ['another name', named('b.example'), 'http://a.example/', false],
    ['its own name’s certificate', altname('a.example'), 'https://a.example/', true],
    ['another name’s certificate', altname('b.example'), 'https://a.example/', false],
    ['the hostname before the host', { ...named('a.example'), host: 'b.example' }, 'https://a.example/', true],
    ['nothing named', refused(), 'https://a.example/', true],
    ['no URL to compare', refused({ port: 9 }), '/orders', true],
    ['undici’s timeout, the name', tried('a.example:443'), 'https://a.example/', true],
    ['undici’s timeout, another name', tried('b.example:443'), 'https://a.example/', false],
    ['undici’s timeout, another port', tried('a.example:8443'), 'https://a.example/', false],
    ['undici’s timeout, a name that ends in a digit', tried('node1:443'), 'https://node1/', true],
    ['undici’s timeout, another name that does', tried('node2:443'), 'https://node1/', false],
    ['undici’s timeout, the address', tried('127.0.0.1:80'), 'http://127.0.0.1/', true],
    ['undici’s timeout, another address', tried('127.0.0.2:80'), 'http://127.0.0.1/', false],
    ['undici’s timeout, addresses of a name', tried('192.0.2.1:443', '192.0.2.2:443'), 'https://a.example/', true],
    ['undici’s timeout, addresses at another port', tried('192.0.2.1:80', '192.0.2.2:80'), 'https://a.example/', false],
    ['undici’s timeout, an IPv6 address', tried('::1:80'), 'http://[::1]/', true],
    ['undici’s timeout, another IPv6 address', tried('::2:80'), 'http://[::1]/', false],
    ['undici’s timeout, localhost by name', tried('localhost:3000'), 'http://localhost:3000/', true],
    ['undici’s timeout, localhost by address', tried('127.0.0.1:3000', '::1:3000'), 'http://localhost:3000/', true],
    ['members before words', { ...tried('b.example:443'), hostname: 'a.example' }, 'https://a.example/', true],
    ['a port before words', { ...tried('a.example:80'), port: 443 }, 'https://a.example/', true],
    ['an address before words', { ...tried('127.0.0.2:80'), address: '127.0.0.1' }, 'http://127.0.0.1/', true],
  ])('%s', (_, cause, url, proven) => expect(unsent(nodeFailure(cause), url)).toBe(proven));

  it('a proxy is a place that was asked for', () => {
    const proxies = ['http://proxy.example:3128', 'http://10.0.0.1:8080'];
    const at = (cause: object, route = proxies) => unsent(nodeFailure(cause), 'https://a.example/', route);
    expect(at(refused({ address: '10.0.0.1', port: 8080 }))).toBe(true);
    expect(at(refused({ address: '10.0.0.1', port: 8080 }), [])).toBe(false);
    expect(at(refused({ address: '10.0.0.1', port: 8081 }))).toBe(false);
    expect(at(named('proxy.example'))).toBe(true);
    expect(at(altname('proxy.example'))).toBe(true);
    expect(at(refused({ address: '192.0.2.1', port: 443 }))).toBe(true);
  });
});

describe('isUnsent', () => {
  it('ends in a circle of causes, and looks no deeper than 9 errors', () => {
    const round: Error & { errors?: unknown } = new Error('round');
    round.cause = round;
    expect(unsent(round)).toBe(false);
    round.errors = Array(20).fill(round);
    expect(unsent(round)).toBe(false);
    const deep = (length: number): object => (length === 1 ? refused() : { cause: deep(length - 1) });
    expect([unsent(deep(9)), unsent(deep(10))]).toEqual([true, false]);
    const nested = (length: number): object => (length === 1 ? refused() : { errors: [nested(length - 1)] });
    expect([unsent(nested(9)), unsent(nested(10))]).toEqual([true, false]);
  });

  it('never throws', () => {
    const refuse = (): never => {
      throw new Error('no');
    };
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    for (const error of [
      new Proxy({}, { get: refuse }),
      { cause: new Proxy({}, { get: refuse }) },
      { errors: proxy },
      proxy,
    ])
      expect(unsent(error)).toBe(false);
    expect(isUnsent(failure(refused()), refuse)).toBe(false);
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), error => {
        expect(unsent(error)).toBe(false);
      }),
    );
  });
});

const stored = (status: number) => answer(status, { 'idempotent-replayed': 'true' });
const REFUSED = failure(nodeFailure(refused()));
const RESET = failure(nodeFailure({ code: 'ECONNRESET' }));

const after = (earlier: Delivery | undefined, outcome: Outcome): Delivery => {
  const judged = {
    classification: classify(outcome),
    outcome,
    unsent: outcome === REFUSED || outcome.kind === 'invalid',
  };
  return deliveryAfter(earlier, judged);
};
const afterAll = (outcomes: readonly Outcome[]) =>
  outcomes.reduce<Delivery | undefined>((earlier, outcome) => after(earlier, outcome), undefined);

describe('delivery of one attempt', () => {
  const redirected = (status: number): Outcome => {
    const { response } = answer(status);
    return {
      kind: 'answer',
      status,
      response: { ...response, headers: response.headers, redirected: true } as Response,
    };
  };
  it.each<[string, Outcome, Delivery]>([
    ['200', answer(200), 'accepted'],
    ['304', answer(304), 'accepted'],
    ['399', answer(399), 'accepted'],
    ['400', answer(400), 'rejected'],
    ['404', answer(404), 'rejected'],
    ['407', answer(407), 'rejected'],
    // What took too long to arrive, or to be worked on: some servers say so of a handler.
    ['408', answer(408), 'unknown'],
    ['409', answer(409), 'rejected'],
    ['409 that is over at some time', answer(409, { 'retry-after': '1' }), 'unknown'],
    ['410 with a time', answer(410, { 'retry-after': '1' }), 'rejected'],
    ['429', answer(429), 'rejected'],
    ['499', answer(499), 'rejected'],
    ['500', answer(500), 'unknown'],
    ['503', answer(503), 'unknown'],
    ['999', answer(999), 'unknown'],
    ['a refusal after a redirect', redirected(404), 'unknown'],
    ['a success after a redirect', redirected(200), 'accepted'],
    ['a stored refusal', stored(400), 'rejected'],
    ['a refused connection', REFUSED, 'not-sent'],
    ['a reset', RESET, 'unknown'],
    ['a timeout', { kind: 'timeout', error: 0 }, 'unknown'],
    ['an abort', { kind: 'aborted', error: 0 }, 'unknown'],
    ['an error of somebody’s own', { kind: 'thrown', error: 0 }, 'unknown'],
    ['a request that cannot be sent', { kind: 'invalid', error: new TypeError() }, 'not-sent'],
  ])('%s', (_, outcome, delivery) => {
    expect(after(undefined, outcome)).toBe(delivery);
    expect(after('not-sent', outcome)).toBe(delivery);
  });

  it('a stranger’s answer, without headers or with a plain object of them, is read as far as it goes', () => {
    const bare = (headers?: object): Outcome => ({
      kind: 'answer',
      status: 409,
      response: { status: 409, headers } as Response,
    });
    expect(after(undefined, bare())).toBe('rejected');
    expect(after(undefined, bare({ 'Retry-After': '1' }))).toBe('unknown');
    expect(after('unknown', bare({ 'Idempotent-Replayed': 'true' }))).toBe('rejected');
  });

  it('goes by the class: what somebody calls no success was not accepted', () => {
    const outcome = answer(202);
    const judged = (classification: 'throttled' | 'success') => ({ classification, outcome, unsent: false });
    expect(deliveryAfter(undefined, judged('throttled'))).toBe('unknown');
    expect(deliveryAfter('unknown', judged('success'))).toBe('accepted');
  });
});

describe('delivery of a call', () => {
  it.each<[string, Outcome[], Delivery]>([
    ['refused twice', [REFUSED, REFUSED], 'not-sent'],
    ['refused, then rejected', [REFUSED, answer(400)], 'rejected'],
    ['rejected, then refused', [answer(429), REFUSED], 'rejected'],
    ['rejected, then rejected', [answer(429), answer(400)], 'rejected'],
    ['rejected, then a reset', [answer(429), RESET], 'unknown'],
    ['a reset, then refused', [RESET, REFUSED], 'unknown'],
    ['a reset, then rejected', [RESET, answer(409)], 'unknown'],
    ['a reset, then told not to ask again', [RESET, answer(400, { 'x-should-retry': 'false' })], 'unknown'],
    ['a reset, then the stored refusal', [RESET, stored(400)], 'rejected'],
    ['a reset, then a stored failure', [RESET, stored(500)], 'unknown'],
    ['a reset, the stored refusal, then refused', [RESET, stored(400), REFUSED], 'rejected'],
    ['a reset, then a success', [RESET, answer(200)], 'accepted'],
    ['rejected, then a success', [answer(429), answer(201)], 'accepted'],
  ])('%s', (_, outcomes, delivery) => expect(afterAll(outcomes)).toBe(delivery));

  it('says that nothing was applied only if no attempt may have been', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(REFUSED, RESET, answer(429), answer(503)), { minLength: 1 }), outcomes => {
        const unsure = outcomes.some(
          outcome => outcome === RESET || (outcome.kind === 'answer' && outcome.status === 503),
        );
        expect(afterAll(outcomes) === 'unknown').toBe(unsure);
      }),
    );
  });
});
