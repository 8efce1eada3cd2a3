import fc from 'fast-check';
import { replaceOption } from 'ky';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../src/client.ts';
import { createFetch } from '../src/fetch.ts';
import { DEFAULTS, outageOf, resolve, retryGroup } from '../src/options.ts';
import { exponential, none } from '../src/policy/backoff.ts';
import { classify } from '../src/policy/classify.ts';
import { createSender } from '../src/sender.ts';

const DOORS = [
  ['createFetch', (options: unknown) => createFetch(options as object)],
  ['createClient', (options: unknown) => createClient(options as object)],
] as const;

/** `{ 'retry.limit': 1 }` → `{ retry: { limit: 1 } }`. */
const nest = (path: string, value: unknown): object =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;

const MS = 2_147_483_647;
const NO_FUNCTION = [null, true, 'x', {}, []];
const NO_AMOUNT = [
  -1,
  -0.001,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  null,
  true,
  '5',
  {},
  [],
  () => 5,
  5n,
];
const NO_TIME = [...NO_AMOUNT, MS + 1];
const NO_GROUP = [null, true, 'x', [], () => {}, Symbol('x')];

/** For each option: what is right, in the message's words, and values of each wrong kind. */
const WRONG: readonly (readonly [option: string, right: string, wrong: readonly unknown[]])[] = [
  ['service', 'a name', [null, '', 5, false, {}, [], () => 'x']],
  ['retry', 'an object', [...NO_GROUP, 5n]],
  ['retry.limit', 'a whole number from 0', [...NO_AMOUNT, 1.5, 2 ** 53]],
  ['retry.backoff', 'a function', NO_FUNCTION],
  ['retry.maxRetryAfterMs', `milliseconds from 0 to ${MS}`, [...NO_TIME, false]],
  ['retry.retryAfter', 'a function', NO_FUNCTION],
  ['retry.outage', 'an object', [...NO_GROUP, 5, 0]],
  ['retry.outage.spanMs', `milliseconds from 0 to ${MS}`, [...NO_TIME, false]],
  ['retry.outage.firstMs', `milliseconds from 0 to ${MS}`, [...NO_TIME, false]],
  ['retry.outage.capMs', `milliseconds from 0 to ${MS}`, [...NO_TIME, false]],
  ['retry.classify', 'a function', NO_FUNCTION],
  ['idempotency', 'an object', [...NO_GROUP, 5, 0]],
  ['idempotency.header', 'a header name', [null, '', 'Idempotency Key', 'Schlüssel', 'a:b', 'a\n', 5, false, {}, []]],
  [
    'idempotency.methods',
    'a list of methods',
    [null, 'POST', ['POST', ''], ['PO ST'], ['POST\n'], [5], [null], {}, 5, new Set(['POST'])],
  ],
  ['idempotency.generate', 'a function', NO_FUNCTION],
  ['timeout', `false or milliseconds from 0 to ${MS}`, NO_TIME],
  ['totalTimeout', `false or milliseconds from 0 to ${MS}`, NO_TIME],
  [
    'use',
    'a list of extensions',
    [null, {}, { name: 'x' }, 'x', () => {}, [null], [() => {}], [{}], [{ name: '' }], [{ name: 5 }]],
  ],
  ['use', 'a list of extensions', ['around', 'verdict', 'on'].map(name => [{ name: 'x', [name]: 5 }])],
  ['fetch', 'a function', [...NO_FUNCTION, false]],
  ['runtime', 'an object', [...NO_GROUP, false, 5]],
  ['runtime.now', 'a function', NO_FUNCTION],
  ['runtime.random', 'a function', [...NO_FUNCTION, 0.5]],
  ['runtime.uuid', 'a function', [...NO_FUNCTION, 'key']],
  ['runtime.sleep', 'a function', [...NO_FUNCTION, 0]],
];

const RIGHT: readonly (readonly [option: string, right: readonly unknown[]])[] = [
  ['service', ['docs', ' ']],
  ['retry', [0, 1, 100, false, {}]],
  ['retry.limit', [0, 1, 2 ** 53 - 1]],
  ['retry.backoff', [() => 1, exponential()]],
  ['retry.maxRetryAfterMs', [0, 0.5, MS]],
  ['retry.retryAfter', [() => 5]],
  ['retry.outage', [false, {}, { capMs: 5 }]],
  ['retry.outage.spanMs', [0, 0.5, MS]],
  ['retry.outage.firstMs', [0, 0.5, MS]],
  ['retry.outage.capMs', [0, 0.5, MS]],
  ['retry.classify', [classify]],
  ['idempotency', [false, {}, Object.create(null)]],
  ['idempotency.header', ['X-Key', 'a', "!#$%&'*+-.^_`|~09azAZ"]],
  ['idempotency.methods', [[], ['POST'], ['post', 'M-SEARCH']]],
  ['idempotency.generate', [() => 'x']],
  ['timeout', [false, 0, 0.4, 1, MS]],
  ['totalTimeout', [false, 0, 0.4, 1, MS]],
  ['use', [[], [{ name: 'x' }], [{ name: 'x', on: () => {}, verdict: undefined, extra: 1 }]]],
  ['fetch', [fetch, async () => new Response()]],
  ['runtime', [{}]],
  ['runtime.now', [() => 1]],
  ['runtime.random', [Math.random]],
  ['runtime.uuid', [() => 'x']],
  ['runtime.sleep', [async () => {}]],
];

const caught = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe.each(DOORS)('%s: a value of the wrong kind', (door, check) => {
  it.each(WRONG)('%s must be %s', (option, right, wrong) => {
    for (const value of wrong) {
      const error = caught(() => check(nest(option, value))) as Error;
      const isRange = typeof value === 'number' && right !== 'an object';
      expect(error, String(value)).toBeInstanceOf(isRange ? RangeError : TypeError);
      expect(error.message).toContain(`${door}: \`${option}\` must be ${right}`);
      expect(error.message).toMatch(/, got \S+/);
    }
  });

  it.each(RIGHT)('%s: right ones pass', (option, right) => {
    for (const value of [...right, undefined]) expect(() => check(nest(option, value))).not.toThrow();
  });

  it('is never changed', () => {
    for (const [option, right] of RIGHT) {
      for (const value of right) {
        const options = nest(option, value);
        check(Object.freeze(options));
        expect(options).toEqual(nest(option, value));
      }
    }
  });

  it('refuses what are no options', () => {
    for (const options of [null, 5, 'x', [], () => {}, true]) {
      const error = caught(() => check(options)) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(`${door}: \`options\` must be an object, got `);
    }
  });

  it('takes none at all', () => {
    expect(() => check(undefined)).not.toThrow();
    expect(() => check({})).not.toThrow();
  });

  it('a number for `retry` is its limit', () => {
    expect(caught(() => check({ retry: -1 }))).toEqual(
      new RangeError(`${door}: \`retry.limit\` must be a whole number from 0, got -1`),
    );
    expect(caught(() => check({ retry: Number.NaN }))).toBeInstanceOf(RangeError);
  });

  it('whatever is given, it passes or is refused with a TypeError or RangeError', () => {
    const names = ['service', 'retry', 'idempotency', 'timeout', 'totalTimeout', 'log', 'use', 'fetch', 'runtime', 'errors', '__proto__']; // biome-ignore format: a list
    const inner = ['limit', 'backoff', 'outage', 'spanMs', 'header', 'methods', 'generate', 'now', 'name', '__proto__']; // biome-ignore format: a list
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }); // biome-ignore format: one line
    const group = fc.dictionary(
      fc.constantFrom(...inner),
      fc.oneof(anything, fc.dictionary(fc.constantFrom(...inner), anything)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.oneof(anything, group)), options => {
        const error = caught(() => check(options));
        if (error === undefined) return;
        expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
        expect((error as Error).message).toMatch(new RegExp(`^${door}: \``));
      }),
      { numRuns: 300 },
    );
  });
});

describe('errors', () => {
  it.each([[{}], ['a'], [[null]], [['a']], [[{}]]])('is a list of formats, and not %o', errors => {
    expect(() => createClient({ errors: errors as never })).toThrow(
      'createClient: `errors` must be a list of error formats, got ',
    );
  });

  it('may be empty', () => {
    expect(() => createClient({ errors: [] })).not.toThrow();
  });
});

describe('unknown names', () => {
  it.each<[option: string, group: string]>([
    ['retry.limits', 'retry'],
    ['retry.retries', 'retry'],
    ['retry.budget', 'retry'],
    ['retry.toString', 'retry'],
    ['retry.outage.capMS', 'retry.outage'],
    ['idempotency.headerName', 'idempotency'],
    ['idempotency.format', 'idempotency'],
    ['idempotency.origins', 'idempotency'],
    ['runtime.rand', 'runtime'],
  ])('%s is refused, and the right ones are listed', (option, group) => {
    const right = {
      retry: ['limit', 'backoff', 'maxRetryAfterMs', 'retryAfter', 'outage', 'classify'],
      'retry.outage': ['spanMs', 'firstMs', 'capMs'],
      idempotency: ['header', 'methods', 'generate'],
      runtime: ['now', 'random', 'uuid', 'sleep'],
    }[group]!;
    for (const [door, check] of DOORS) {
      const { message } = caught(() => check(nest(option, 1))) as TypeError;
      expect(message).toContain(`${door}: \`${option}\` is no option`);
      for (const each of right) expect(message).toContain(each);
      // What is refused, too, is no way out.
      expect(message).not.toMatch(/statusCodes|backoffLimit|shouldRetry/);
    }
  });

  it.each([
    'dispatcher', 'next', 'cf', 'priority', 'tls', 'proxy', 'client', 'agent', 'verbose', 'unix', 'compress', 'counter', 'attributionReporting',
    'duplex', 'privateToken', 'protocol', 'follow', 'highWaterMark', 'reactNative', 'constructor', 'toString', 'hasOwnProperty', 'retries',
  ])('%s may be a runtime’s own, and passes', name => {
    for (const [, check] of DOORS) expect(() => check({ [name]: { some: 'thing' } })).not.toThrow();
  }); // biome-ignore format: a list

  it.each([
    'method', 'headers', 'body', 'signal', 'json', 'parseJson', 'searchParams', 'baseUrl', 'prefix', 'hooks', 'throwHttpErrors', 'errors',
  ])('createFetch: %s goes with a call, or to createClient', name => {
    expect(() => createFetch({ [name]: 'x' })).toThrow(TypeError);
    expect(() => createFetch({ [name]: 'x' })).toThrow(
      `createFetch: \`${name}\` is no option here: give it with a call, or to createClient`,
    );
    expect(() => createFetch({ [name]: undefined })).not.toThrow();
  }); // biome-ignore format: a list

  it.each([
    ['log', /holdfast\/log.*`use`/],
    ['redact', /log.*`use`/],
  ])('%s has moved, and both doors say where to', (name, words) => {
    for (const [door, check] of DOORS) {
      expect(() => check({ [name]: () => {} })).toThrow(`${door}: \`${name}\` is no option here: `);
      expect(() => check({ [name]: () => {} })).toThrow(words);
    }
  });

  it.each([
    ['methods', 'idempotency'],
    ['statusCodes', 'retry.classify'],
    ['afterStatusCodes', 'retry.retryAfter'],
    ['maxRetryAfter', 'retry.maxRetryAfterMs'],
    ['delay', 'retry.backoff'],
    ['jitter', 'retry.backoff'],
    ['backoffLimit', 'retry.backoff'],
    ['shouldRetry', 'retry.classify'],
    ['retryOnTimeout', 'retry.classify'],
  ])('retry.%s is ky’s, and refused with what replaces it: %s', (name, instead) => {
    for (const value of ['get', 503, [503], () => true, true]) {
      const run = () => createClient({ retry: { [name]: value } });
      expect(run).toThrow(`createClient: \`retry.${name}\` is no option here: `);
      expect(run).toThrow(instead);
    }
    expect(() => createFetch({ retry: { [name]: 'x' } as object })).toThrow(
      `createFetch: \`retry.${name}\` is no option`,
    );
  });

  it('ky’s `hooks.beforeRetry` is refused where there is one', () => {
    expect(() => createClient({ hooks: { beforeRetry: [() => {}] } })).toThrow(/`hooks\.beforeRetry` is no option/);
    expect(() => createClient({ hooks: { beforeRetry: [] } })).not.toThrow();
  });

  it('ky’s replaceOption is looked into', () => {
    const options = {
      retry: replaceOption({ limit: 1 }),
      timeout: replaceOption(5),
      headers: replaceOption({ a: 'b' }),
    };
    expect(() => createClient(options)).not.toThrow();
    expect(() => createClient({ retry: replaceOption({ limit: -1 }) })).toThrow('`retry.limit`');
    expect(() => createClient({ timeout: replaceOption(-5) })).toThrow('`timeout`');
  });
});

describe('where options are checked', () => {
  const bad = { retry: { limit: -1 } };
  const client = createClient({ service: 'docs', baseUrl: 'https://api.example/' });

  it.each<[string, () => unknown]>([
    ['createFetch', () => createFetch(bad)],
    ['createClient', () => createClient(bad)],
    ['extend', () => client.extend(bad)],
    ['extend with a function', () => client.extend(() => bad)],
    ['create', () => client.create(bad)],
  ])('%s, at once', (_, run) => {
    expect(run).toThrow(RangeError);
    expect(run).toThrow('`retry.limit` must be a whole number from 0, got -1');
  });
});

describe('DEFAULTS', () => {
  it('is what the table says', () => {
    expect(DEFAULTS).toEqual({
      retry: {
        limit: 2,
        backoff: expect.any(Function),
        maxRetryAfterMs: 60_000,
        retryAfter: undefined,
        outage: { spanMs: 1_000, firstMs: 1_000, capMs: 30_000 },
        classify,
      },
      idempotency: {
        header: 'Idempotency-Key',
        methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
        generate: undefined,
      },
      fetch: { timeout: false, totalTimeout: false },
      client: { timeout: 10_000, totalTimeout: 60_000 },
    });
    const state = { attempt: 3, previousMs: undefined, random: () => 0.5 };
    expect(DEFAULTS.retry.backoff(state)).toBe(1000);
  });

  it('is frozen to the bottom', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(DEFAULTS)).toBe(true);
  });

  it('holds what its own checks allow', () => {
    const { retry, idempotency } = DEFAULTS;
    expect(() => createFetch({ retry, idempotency, ...DEFAULTS.fetch })).not.toThrow();
    expect(() => createClient({ retry, idempotency, ...DEFAULTS.client })).not.toThrow();
  });
});

describe('resolve', () => {
  const sender = createSender();

  it('fills in every default, for `undefined` as for nothing', () => {
    const names = ['service', 'retry', 'idempotency', 'timeout', 'totalTimeout', 'use', 'fetch', 'runtime'];
    const groups = {
      retry: ['limit', 'backoff', 'maxRetryAfterMs', 'retryAfter', 'outage', 'classify'],
      idempotency: ['header', 'methods', 'generate'],
      runtime: ['now', 'random', 'uuid', 'sleep'],
    };
    const none = (list: readonly string[]) => Object.fromEntries(list.map(name => [name, undefined]));
    const inner = Object.fromEntries(Object.entries(groups).map(([group, list]) => [group, none(list)]));
    for (const options of [{}, none(names), inner]) {
      const policy = resolve(options, DEFAULTS.client, sender);
      expect(policy).toMatchObject({
        service: undefined, limit: 2, backoff: DEFAULTS.retry.backoff, maxRetryAfterMs: 60_000, retryAfter: undefined, classify,
        timeout: 10_000, totalTimeout: 60_000, use: [], sender, random: Math.random, sleep: undefined,
      }); // biome-ignore format: a list
      expect(policy.keys).toMatchObject({
        header: 'Idempotency-Key',
        methods: new Set(['POST', 'PUT', 'PATCH', 'DELETE']),
        generated: false,
        asked: 'idempotency' in options && options.idempotency !== undefined,
      });
      expect(policy.keys!.make(() => expect.unreachable())).toMatch(/^[\da-f]{8}-/);
      expect(policy.outage!.streaks.size).toBe(0);
      expect(policy.now()).toBeCloseTo(performance.now(), -3);
    }
  });

  it('fills in the rest of a group given in part', () => {
    const idempotency = { header: 'X-Key', methods: undefined };
    const policy = resolve({ retry: { outage: { firstMs: 9_000 } }, idempotency }, DEFAULTS.fetch, sender);
    expect(policy.limit).toBe(2);
    expect(policy.timeout).toBe(Number.POSITIVE_INFINITY);
    expect(policy.keys).toMatchObject({ header: 'X-Key', methods: new Set(['POST', 'PUT', 'PATCH', 'DELETE']) });
    for (let failure = 0; failure < 9; failure++) policy.outage!.heard('x', true, 0);
    const holds = (nowMs: number, startedAt = nowMs) =>
      policy.outage!.holds('x', { startedAt, attempts: 1, limit: 2 }, nowMs, () => 0);
    expect([holds(9_999, 999), holds(1_000), holds(9_999), holds(10_000)]).toEqual([false, false, true, false]);
  });

  it('takes what is given', () => {
    const [now, random, sleep] = [() => 7, () => 0.5, async () => {}];
    const [use, backoff] = [[{ name: 'x' }], exponential({ jitter: none })];
    const runtime = { now, random, uuid: () => 'u', sleep };
    const [retryAfter, own] = [() => 5, () => 'success' as const];
    const retry = { limit: 9, backoff, maxRetryAfterMs: 0, retryAfter, outage: false as const, classify: own };
    const given = { service: 's', timeout: 0, totalTimeout: 0.5, use, runtime, retry, idempotency: {} };
    const policy = resolve(given, DEFAULTS.client, sender);
    expect(policy).toMatchObject({
      service: 's', timeout: 0, totalTimeout: 0.5, use, now, random, sleep, limit: 9, backoff, maxRetryAfterMs: 0, retryAfter, classify: own,
    }); // biome-ignore format: a list
    expect(policy.outage).toBe(undefined);
    expect(policy.keys!.asked).toBe(true);
    expect(policy.keys!.make(() => expect.unreachable())).toBe('u');
  });

  it('switches off', () => {
    for (const retry of [0, false] as const) {
      const options = { retry, idempotency: false, timeout: false, totalTimeout: false } as const;
      expect(resolve(options, DEFAULTS.client, sender)).toMatchObject({
        limit: 0,
        keys: undefined,
        timeout: Number.POSITIVE_INFINITY,
        totalTimeout: Number.POSITIVE_INFINITY,
      });
    }
    expect(outageOf({ retry: { outage: false } })).toBe(undefined);
    expect(retryGroup(3)).toEqual({ limit: 3 });
    expect(retryGroup(false)).toEqual({ limit: 0 });
    expect(retryGroup(undefined)).toEqual({});
  });
});

describe('prototypes', () => {
  afterEach(() => {
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('are not polluted by names from JSON', () => {
    const pollute = (inner: string) => JSON.parse(inner) as never;
    for (const [, check] of DOORS) {
      caught(() => check(pollute('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')));
      for (const group of ['retry', 'idempotency', 'runtime']) {
        expect(() => check(pollute(`{"${group}":{"__proto__":{"polluted":1}}}`))).toThrow(TypeError);
        expect(() => check(pollute(`{"${group}":{"constructor":1}}`))).toThrow(TypeError);
      }
    }
    const both = '{"idempotency":{"__proto__":{"polluted":1}},"retry":{"outage":{"__proto__":{"polluted":1}}}}';
    resolve(pollute(both), DEFAULTS.fetch, createSender());
    expect(({} as { polluted?: number }).polluted).toBe(undefined);
  });
});
