import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CERTIFICATE, chain, failureName, isNetworkError, isPermanent, PROXY } from '../../src/policy/failure.ts';
import { nodeFailure } from './arbitraries.ts';

const CERTIFICATES = [
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_CERT_ALTNAME_FORMAT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT',
]; // biome-ignore format: a list

const REFUSALS_OF_A_PROXY = [
  'Proxy Connection failed',
  'Proxy response (407) !== 200 when HTTP Tunneling',
  'Proxy response (502) !== 200 when HTTP Tunneling',
];

describe('CERTIFICATE', () => {
  it.each(CERTIFICATES)('%s', code => expect(code).toMatch(CERTIFICATE));

  it.each([
    'ERR_TLS_HANDSHAKE_TIMEOUT',
    'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    'X_CERT_',
    'ERR_CERT_X',
    'cert_has_expired',
  ])('not %s', code => expect(code).not.toMatch(CERTIFICATE));
});

describe('PROXY', () => {
  it.each(REFUSALS_OF_A_PROXY)('%s', message => expect(message).toMatch(PROXY));

  it.each([
    'proxy connection failed',
    'The Proxy Connection failed',
    'Proxy Connection failed again',
    'Secure Proxy Connection failed',
    'Proxy response (x) !== 200 when HTTP Tunneling',
    'Proxy response () !== 200 when HTTP Tunneling',
    'Proxy response (407) !== 200',
    'a Proxy response (407) !== 200 when HTTP Tunneling',
    'Proxy response (407) !== 200 when HTTP Tunneling, said somebody',
  ])('not %s', message => expect(message).not.toMatch(PROXY));
});

describe('isNetworkError', () => {
  const codes = [
    'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL',
    'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EPROTO', 'ESOCKETTIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_CONNECT_TIMEOUT', 'HPE_INVALID_CONSTANT', 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'ERR_TLS_HANDSHAKE_TIMEOUT',
    'ERR_HTTP2_STREAM_ERROR', 'ERR_SOCKET_CONNECTION_TIMEOUT', 'ERR_STREAM_PREMATURE_CLOSE', 'ConnectionRefused', 'ConnectionClosed',
    'FailedToOpenSocket', ...CERTIFICATES,
  ]; // biome-ignore format: a list
  it.each(codes)('the code %s, own, of a cause, of one of several', code => {
    for (const error of [
      Object.assign(new Error('x'), { code }),
      nodeFailure({ code }),
      new Error('a', { cause: new Error('b', { cause: { code } }) }),
      new AggregateError([new Error('x'), { code }]),
    ])
      expect(isNetworkError(error)).toBe(true);
  });

  const words = [
    'fetch failed',
    'terminated',
    'network error',
    'Failed to fetch',
    'Failed to fetch (api.example)',
    'Load failed',
    'Load failed (api.example)',
    'NetworkError when attempting to fetch resource.',
    'The Internet connection appears to be offline.',
    'Network request failed',
    ' A network error occurred.',
    'Network connection lost',
    'error sending request for url (http://127.0.0.1:1/): client error (Connect)',
    // Deno, once the connection stood.
    'error sending request from 127.0.0.1:50000 for http://127.0.0.1:1/ (127.0.0.1:1): client error (SendRequest)',
  ];
  it('workerd’s words, which come with no TypeError', () => {
    expect(isNetworkError(new TypeError('Network connection lost.'))).toBe(true);
    expect(isNetworkError(new Error('Network connection lost.'))).toBe(true);
    expect(isNetworkError(new Error('fetch: Network connection lost.'))).toBe(false);
  });

  it.each(words)('a TypeError that says %j, and those words in no other error', message => {
    expect(isNetworkError(new TypeError(message))).toBe(true);
    expect(isNetworkError(new Error(message))).toBe(false);
    expect(isNetworkError({ message })).toBe(false);
    expect(isNetworkError(new TypeError('x', { cause: new TypeError(message) }))).toBe(false);
  });

  it.each<[string, unknown]>([
    ...['the fetch failed', 'fetch failed!', 'Failed to fetch: x', 'Failed to fetch ()', 'Load failed ()', 'Network connection lost..'].map(
      (message): [string, unknown] => [message, new TypeError(message)],
    ),
    ['a certificate in words', new Error('HTTP 503: certificate store is busy')],
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'foo')")],
    ...['XECONNREFUSED', 'ENOENT', 'EACCES', 'ERR_INVALID_ARG_TYPE', 'EOPENBREAKER', 'X_UND_ERR_', 'X_CERT_', 'AConnection', 'econnreset'].map(
      (code): [string, unknown] => [code, Object.assign(new Error('x'), { code })],
    ),
    ['an AbortError', new DOMException('x', 'AbortError')],
    ['a string', 'ECONNREFUSED'],
    ['null', null],
    ['undefined', undefined],
  ])('not: %s', (_, error) => expect(isNetworkError(error)).toBe(false)); // biome-ignore format: a table
});

describe('isPermanent', () => {
  it.each([...CERTIFICATES, 'ERR_INVALID_URL', 'UND_ERR_INVALID_ARG'])('the code %s', code => {
    expect(isPermanent(nodeFailure({ code }))).toBe(true);
    expect(isPermanent({ code })).toBe(true);
  });

  it.each([
    'bad port',
    'unknown scheme',
    'URL scheme must be a HTTP(S) scheme',
    'unexpected redirect',
    'redirect count exceeded',
    'integrity mismatch',
    'proxy authentication required',
    'Proxy response (407) !== 200 when HTTP Tunneling',
  ])('%s, in just these words', message => {
    expect(isPermanent(nodeFailure({ message }))).toBe(true);
    expect(isPermanent(nodeFailure({ message: `a ${message}` }))).toBe(false);
  });

  it.each<[string, unknown]>([
    // TLS that fails at one connection may work at the next.
    ...[
      'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_TLS_HANDSHAKE_TIMEOUT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE',
      'UND_ERR_SOCKET', 'UND_ERR_ABORTED', 'X_ERR_INVALID_URL', 'ERR_INVALID_URL_SCHEME', 'UND_ERR_INVALID_ARGS', 'X_CERT_',
    ].map((code): [string, unknown] => [code, nodeFailure({ code })]),
    ...[
      'Proxy response (502) !== 200 when HTTP Tunneling', 'Proxy Connection failed', 'bad ports', 'unknown schemes', 'unexpected redirects',
      'redirect count exceeded 20', 'integrity mismatched', 'proxy authentication required here', 'URL scheme must be a HTTP(S) schemes',
    ].map((message): [string, unknown] => [message, nodeFailure({ message })]),
    ['a word in an address', new TypeError('fetch failed for https://integrity.example/certificate?bad port=1 now')],
    ['null', null],
    ['a string', 'bad port'],
  ])('not: %s', (_, error) => expect(isPermanent(error)).toBe(false)); // biome-ignore format: a table
});

describe('chain', () => {
  it('is the error, its causes, and each of several with theirs', () => {
    const [a, b, c, d, e] = Array.from({ length: 5 }, (_, n) => ({ n }) as object) as [
      object,
      object,
      object,
      object,
      object,
    ];
    Object.assign(a, { cause: b, errors: [d, 'no error', e] });
    Object.assign(b, { cause: c });
    expect(chain(a)).toEqual([a, b, c, d, e]);
    for (const nothing of [null, undefined, 'x', 7]) expect(chain(nothing)).toEqual([]);
    expect(chain({ errors: { 0: d } })).toHaveLength(1);
    const thrown = Object.assign(() => {}, { cause: d });
    expect(chain(thrown)).toEqual([thrown, d]);
  });

  it('ends in a circle', () => {
    const error: Error & { errors?: unknown } = new Error('round');
    error.cause = error;
    error.errors = Array(20).fill(error); // would be 20 times 20 times 20 …
    expect(chain(error)).toEqual([error]);
  });

  it('follows 32 errors, no more', () => {
    const deep = (length: number): object => (length === 1 ? { code: 'ENOTFOUND' } : { cause: deep(length - 1) });
    expect(chain(deep(40))).toHaveLength(32);
    expect(failureName(deep(32))).toBe('ENOTFOUND');
    expect(failureName(deep(33))).toBe('Error');
  });

  it('never throws, nor do its readers', () => {
    const refuse = (): never => {
      throw new Error('no');
    };
    const thrower = new Proxy({}, { get: refuse });
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const getters = ['cause', 'errors', 'code', 'message', 'name'].map(name =>
      Object.defineProperty(new TypeError('x'), name, { get: refuse }),
    );
    for (const error of [thrower, { cause: thrower }, { errors: proxy }, proxy, ...getters]) {
      expect(() => chain(error)).not.toThrow();
      expect(isNetworkError(error)).toBe(false);
      expect(isPermanent(error)).toBe(false);
      expect(failureName(error)).toMatch(/^(Type)?Error$/);
    }
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), error => {
        expect(isNetworkError(error)).toBe(false);
        expect(isPermanent(error)).toBe(false);
        expect(typeof failureName(error)).toBe('string');
      }),
    );
  });

  it('takes no long time over a long message', () => {
    const message = `${'a('.repeat(500_000)}bad port`;
    expect([isPermanent({ message }), isNetworkError(new TypeError(message))]).toEqual([false, false]);
  });
});

describe('failureName', () => {
  it.each<[string, unknown, string]>([
    ['the code', { code: 'EPIPE', cause: { code: 'X' }, name: 'Y' }, 'EPIPE'],
    ["the cause's code", nodeFailure({ code: 'ECONNRESET' }), 'ECONNRESET'],
    ['the code of one of several', { name: 'AggregateError', errors: [{}, { code: 'ETIMEDOUT' }] }, 'ETIMEDOUT'],
    ['the name', new DOMException('', 'NotAllowed'), 'NotAllowed'],
    ['the name where the code is a number', { code: 20, name: 'AbortError' }, 'AbortError'],
    ['the name where the code is empty', { code: '', name: 'AbortError' }, 'AbortError'],
    ['its own name, not a cause’s', { cause: { name: 'Inner' } }, 'Error'],
    ['a word for what has none', { name: 7 }, 'Error'],
    // A stranger's text may be anything: only a word is one.
    ['no code with spaces', { code: 'token s3cret', cause: { code: 'EPIPE' } }, 'EPIPE'],
    ['no name with a line break', { name: 'Error\nforged' }, 'Error'],
    ['no name that is endless', { name: 'x'.repeat(101) }, 'Error'],
    ['a name of 100', { name: 'x'.repeat(100) }, 'x'.repeat(100)],
    ['a code with dots and dashes', { code: 'storage.not-found_1' }, 'storage.not-found_1'],
    ['a word for nothing', undefined, 'Error'],
    ['a word for null', null, 'Error'],
  ])('%s', (_, error, name) => expect(failureName(error)).toBe(name));
});
