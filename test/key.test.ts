import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULTS, type IdempotencyOptions, type KeyedRequest, resolve, uuid } from '../src/options.ts';
import { readRequest } from '../src/request.ts';
import { createSender } from '../src/sender.ts';

/** RFC 9562 §5.4. */
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

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

  it('keeps every random bit but the six that say what it is', () => {
    const made = (byte: number): string => {
      vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(byte) });
      return uuid();
    };
    const [zeros, ones] = [made(0x00), made(0xff)];
    const differ = [...zeros].map((digit, at) =>
      (Number.parseInt(digit, 16) ^ Number.parseInt(ones[at]!, 16)).toString(16),
    );
    expect(differ.join('').replace(/^(.{8}).(.{4}).(.{4}).(.{4})./, '$1-$2-$3-$4-')).toBe(
      'ffffffff-ffff-0fff-3fff-ffffffffffff',
    );
  });

  it('takes every digit at random', () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const keys = many();
    for (let at = 0; at < 36; at++) {
      const digits = new Set(keys.map(key => key[at]));
      expect(digits.size, `at ${at}`).toBe(at === 14 || [8, 13, 18, 23].includes(at) ? 1 : at === 19 ? 4 : 16);
    }
  });
});

const keysOf = (idempotency?: IdempotencyOptions, unique = () => 'key-1') =>
  resolve({ idempotency, runtime: { uuid: unique } }, DEFAULTS.fetch, createSender()).keys!;
const request: KeyedRequest = { method: 'POST', url: 'https://api.example/things', headers: new Headers({ a: 'b' }) };

describe('the key of a call', () => {
  it('takes header and methods as they are, methods in upper case', () => {
    const keys = keysOf({ header: 'X-Key', methods: ['post', 'Purge'] });
    expect(keys).toMatchObject({ header: 'X-Key', methods: new Set(['POST', 'PURGE']), generated: false });
    expect(keysOf({ generate: () => 'x' }).generated).toBe(true);
  });

  it('was asked for where anything is given at all', () => {
    expect([keysOf(undefined).asked, keysOf({}).asked]).toEqual([false, true]);
  });

  it('is a random one, and bare', () => {
    expect(keysOf().make(() => expect.unreachable())).toBe('key-1');
    expect(keysOf({ generate: () => 'a"b\\c' }).make(() => request)).toBe('a"b\\c');
  });

  it('tells `generate` of the request, once a call, and asks for nothing else', () => {
    const generate = vi.fn(({ method, url, headers }: KeyedRequest) => `${method}:${url}:${headers.get('a')}`);
    const random = vi.fn(() => 'random');
    expect(keysOf({ generate }, random).make(() => request)).toBe('POST:https://api.example/things:b');
    expect(generate).toHaveBeenCalledTimes(1);
    expect(random).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['a number', 42],
    ['a promise', Promise.resolve('a')],
    ['a list', ['a']],
  ])('`generate` that gives %s is told so', (_, key) => {
    const run = () => keysOf({ generate: () => key as string }).make(() => request);
    expect(run).toThrow(TypeError);
    expect(run).toThrow(/idempotency\.generate.* must return a text, got /);
  });

  it('passes on what `generate` throws', () => {
    const generate = () => {
      throw new RangeError('mine');
    };
    expect(() => keysOf({ generate }).make(() => request)).toThrow(new RangeError('mine'));
  });
});

/** The key that a POST to this URL carries, on a page like this. */
const keyOn = (url: string, globals: Record<string, unknown>, idempotency?: IdempotencyOptions) => {
  const keys = keysOf(idempotency);
  // No page has Node's.
  for (const [name, value] of Object.entries({ process: undefined, ...globals })) vi.stubGlobal(name, value);
  try {
    const { first, idempotencyKey } = readRequest(url, { method: 'POST' }, undefined, keys, true, false);
    expect(new Headers(first[1]?.headers).get('idempotency-key') ?? undefined).toBe(idempotencyKey);
    return idempotencyKey;
  } finally {
    vi.unstubAllGlobals();
  }
};
const location = (href: string) => new URL(href);
const page = (href: string, baseURI = href) => ({ location: location(href), document: { baseURI } });

describe('a write to another origin, from a browser', () => {
  const here = page('https://app.example/dir/page?x#y');

  it.each([
    ['https://app.example/things', true],
    ['/things', true],
    ['things?a=b', true],
    ['https://app.example:443/', true],
    ['http://app.example/', false],
    ['https://app.example:8443/', false],
    ['https://api.example/', false],
    ['//api.example/', false],
    ['https://not a url', true], // the platform's own error comes
  ])('on a page, %s: a key is added %s', (url, added) => {
    expect(keyOn(url, here)).toBe(added ? 'key-1' : undefined);
    expect(keyOn(url, here, {})).toBe('key-1');
    expect(keyOn(url, here, { header: 'Idempotency-Key' })).toBe('key-1');
  });

  it('carries none that nobody asked for in a worker either', () => {
    const worker = { location: location('https://app.example/worker.js'), WorkerGlobalScope: class {} };
    expect(keyOn('/things', worker)).toBe('key-1');
    expect(keyOn('https://api.example/', worker)).toBe(undefined);
    expect(keyOn('https://api.example/', worker, {})).toBe('key-1');
  });

  it('resolves as the page does: its <base> counts', () => {
    const based = page('https://app.example/', 'https://cdn.example/');
    expect(keyOn('/things', based)).toBe(undefined);
    expect(keyOn('https://app.example/things', based)).toBe('key-1');
  });

  it.each<[string, Record<string, unknown>]>([
    ['no page', {}],
    ['a location alone, which is a base for URLs', { location: location('https://app.example/') }],
    ['a worker without a location', { WorkerGlobalScope: class {} }],
    ['Deno', { location: location('https://app.example/'), WorkerGlobalScope: class {}, Deno: {} }],
    ['a DOM that is emulated in Node', { ...here, process: { versions: { node: '24.0.0' } } }],
  ])('is none where there is no browser: %s', (_, globals) => {
    expect(keyOn('https://api.example/', globals)).toBe('key-1');
  });

  it('is one in a page whose bundler has put in a `process`', () => {
    expect(keyOn('https://api.example/', { ...here, process: { env: {}, versions: {} } })).toBe(undefined);
    expect(keyOn('https://api.example/', { ...here, process: { env: {} } })).toBe(undefined);
  });
});

describe('a header that is `undefined`', () => {
  const read = (headers: unknown) => {
    const { first, idempotencyKey } = readRequest(
      'https://api.example/',
      { method: 'POST', headers: headers as HeadersInit },
      undefined,
      keysOf(),
      true,
      false,
    );
    return [idempotencyKey, new Headers(first[1]?.headers).get('idempotency-key')];
  };
  it.each<[string, unknown]>([
    ['in a record', { 'Idempotency-Key': undefined, a: 'b' }],
    ['in pairs', [['idempotency-key', undefined], ['a', 'b']]],
    ['beside nothing', { 'IDEMPOTENCY-KEY': undefined }],
  ])('%s is none: a key of its own is sent', (_, headers) => expect(read(headers)).toEqual(['key-1', 'key-1'])); // biome-ignore format: a table

  it('beside one with a value does not hide it', () => {
    expect(read({ 'Idempotency-Key': undefined, 'idempotency-key': 'mine' })).toEqual([
      'mine',
      expect.stringContaining('mine'),
    ]);
  });
});
