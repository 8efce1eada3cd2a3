import { build } from 'esbuild';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { recorder } from '../../src/extensions/testing.ts';
import { type CallEvent, createFetch, type Extension } from '../../src/index.ts';
import * as log from '../../src/log/index.ts';
import { rejected } from '../support/foreign.ts';

const broken = (warn: () => unknown) => ({ info: warn, warn, error: warn, log: warn, emit: warn });
type Broken = ReturnType<typeof broken>;

const adapters: [string, (logger: Broken, options?: log.LogOptions) => Extension][] = [
  ['log', ({ log: write }, options) => log.log(write, options)],
  ['consoleLog', (console, options) => log.consoleLog({ console, ...options })],
  ['pinoLog', log.pinoLog],
  ['winstonLog', log.winstonLog],
  ['logTapeLog', log.logTapeLog],
  ['openTelemetryLog', log.openTelemetryLog],
];

let retry: CallEvent;
beforeAll(async () => {
  const seen = recorder();
  const fetch = async () => new Response('', { status: 503 });
  await createFetch({ use: [seen], retry: { limit: 1, backoff: () => 1 }, fetch })('https://api.example.com/');
  retry = seen.events.find(({ type }) => type === 'retry')!;
});

describe.each(adapters)('%s', (name, adapt) => {
  test('what a logger throws, or rejects with, never touches the call', async () => {
    const noise = vi.fn();
    process.on('unhandledRejection', noise);
    const warn = vi.fn((): unknown => {
      throw new Error('disk full');
    });
    warn.mockReturnValueOnce(Promise.reject(new Error('disk full')));
    warn.mockReturnValueOnce(rejected(new Error('disk full')));
    const answers = [503, 503, 503, 200];
    const fetch = createFetch({
      retry: { limit: 3, backoff: () => 1 },
      use: [adapt(broken(warn))],
      fetch: async () => new Response('', { status: answers.shift()! }),
    });
    expect((await fetch('https://api.example.com/')).status).toBe(200);
    expect(warn).toHaveBeenCalledTimes(4);
    await new Promise(setImmediate);
    process.off('unhandledRejection', noise);
    expect(noise).not.toHaveBeenCalled();
  });

  const LACKING: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['an object without methods', {}],
    ['an object whose methods are none', { ...broken(() => {}), warn: 'x', emit: 1, log: 2 }],
  ];
  const lacking = LACKING.filter(([what]) => name !== 'consoleLog' || !/nothing|null/.test(what));
  test.each(lacking)('refuses %s in place of a logger at once, by name', (_, logger) => {
    const make = () => (name === 'log' ? log.log(logger as log.Log) : adapt(logger as Broken));
    expect(make).toThrow(TypeError);
    expect(make).toThrow(name === 'log' ? 'log: `write` is wrong, expected function' : new RegExp(`^${name} needs`));
  });

  test.each<[object, string]>([
    [{ level: 'warn' }, '`level` is wrong, expected function'],
    [{ fields: ['service'] }, '`fields` is wrong, expected function'],
    [{ redact: true }, '`redact` is wrong, expected query,path,headers,mask'],
    [{ redact: null }, '`redact` is wrong, expected query,path,headers,mask'],
    [{ redact: ['token'] }, '`redact.0` is wrong, expected query,path,headers,mask'],
    [{ redact: { quary: [] } }, '`redact.quary` is wrong, expected query,path,headers,mask'],
    [{ redact: { query: 'page' } }, '`redact.query` is wrong, expected list of strings'],
    [{ redact: { query: ['page', 5] } }, '`redact.query` is wrong, expected list of strings'],
    [{ redact: { headers: [/x-/] } }, '`redact.headers` is wrong, expected list of strings'],
    [{ redact: { path: ['token'] } }, '`redact.path` is wrong, expected list of RegExps'],
    [{ redact: { path: /token/ } }, '`redact.path` is wrong, expected list of RegExps'],
    [{ redact: { mask: 0 } }, '`redact.mask` is wrong, expected string'],
    [{ query: ['page'] }, '`query` is wrong, expected write,level,fields,redact'],
  ])('refuses %o at once, by name', (options, message) => {
    expect(() =>
      adapt(
        broken(() => {}),
        options,
      ),
    ).toThrow(new TypeError(`log: ${message}`));
  });

  test('takes what is right, and what is left out', () => {
    const options = {
      level: undefined,
      fields: undefined,
      redact: { query: [], path: [/x/g], headers: ['a'], mask: '' },
    };
    const warn = vi.fn();
    adapt(broken(warn), options).on!(retry);
    expect(warn).toHaveBeenCalledOnce();
  });
});

test('nobody’s options are changed', () => {
  const options = Object.freeze({ redact: Object.freeze({ path: Object.freeze([/x/]) }) });
  for (const [, adapt] of adapters)
    expect(() =>
      adapt(
        broken(() => {}),
        options,
      ).on!(retry),
    ).not.toThrow();
});

// What they weigh is in .size-limit.json.
test.each(['log', 'consoleLog', 'pinoLog', 'winstonLog', 'logTapeLog', 'openTelemetryLog'])(
  '%s brings no log library and nothing of Node',
  async name => {
    const { metafile } = await build({
      stdin: { contents: `export { ${name} } from './src/log/index.ts'`, resolveDir: '.', loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'browser',
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs).filter(path => !path.startsWith('src/') && path !== '<stdin>')).toEqual([]);
  },
);
