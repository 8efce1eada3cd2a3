import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureName, failureOf } from '../../src/policy/failure.ts';
import { nodeFailure } from './arbitraries.ts';

/** What each runtime rejects with (FACTS "Node's failure codes", K7, K16, K25, K26). */
const NOT_SENT: [string, unknown][] = [
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].map(
    (code): [string, unknown] => [code, nodeFailure({ code })],
  ),
  ['UND_ERR_CONNECT_TIMEOUT', nodeFailure({ code: 'UND_ERR_CONNECT_TIMEOUT', message: 'Connect Timeout Error' })],
  ["syscall 'connect'", nodeFailure({ code: 'ETIMEDOUT', syscall: 'connect' })],
  [
    'Bun',
    Object.assign(new Error('Unable to connect. Is the computer able to access the url?'), {
      code: 'ConnectionRefused',
    }),
  ],
  [
    'Deno, refused',
    new TypeError(
      'error sending request for url (http://127.0.0.1:1/): client error (Connect): tcp connect error: Connection refused (os error 111)',
    ),
  ],
  ['Deno, refused, short', new TypeError('error sending request: client error (Connect)')],
  ['Deno, tcp', new TypeError('tcp connect error')],
  [
    'Deno, no such host',
    new TypeError(
      'error sending request from 10.0.0.1 for http://no.invalid/: dns error: failed to lookup address information',
    ),
  ],
  [
    'happy eyeballs, all refused',
    nodeFailure({ message: '', errors: [{ code: 'ECONNREFUSED' }, { code: 'ENETUNREACH' }] }),
  ],
  ['a chain of causes', new Error('a', { cause: new Error('b', { cause: nodeFailure({ code: 'ENOTFOUND' }) }) })],
];

const UNSENDABLE: [string, unknown][] = [
  ...[
    'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_NO_CIPHER_MATCH',
    'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_HANDSHAKE_TIMEOUT', 'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_INVALID_URL', 'ERR_INVALID_CHAR', 'ERR_INVALID_PROTOCOL',
    'UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'InvalidURL',
  ].map((code): [string, unknown] => [code, nodeFailure({ code })]), // biome-ignore format: a list
  ...[
    'unknown scheme', 'URL scheme "ftp" is not supported.', 'Url scheme must be http(s)', "Url scheme 'ftp' not supported",
    'protocol must be http:, https: or s3:', 'bad port', 'Requests to port 1 are blocked', 'Requests to port 6000 are blocked', 'Fetch API cannot load: foo://x/',
    'invalid method', 'Invalid URL', 'client error (Connect): invalid peer certificate: Expired',
    'client error (Connect): received corrupt message of type InvalidContentType', 'UnknownIssuer', 'unable to get local issuer certificate',
    'routines:ssl3_get_record:wrong version number', 'sslv3 alert handshake failure',
  ].map((message): [string, unknown] => [message, nodeFailure({ message })]), // biome-ignore format: a list
  ['each of several', nodeFailure({ errors: [{ code: 'CERT_HAS_EXPIRED' }, { code: 'ERR_INVALID_URL' }] })],
];

const PERMANENT: [string, unknown][] = [
  ...[
    'ERR_SSL_DECRYPTION_FAILED', 'ERR_TLS_RENEGOTIATION_DISABLED', 'ERR_INVALID_ARG_TYPE', 'EPROTO', 'HPE_HEADER_OVERFLOW',
    'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'TooManyRedirects', 'UnexpectedRedirect',
  ].map((code): [string, unknown] => [code, nodeFailure({ code })]), // biome-ignore format: a list
  ...[
    'not implemented... yet...', 'invalid path', 'redirect count exceeded', 'redirect mode is set to error', 'unexpected redirect', 'too many redirects',
    'maximum redirect reached', 'Maximum number of redirects (20) reached', 'integrity mismatch', 'Failed integrity check', 'cors failure',
    'cross origin not allowed', 'request mode cannot be "same-origin"',
  ].map((message): [string, unknown] => [message, nodeFailure({ message })]), // biome-ignore format: a list
  ...[ReferenceError, SyntaxError, RangeError, EvalError, URIError].map((Bug): [string, unknown] => [
    Bug.name,
    new Bug('x'),
  ]),
  // No repetition cures them, but one of them proves nothing of the others.
  ['one of several', nodeFailure({ errors: [{ code: 'ECONNRESET' }, { code: 'CERT_HAS_EXPIRED' }] })],
  ['one of several that were not sent', nodeFailure({ errors: [{ code: 'ECONNREFUSED' }, { code: 'EPROTO' }] })],
];

const AMBIGUOUS: [string, unknown][] = [
  ...[
    'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'HPE_INVALID_CONSTANT',
    // Only the whole code counts, or its beginning where a family is meant.
    'XECONNREFUSED', 'ECONNREFUSEDX', 'X_ERR_SSL_', 'X_CERT_', 'EPROTOTYPE', 'NOT_InvalidURL', 'X_ERR_INVALID_', 'X_TooManyRedirects',
  ].map((code): [string, unknown] => [code, nodeFailure({ code })]), // biome-ignore format: a list
  ...[
    'terminated',
    'other side closed',
    'Failed to fetch',
    'Load failed',
    'NetworkError when attempting to fetch resource.',
    'Network connection lost.',
  ].map((message): [string, unknown] => [message, new TypeError(message)]),
  ['happy eyeballs, one of them reset', nodeFailure({ errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }] })],
  ['happy eyeballs, one of them no error', nodeFailure({ errors: [{ code: 'ECONNREFUSED' }, 'ECONNREFUSED'] })],
  ['several refused, for a reason unknown', nodeFailure({ errors: [{ code: 'ECONNREFUSED' }], cause: {} })],
  ['errors that are no list', nodeFailure({ errors: { 0: { code: 'ECONNREFUSED' } } })],
  ['a code that is no string', nodeFailure({ code: ['ECONNREFUSED'] })],
  ['a message that is no string', { message: ['bad port'] }],
  ['a word in an address', new TypeError('fetch failed for https://integrity.example/certificate?bad port=1 now')],
  ['a word in a host', new TypeError('Failed to fetch (integrity.example)')],
  ['a name alike', Object.assign(new Error('x'), { name: 'MyRangeError' })],
  ['a name longer', Object.assign(new Error('x'), { name: 'RangeErrorX' })],
  ['null', null],
  ['undefined', undefined],
  ['a string', 'ECONNREFUSED'],
  ['a function', () => {}],
  ['an empty list of errors', nodeFailure({ errors: [] })],
];

describe('failureOf', () => {
  it.each(NOT_SENT)('not sent: %s', (_, error) => expect(failureOf(error)).toBe('not-sent'));
  it.each(UNSENDABLE)('unsendable: %s', (_, error) => expect(failureOf(error)).toBe('unsendable'));
  it.each(PERMANENT)('permanent: %s', (_, error) => expect(failureOf(error)).toBe('permanent'));
  it.each(AMBIGUOUS)('ambiguous: %s', (_, error) => expect(failureOf(error)).toBe('ambiguous'));

  it('reads a message behind an address too', () => {
    expect(failureOf(new TypeError('Failed to fetch (api.example): bad port'))).toBe('unsendable');
  });

  it('takes no long time over a long message', () => {
    expect(failureOf(new TypeError(`${'a('.repeat(500_000)}bad port`))).toBe('ambiguous');
    expect(failureOf(new TypeError(`${' '.repeat(990)}bad port`))).toBe('unsendable');
  });

  it('ends in a circle of causes', () => {
    const error: Error & { errors?: unknown } = new Error('round');
    error.cause = error;
    expect(failureOf(error)).toBe('ambiguous');
    error.errors = Array(20).fill(error); // would be 20 times 20 times 20 …
    expect(failureOf(error)).toBe('ambiguous');
  });

  it('follows 32 errors, no more', () => {
    const chain = (length: number): Error =>
      length === 1 ? Object.assign(new Error(''), { code: 'ENOTFOUND' }) : new Error('', { cause: chain(length - 1) });
    expect(failureOf(chain(32))).toBe('not-sent');
    expect(failureOf(chain(33))).toBe('ambiguous');
  });

  it('takes what it has not read for no proof', () => {
    const refused = (count: number) => Array.from({ length: count }, () => ({ code: 'ECONNREFUSED' }));
    expect(failureOf({ errors: refused(31) })).toBe('not-sent');
    expect(failureOf({ errors: [...refused(31), { code: 'ECONNRESET' }] })).toBe('ambiguous');
    expect(failureOf({ errors: [...refused(40), { code: 'ECONNRESET' }] })).toBe('ambiguous');
  });

  it('never throws', () => {
    const thrower = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const getter = {
      get cause(): never {
        throw new Error('no');
      },
    };
    for (const error of [thrower, { cause: thrower }, { errors: proxy }, proxy, getter]) {
      expect(failureOf(error)).toBe('ambiguous');
      expect(failureName(error)).toBe('Error');
    }
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), error => {
        expect(['not-sent', 'unsendable', 'permanent', 'ambiguous']).toContain(failureOf(error));
      }),
    );
  });

  it('says `not-sent` of several only if each of them proves it', () => {
    const each = fc.constantFrom('ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EPIPE', 'OTHER');
    fc.assert(
      fc.property(fc.array(each, { minLength: 1, maxLength: 40 }), codes => {
        const proven = codes.length < 32 && codes.every(code => code === 'ECONNREFUSED' || code === 'ENOTFOUND');
        expect(failureOf({ errors: codes.map(code => ({ code })) }) === 'not-sent').toBe(proven);
      }),
    );
  });
});

describe('a failure of the place a redirect led to', () => {
  const refused = (members: object) => nodeFailure({ code: 'ECONNREFUSED', ...members });
  it.each<[string, unknown, string, string]>([
    ['the same port', refused({ address: '127.0.0.1', port: 8123 }), 'http://127.0.0.1:8123/a', 'not-sent'],
    ['another port', refused({ address: '127.0.0.1', port: 9 }), 'http://127.0.0.1:8123/a', 'ambiguous'],
    ["the scheme's own port", refused({ address: '192.0.2.1', port: 443 }), 'https://a.example/', 'not-sent'],
    ["another scheme's port", refused({ address: '192.0.2.1', port: 80 }), 'https://a.example/', 'ambiguous'],
    ['another address', refused({ address: '127.0.0.2', port: 80 }), 'http://127.0.0.1/', 'ambiguous'],
    ['the same IPv6 address', refused({ address: '::1', port: 80 }), 'http://[::1]/', 'not-sent'],
    ['another IPv6 address', refused({ address: '::2', port: 80 }), 'http://[::1]/', 'ambiguous'],
    ['the same name', nodeFailure({ code: 'ENOTFOUND', hostname: 'a.example' }), 'http://a.example/', 'not-sent'],
    ['another name', nodeFailure({ code: 'ENOTFOUND', hostname: 'b.example' }), 'http://a.example/', 'ambiguous'],
    [
      "another name's certificate",
      nodeFailure({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: 'b.example' }),
      'https://a.example/',
      'permanent',
    ],
    [
      "its own name's certificate",
      nodeFailure({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: 'a.example' }),
      'https://a.example/',
      'unsendable',
    ],
    ['its own scheme', nodeFailure({ message: 'unknown scheme' }), 'ftp://a.example/', 'unsendable'],
    ['another scheme', nodeFailure({ message: 'unknown scheme' }), 'http://a.example/', 'permanent'],
    ['its own bad port', nodeFailure({ message: 'bad port' }), 'http://a.example:9/', 'unsendable'],
    ['another bad port', nodeFailure({ message: 'bad port' }), 'http://a.example:40123/', 'permanent'],
    ["another bad port, from the scheme's own", nodeFailure({ message: 'bad port' }), 'http://a.example/', 'permanent'],
    [
      'a word that only holds another',
      nodeFailure({ code: 'ERR_SSL_UNSUPPORTED_PROTOCOL', message: 'unsupported protocol' }),
      'https://a.example/',
      'unsendable',
    ],
    ['no URL to compare', refused({ port: 9 }), 'not a url', 'not-sent'],
  ])('%s', (_, error, url, failure) => expect(failureOf(error, url)).toBe(failure));
});

describe('failureName', () => {
  it.each<[string, unknown, string]>([
    ['the code', { code: 'EPIPE', cause: { code: 'X' }, name: 'Y' }, 'EPIPE'],
    ["the cause's code", nodeFailure({ code: 'ECONNRESET' }), 'ECONNRESET'],
    ['the name', new DOMException('', 'NotAllowed'), 'NotAllowed'],
    ['the name where the code is a number', { code: 20, name: 'AbortError' }, 'AbortError'],
    ['a word for what has none', { name: 7 }, 'Error'],
    ['a word for nothing', undefined, 'Error'],
    ['a word for null', null, 'Error'],
  ])('%s', (_, error, name) => expect(failureName(error)).toBe(name));
});
