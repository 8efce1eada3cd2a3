import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, test, vi } from 'vitest';
import type { LogRecord } from '../../src/index.ts';
import * as log from '../../src/log/index.ts';

const record: LogRecord = {
  time: '2026-11-22T14:03:05.123Z',
  level: 'warn',
  event: 'retry',
  method: 'GET',
  url: 'https://api.example.com/',
  status: 503,
  kind: 'server-error',
  attempt: 1,
  attempts: 1,
  delayMs: 1,
  delayFrom: 'backoff',
  durationMs: 1,
};

const broken = (warn: () => unknown) => ({
  info: warn,
  warn,
  error: warn,
  log: warn,
  emit: warn,
});

const adapters: [string, (logger: ReturnType<typeof broken>) => log.Log][] = [
  ['consoleLog', console => log.consoleLog({ console })],
  ['pinoLog', log.pinoLog],
  ['winstonLog', log.winstonLog],
  ['logTapeLog', log.logTapeLog],
  ['openTelemetryLog', log.openTelemetryLog],
];

describe.each(adapters)('%s', (_, adapt) => {
  test('takes what a logger throws', () => {
    const warn = vi.fn(() => {
      throw new Error('disk full');
    });
    expect(adapt(broken(warn))(record)).toBeUndefined();
    expect(warn).toHaveBeenCalledOnce();
  });

  test('takes what a logger rejects with', async () => {
    const rejected = Promise.reject(new Error('disk full'));
    const caught = vi.spyOn(rejected, 'then');
    expect(adapt(broken(() => rejected))(record)).toBeUndefined();
    expect(caught).toHaveBeenCalled();
  });

  test('takes a logger that is none', () => {
    expect(adapt({} as ReturnType<typeof broken>)(record)).toBeUndefined();
  });
});

test('no log library and nothing of Node is in the bundle, and it is small', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/log/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
    metafile: true,
  });
  expect(Object.keys(metafile.inputs).filter(path => !path.startsWith('src/'))).toEqual([]);
  expect(brotliCompressSync(outputFiles[0]!.contents).length).toBeLessThanOrEqual(1500);
});
