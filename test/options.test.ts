import fc from 'fast-check';
import { replaceOption } from 'ky';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../src/client.ts';
import { createFetch } from '../src/fetch.ts';
import { budgetOf, type ClientOptions, DEFAULTS, type FetchOptions, resolve, retryGroup } from '../src/options.ts';
import { exponential, none } from '../src/policy/backoff.ts';
import { classify } from '../src/policy/classify.ts';
import { checkClientOptions, checkFetchOptions } from '../src/rules.ts';

const DOORS = [
  ['createFetch', (options: unknown) => checkFetchOptions(options as FetchOptions)],
  ['createClient', (options: unknown) => checkClientOptions(options as ClientOptions)],
] as const;

/** `{ 'retry.limit': 1 }` → `{ retry: { limit: 1 } }`. */
const nest = (path: string, value: unknown): object =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;

const MS = 2_147_483_647;
const NO_FUNCTION = [null, true, 5, 'x', {}, []];
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
const NO_TIMEOUT = [...NO_AMOUNT, 0, 0.5, MS + 1];
const NO_GROUP = [null, true, 'x', [], () => {}, Symbol('x')];

/** For each option: what is right, in the message's words, and values of each wrong kind. */
const WRONG: readonly (readonly [option: string, right: string, wrong: readonly unknown[]])[] = [
  ['service', 'a name', [null, '', 5, false, {}, [], () => 'x']],
  ['retry', 'a number or an object', NO_GROUP],
  ['retry', 'a number or an object', [false, 5n]],
  ['retry.limit', 'a whole number from 0', [...NO_AMOUNT, 1.5, 2 ** 53]],
  ['retry.backoff', 'a function', NO_FUNCTION],
  ['retry.maxRetryAfterMs', `milliseconds from 0 to ${MS}`, [...NO_AMOUNT, MS + 1, false]],
  ['retry.budget', 'false or an object', [...NO_GROUP, 5, 0]],
  ['retry.budget.capacity', 'a number from 0', [...NO_AMOUNT, false]],
  ['retry.budget.refill', 'a number from 0', [...NO_AMOUNT, false]],
  ['retry.classify', 'a function', NO_FUNCTION],
  ['idempotency', 'false or an object', [...NO_GROUP, 5, 0]],
  ['idempotency.header', 'a header name', [null, '', 'Idempotency Key', 'Schlüssel', 'a:b', 'a\n', 5, false, {}, []]],
  [
    'idempotency.methods',
    'a list of methods',
    [null, 'POST', ['POST', ''], ['PO ST'], ['POST\n'], [5], {}, 5, new Set(['POST'])],
  ],
  ['idempotency.generate', 'a function', NO_FUNCTION],
  ['idempotency.format', "'bare' or 'quoted'", [null, '', 'raw', 'Bare', 5, false, {}, []]],
  [
    'idempotency.origins',
    "a list of origins like 'https://api.example.com'",
    [
      null,
      'https://a.example',
      ['a.example'],
      ['https://a.example/'],
      ['https://a.example/x'],
      ['https://A.example'],
      ['*'],
      [5],
      {},
      5,
    ],
  ],
  ['timeout', `false or milliseconds from 1 to ${MS}`, [...NO_TIMEOUT]],
  ['totalTimeout', `false or milliseconds from 1 to ${MS}`, [...NO_TIMEOUT]],
  ['log', 'a function', [...NO_FUNCTION, false, console]],
  [
    'use',
    'a list of extensions',
    [
      null,
      {},
      { name: 'x' },
      'x',
      () => {},
      [null],
      [() => {}],
      [{}],
      [{ name: '' }],
      [{ name: 5 }],
      [{ name: 'x', on: 5 }],
    ],
  ],
  ['use', 'a list of extensions', [[{ name: 'x', beforeAttempt: {} }], [{ name: 'x', allowRetry: true }]]],
  ['redact', 'an object', [...NO_GROUP, false, 5]],
  ['redact.query', 'a list of parameter names', [null, 'page', [''], [5], {}, 5]],
  ['redact.headers', 'a list of header names', [null, 'etag', [''], ['a b'], [5], {}, 5]],
  ['redact.mask', 'a text', [null, 5, false, {}, []]],
  ['fetch', 'a function', [...NO_FUNCTION, false]],
  ['runtime', 'an object', [...NO_GROUP, false, 5]],
  ['runtime.now', 'a function', NO_FUNCTION],
  ['runtime.random', 'a function', [...NO_FUNCTION, 0.5]],
  ['runtime.uuid', 'a function', [...NO_FUNCTION, 'key']],
];

const RIGHT: readonly (readonly [option: string, right: readonly unknown[]])[] = [
  ['service', ['docs', ' ']],
  ['retry', [0, 1, 100, {}]],
  ['retry.limit', [0, 1, 2 ** 53 - 1]],
  ['retry.backoff', [() => 1, exponential()]],
  ['retry.maxRetryAfterMs', [0, 0.5, MS]],
  ['retry.budget', [false, {}, { capacity: 5 }]],
  ['retry.budget.capacity', [0, 0.5, Number.MAX_VALUE]],
  ['retry.budget.refill', [0, 0.1, 1]],
  ['retry.classify', [classify]],
  ['idempotency', [false, {}, Object.create(null)]],
  ['idempotency.header', ['X-Key', 'a', "!#$%&'*+-.^_`|~09azAZ"]],
  ['idempotency.methods', [[], ['POST'], ['post', 'M-SEARCH']]],
  ['idempotency.generate', [() => 'x']],
  ['idempotency.format', ['bare', 'quoted']],
  ['idempotency.origins', [[], ['https://a.example', 'http://localhost:3000']]],
  ['timeout', [false, 1, 1.5, MS]],
  ['totalTimeout', [false, 1, 1.5, MS]],
  ['log', [() => {}]],
  ['use', [[], [{ name: 'x' }], [{ name: 'x', on: () => {}, allowRetry: undefined, extra: 1 }]]],
  ['redact', [{}]],
  ['redact.query', [[], ['page', 'per page']]],
  ['redact.headers', [[], ['etag', 'X-Served-By']]],
  ['redact.mask', ['', '***']],
  ['fetch', [fetch, async () => new Response()]],
  ['runtime', [{}]],
  ['runtime.now', [() => 1]],
  ['runtime.random', [Math.random]],
  ['runtime.uuid', [() => 'x']],
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
      const isNumber = typeof value === 'number' && /number|milliseconds/.test(right) && !right.endsWith('an object');
      expect(error, String(value)).toBeInstanceOf(isNumber ? RangeError : TypeError);
      expect(error.message).toContain(`${door}: \`${option}\` must be ${right}`);
      expect(error.message).toMatch(
        /, got (null|true|false|-?\d|NaN|-?Infinity|"|a list of \d+$|an object$|a function$|Symbol)/,
      );
    }
  });

  it.each(RIGHT)('%s: right ones pass', (option, right) => {
    for (const value of [...right, undefined]) {
      const options = nest(option, value);
      expect(check(options)).toBe(options);
    }
  });

  it('refuses what are no options', () => {
    for (const options of [null, 5, 'x', [], () => {}, true]) {
      expect(caught(() => check(options))).toEqual(
        new TypeError(
          `${door}: \`options\` must be an object, got ${Array.isArray(options) ? 'a list of 0' : typeof options === 'function' ? 'a function' : JSON.stringify(options)}`,
        ),
      );
    }
  });

  it('a number for `retry` is its limit', () => {
    expect(caught(() => check({ retry: -1 }))).toEqual(
      new RangeError(`${door}: \`retry.limit\` must be a whole number from 0, got -1`),
    );
    expect(caught(() => check({ retry: Number.NaN }))).toBeInstanceOf(RangeError);
  });

  it('whatever is given, it passes or is refused with a TypeError or RangeError', () => {
    const names = [
      'service',
      'retry',
      'idempotency',
      'timeout',
      'totalTimeout',
      'log',
      'use',
      'fetch',
      'runtime',
      'errors',
      '__proto__',
    ];
    const inner = [
      'limit',
      'backoff',
      'budget',
      'capacity',
      'header',
      'methods',
      'origins',
      'format',
      'now',
      'name',
      '__proto__',
    ];
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    const group = fc.dictionary(
      fc.constantFrom(...inner),
      fc.oneof(anything, fc.dictionary(fc.constantFrom(...inner), anything)),
    );
    fc.assert(
      fc.property(
        fc.oneof(anything, fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.oneof(anything, group))),
        options => {
          const error = caught(() => check(options));
          expect(error === undefined || error instanceof TypeError || error instanceof RangeError).toBe(true);
          if (error !== undefined) expect((error as Error).message).toMatch(new RegExp(`^${door}: \``));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('errors', () => {
  it('is a list', () => {
    expect(() => checkClientOptions({ errors: {} as never })).toThrow(
      'createClient: `errors` must be a list of error formats, got an object',
    );
    expect(checkClientOptions({ errors: [] })).toEqual({ errors: [] });
  });
});

describe('unknown names', () => {
  it.each<[option: string, meant: string, only?: string]>([
    ['retry.limits', 'retry.limit'],
    ['retry.retries', 'retry.limit', 'any'],
    ['retry.maxRetryAfter', 'retry.maxRetryAfterMs', 'createFetch'],
    ['retry.backOff', 'retry.backoff'],
    ['retry.Budget', 'retry.budget'],
    ['retry.clasify', 'retry.classify'],
    ['retry.budget.capactiy', 'retry.budget.capacity'],
    ['retry.budget.refil', 'retry.budget.refill'],
    ['idempotency.headers', 'idempotency.header'],
    ['idempotency.headerName', 'idempotency.header'],
    ['idempotency.method', 'idempotency.methods'],
    ['idempotency.generator', 'idempotency.generate'],
    ['idempotency.fromat', 'idempotency.format'],
    ['idempotency.origin', 'idempotency.origins'],
    ['runtime.Now', 'runtime.now'],
    ['runtime.rand', 'runtime.random'],
    ['runtime.uid', 'runtime.uuid'],
  ])('%s in a group is refused: %s is meant', (option, meant, only) => {
    for (const [door, check] of DOORS) {
      if (only === 'createFetch' && door !== only) continue;
      const error = caught(() => check(nest(option, 1))) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(`${door}: \`${option}\` is no option; did you mean \``);
      if (only !== 'any') expect(error.message).toContain(`\`${meant}\``);
    }
  });

  it.each([
    ['retries', 'retry'],
    ['retry_limit', 'retry'],
    ['retryLimit', 'retry'],
    ['Retry', 'retry'],
    ['rety', 'retry'],
    ['timeOut', 'timeout'],
    ['timeoutMs', 'timeout'],
    ['timout', 'timeout'],
    ['total_timeout', 'totalTimeout'],
    ['totalTimeoutMs', 'totalTimeout'],
    ['logger', 'log'],
    ['logs', 'log'],
    ['idempotencyKey', 'idempotency'],
    ['idempotent', 'idempotency'],
    ['fetcher', 'fetch'],
    ['fetchFn', 'fetch'],
    ['service_name', 'service'],
    ['serviceName', 'service'],
    ['runtimes', 'runtime'],
    ['uses', 'use'],
    ['header', 'headers'],
    ['hook', 'hooks'],
    ['searchParam', 'searchParams'],
    ['search_params', 'searchParams'],
    ['baseURL', 'baseUrl'],
    ['base_url', 'baseUrl'],
    ['prefixUrl', 'prefix'],
    ['throwHttpError', 'throwHttpErrors'],
    ['error', 'errors'],
    ['credential', 'credentials'],
  ])('%s is a near miss of %s', (name, meant) => {
    for (const [door, check] of DOORS) {
      expect(caught(() => check({ [name]: 1 }))).toEqual(
        new TypeError(`${door}: \`${name}\` is no option; did you mean \`${meant}\`?`),
      );
    }
  });

  it.each([
    'dispatcher', 'next', 'cf', 'priority', 'tls', 'proxy', 'client', 'agent', 'verbose', 'unix', 'compress', 'decompress', 'counter', 'size',
    'attributionReporting', 'browsingTopics', 'targetAddressSpace', 'duplex', 'sharedStorageWritable', 'privateToken', 'adAuctionHeaders', 'protocol',
    'maxRedirections', 'follow', 'highWaterMark', 'insecureHTTPParser', 'reactNative', 'constructor', 'toString', 'hasOwnProperty',
  ])('%s is a runtime’s own, and passes', name => {
    for (const [, check] of DOORS) expect(check({ [name]: { some: 'thing' } })).toEqual({ [name]: { some: 'thing' } });
  }); // biome-ignore format: a list

  it.each([
    'method', 'headers', 'body', 'mode', 'credentials', 'cache', 'redirect', 'referrer', 'referrerPolicy', 'integrity', 'keepalive', 'signal', 'window',
    'json', 'parseJson', 'stringifyJson', 'searchParams', 'baseUrl', 'prefix', 'hooks', 'throwHttpErrors', 'onDownloadProgress', 'onUploadProgress',
    'context', 'errors',
  ])('createFetch: %s goes with each call, or to createClient', name => {
    expect(() => checkFetchOptions({ [name]: 'x' })).toThrow(
      new TypeError(`createFetch: \`${name}\` must be given with each call, or to createClient, got "x"`),
    );
    expect(checkFetchOptions({ [name]: undefined })).toEqual({ [name]: undefined });
    if (name !== 'errors') expect(checkClientOptions({ [name]: 'x' })).toEqual({ [name]: 'x' });
  }); // biome-ignore format: a list

  it.each([
    'methods',
    'statusCodes',
    'afterStatusCodes',
    'maxRetryAfter',
    'delay',
    'jitter',
    'backoffLimit',
    'shouldRetry',
    'retryOnTimeout',
  ])('retry.%s is ky’s: for a client alone', name => {
    const options = { retry: { [name]: 'x' } };
    expect(checkClientOptions(options as never)).toBe(options);
    expect(() => checkFetchOptions(options)).toThrow(`createFetch: \`retry.${name}\` is no option`);
  });

  it('ky’s replaceOption is looked into', () => {
    const options = {
      retry: replaceOption({ limit: 1 }),
      timeout: replaceOption(5),
      headers: replaceOption({ a: 'b' }),
    };
    expect(checkClientOptions(options)).toBe(options);
    expect(() => checkClientOptions({ retry: replaceOption({ limit: -1 }) })).toThrow('`retry.limit`');
    expect(() => checkClientOptions({ timeout: replaceOption(-5) })).toThrow('`timeout`');
  });
});

describe('where options are checked', () => {
  it('createFetch, at once', () => {
    expect(() => createFetch({ retry: { limit: -1 } })).toThrow(RangeError);
    // The compiler refuses these, too.
    expect(() => createFetch({ logger: console.log } as object)).toThrow('did you mean `log`');
    expect(() => createFetch({ headers: {} } as object)).toThrow('with each call');
  });

  it('createClient, its `extend` and its `create`, at once', () => {
    const client = createClient({ service: 'docs', baseUrl: 'https://api.example/' });
    const bad = { retry: { limit: -1 } };
    for (const run of [
      () => createClient(bad),
      () => client.extend(bad),
      () => client.extend(() => bad),
      () => client.create(bad),
    ]) {
      expect(run).toThrow(new RangeError('createClient: `retry.limit` must be a whole number from 0, got -1'));
    }
  });

  it('createClient takes no options too', () => {
    expect(() => createClient()).not.toThrow();
    expect(checkClientOptions(undefined)).toBe(undefined);
  });
});

describe('DEFAULTS', () => {
  it('is what the table says', () => {
    expect(DEFAULTS).toEqual({
      retry: {
        limit: 2,
        backoff: expect.any(Function),
        maxRetryAfterMs: 60_000,
        budget: { capacity: 100, refill: 0.1 },
        classify,
      },
      idempotency: {
        header: 'Idempotency-Key',
        methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
        generate: undefined,
        format: 'bare',
        origins: [],
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
    expect(() => checkFetchOptions({ retry, idempotency, ...DEFAULTS.fetch })).not.toThrow();
    expect(() => checkClientOptions({ retry, idempotency, ...DEFAULTS.client })).not.toThrow();
  });
});

describe('resolve', () => {
  it('fills in every default, for `undefined` as for nothing', () => {
    const all = {
      service: undefined,
      retry: undefined,
      idempotency: undefined,
      timeout: undefined,
      totalTimeout: undefined,
      log: undefined,
      use: undefined,
      fetch: undefined,
      runtime: undefined,
    };
    const inner = {
      retry: {
        limit: undefined,
        backoff: undefined,
        maxRetryAfterMs: undefined,
        budget: undefined,
        classify: undefined,
      },
      runtime: { now: undefined, random: undefined, uuid: undefined },
    };
    for (const options of [{}, all, inner]) {
      const policy = resolve(options, DEFAULTS.client);
      expect(policy).toMatchObject({
        service: undefined, limit: 2, backoff: DEFAULTS.retry.backoff, maxRetryAfterMs: 60_000, classify, timeout: 10_000, totalTimeout: 60_000, record: undefined,
        use: [], fetch: undefined, random: Math.random,
      }); // biome-ignore format: a list
      expect(policy.keys).toMatchObject({
        header: 'Idempotency-Key',
        methods: new Set(['POST', 'PUT', 'PATCH', 'DELETE']),
        origins: [],
      });
      expect(policy.keys!.value(() => expect.unreachable())).toMatch(/^[\da-f]{8}-/);
      expect(policy.budget!.tokens('x')).toBe(100);
      expect(policy.now()).toBeCloseTo(performance.now(), -3);
    }
  });

  it('fills in the rest of a group given in part', () => {
    const policy = resolve(
      { retry: { budget: { capacity: 3 } }, idempotency: { header: 'X-Key', methods: undefined } },
      DEFAULTS.fetch,
    );
    expect(policy.limit).toBe(2);
    expect(policy.timeout).toBe(false);
    expect(policy.keys).toMatchObject({ header: 'X-Key', methods: new Set(['POST', 'PUT', 'PATCH', 'DELETE']) });
    policy.budget!.take('x');
    policy.budget!.take('x');
    policy.budget!.giveBack('x');
    expect(policy.budget!.tokens('x')).toBeCloseTo(1.1);
  });

  it('takes what is given', () => {
    const log = () => {};
    const use = [{ name: 'x' }];
    const now = () => 7;
    const random = () => 0.5;
    const backoff = exponential({ jitter: none });
    const given = {
      service: 's',
      timeout: 5,
      totalTimeout: 6,
      log,
      use,
      fetch,
      runtime: { now, random, uuid: () => 'u' },
    };
    const retry = { limit: 9, backoff, maxRetryAfterMs: 0, budget: false as const, classify: () => 'success' as const };
    const policy = resolve({ ...given, retry, idempotency: { format: 'quoted' } }, DEFAULTS.client);
    expect(policy).toMatchObject({
      service: 's',
      timeout: 5,
      totalTimeout: 6,
      record: expect.any(Function),
      use,
      fetch,
      now,
      random,
      limit: 9,
      backoff,
      maxRetryAfterMs: 0,
    });
    expect(policy.classify).toBe(retry.classify);
    expect(policy.budget).toBe(undefined);
    expect(policy.keys!.value(() => expect.unreachable())).toBe('"u"');
  });

  it('switches off', () => {
    const policy = resolve({ retry: 0, idempotency: false, timeout: false, totalTimeout: false }, DEFAULTS.client);
    expect(policy).toMatchObject({ limit: 0, keys: undefined, timeout: false, totalTimeout: false });
    expect(budgetOf({ retry: { budget: false } })).toBe(undefined);
    expect(retryGroup(3)).toEqual({ limit: 3 });
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
    createFetch(pollute('{"__proto__":{"polluted":1}}'));
    resolve(
      pollute('{"idempotency":{"__proto__":{"polluted":1}},"retry":{"budget":{"__proto__":{"polluted":1}}}}'),
      DEFAULTS.fetch,
    );
    expect(({} as { polluted?: number }).polluted).toBe(undefined);
  });

  it('names that every object has are no options', () => {
    for (const [door, check] of DOORS) {
      expect(() => check({ retry: { toString: 1 } })).toThrow(`${door}: \`retry.toString\` is no option`);
    }
  });
});
