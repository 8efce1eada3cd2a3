import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type KeyedRequest, keyPolicy, uuid, wouldPreflight } from '../src/idempotency.ts';
import { DEFAULTS } from '../src/options.ts';

/** RFC 9562 §5.4. */
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

type Filled = Parameters<typeof keyPolicy>[0];

const policy = (options: Partial<Filled> = {}, random = () => 'key-1') =>
  keyPolicy({ ...DEFAULTS.idempotency, ...options }, random);

const request: KeyedRequest = { method: 'POST', url: 'https://api.example/things', headers: new Headers({ a: 'b' }) };

/** The key for `request`. */
const value = (options?: Partial<Filled>, random?: () => string) => policy(options, random).value(() => request);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('uuid', () => {
  const many = () => Array.from({ length: 500 }, uuid);

  it('is a version 4, another one each time', () => {
    const keys = many();
    for (const key of keys) expect(key).toMatch(UUID_V4);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("is the platform's own where there is one", () => {
    vi.stubGlobal('crypto', { randomUUID: () => 'own' });
    expect(uuid()).toBe('own');
  });

  it('is so on plain-http pages too, where crypto.randomUUID is missing', () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const keys = many();
    for (const key of keys) expect(key).toMatch(UUID_V4);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    [0x00, '00000000-0000-4000-8000-000000000000'],
    [0x09, '09090909-0909-4909-8909-090909090909'],
    [0xff, 'ffffffff-ffff-4fff-bfff-ffffffffffff'],
  ])('keeps every random bit but six (all bytes %i)', (byte, key) => {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(byte) });
    expect(uuid()).toBe(key);
  });

  it('keeps the order of the bytes', () => {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.map((_, index) => index * 17) });
    expect(uuid()).toBe('00112233-4455-4677-8899-aabbccddeeff');
  });
});

describe('keyPolicy', () => {
  it('takes header, methods and origins as they are, methods in upper case', () => {
    const given = policy({ header: 'X-Key', methods: ['post', 'Purge'], origins: ['https://a.example'] });
    expect(given.header).toBe('X-Key');
    expect([...given.methods]).toEqual(['POST', 'PURGE']);
    expect(given.origins).toEqual(['https://a.example']);
    expect(given.generated).toBe(false);
    expect(policy({ generate: () => 'x' }).generated).toBe(true);
  });

  it('gives a random key, bare, unless told otherwise', () => {
    expect(value()).toBe('key-1');
    expect(value({ format: 'quoted' })).toBe('"key-1"');
  });

  it('escapes what a quoted string must (RFC 9651 §3.3.3)', () => {
    expect(value({ format: 'quoted', generate: () => 'a"b\\c"' })).toBe('"a\\"b\\\\c\\""');
    expect(value({ format: 'bare', generate: () => 'a"b\\c"' })).toBe('a"b\\c"');
  });

  it('quoted comes back as it was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]+$/), key => {
        const quoted = value({ format: 'quoted', generate: () => key });
        expect(quoted).toMatch(/^"(?:[^"\\]|\\["\\])+"$/);
        expect(quoted.slice(1, -1).replace(/\\(.)/g, '$1')).toBe(key);
        expect(value({ generate: () => key })).toBe(key);
      }),
    );
  });

  it('tells `generate` of the request, once a call, and asks for nothing else', () => {
    const generate = vi.fn(({ method, url, headers }: KeyedRequest) => `${method}:${url}:${headers.get('a')}`);
    const random = vi.fn(() => 'random');
    expect(value({ generate }, random)).toBe('POST:https://api.example/things:b');
    expect(generate).toHaveBeenCalledTimes(1);
    expect(random).not.toHaveBeenCalled();
  });

  it('reads the request only for `generate`', () => {
    expect(policy().value(() => expect.unreachable())).toBe('key-1');
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'got undefined'],
    ['null', null, 'got null'],
    ['an empty string', '', 'got ""'],
    ['a space', 'a b', 'got "a b"'],
    ['a line end', 'a\nb: c', 'got "a\\nb: c"'],
    ['a control character', 'a\x7f', 'got "a'],
    ['what is no ASCII', 'schlüssel', 'got "schlüssel"'],
    ['a number', 42, 'got 42'],
    ['a promise', Promise.resolve('a'), 'got an object'],
    ['a list', ['a'], 'got a list of 1'],
  ])('refuses %s', (_, key, shown) => {
    const run = () => value({ generate: () => key as string });
    expect(run).toThrow(TypeError);
    expect(run).toThrow(`idempotency.generate must return a string of visible ASCII characters, ${shown}`);
  });

  it('gives a header value, or throws a TypeError, whatever `generate` gives', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom('bare', 'quoted'), (key, format) => {
        try {
          const header = value({ format, generate: () => key as string });
          expect(new Headers({ header }).get('header')).toBe(header);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });

  it('passes on what `generate` throws', () => {
    const generate = () => {
      throw new Error('mine');
    };
    expect(() => value({ generate })).toThrow('mine');
  });
});

describe('wouldPreflight', () => {
  const page = (href: string, baseURI = href) => {
    vi.stubGlobal('location', new URL(href));
    vi.stubGlobal('document', { baseURI });
  };

  it('never, where there is no page', () => {
    expect(wouldPreflight('https://api.example/', [])).toBe(false);
  });

  it('never in Deno, whose location is only a base for URLs', () => {
    vi.stubGlobal('location', new URL('https://app.example/'));
    expect(wouldPreflight('https://api.example/', [])).toBe(false);
    vi.stubGlobal('WorkerGlobalScope', class {});
    vi.stubGlobal('Deno', {});
    expect(wouldPreflight('https://api.example/', [])).toBe(false);
  });

  it('never in a worker without a location', () => {
    vi.stubGlobal('WorkerGlobalScope', class {});
    expect(wouldPreflight('https://api.example/', [])).toBe(false);
  });

  it.each([
    ['https://app.example/things', false],
    ['/things', false],
    ['things?a=b', false],
    ['https://app.example:443/', false],
    ['http://app.example/', true],
    ['https://app.example:8443/', true],
    ['https://api.example/', true],
    ['//api.example/', true],
    ['https://listed.example/things', false],
    ['https://not a url', false], // the platform's own error comes
  ])('on a page: %s → %s', (url, preflight) => {
    page('https://app.example/dir/page?x#y');
    expect(wouldPreflight(url, ['https://listed.example'])).toBe(preflight);
  });

  it('in a worker', () => {
    vi.stubGlobal('location', new URL('https://app.example/worker.js'));
    vi.stubGlobal('WorkerGlobalScope', class {});
    expect(wouldPreflight('/things', [])).toBe(false);
    expect(wouldPreflight('https://api.example/', [])).toBe(true);
  });

  it('resolves as the page does: its <base> counts', () => {
    page('https://app.example/', 'https://cdn.example/');
    expect(wouldPreflight('/things', [])).toBe(true);
    expect(wouldPreflight('https://app.example/things', [])).toBe(false);
  });
});
