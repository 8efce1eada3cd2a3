import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

const child = async (name: string): Promise<unknown> => {
  const file = new URL(`./support/children/${name}.ts`, import.meta.url).pathname;
  const { stdout } = await run(process.execPath, ['--expose-gc', '--no-warnings', file]);
  return JSON.parse(stdout);
};

test('an abort reaches what it should after a collection', async () => {
  expect(await child('abort-after-gc')).toEqual({ cases: 10, lost: [] });
});

test('what a call takes, it gives back: sockets over retried calls, listeners over calls with one signal', async () => {
  const { sockets, listeners, timers, rejections } = (await child('client-remains')) as Record<string, number>;
  // 8 at a time, and those that are just closing.
  expect(sockets).toBeLessThan(24);
  expect({ listeners, timers, rejections }).toEqual({ listeners: 0, timers: 0, rejections: 0 });
});
