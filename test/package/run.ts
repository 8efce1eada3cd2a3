import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkNodes, checkTypes } from './consumers.ts';
import { checkDist } from './dist.ts';
import { attw, checkFiles, install, pack, publint } from './pack.ts';
import { installTools } from './tools.ts';

// Tries the package as it would be published: `npm run test:package`.

const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
  const startedAt = performance.now();
  const say = (sign: string, words: string): void =>
    console.log(`${sign} ${name}: ${words} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  try {
    const result = await run();
    say('✓', String(result));
    return result;
  } catch (error) {
    say('✗', String((error as Error).message));
    process.exitCode = 1;
    throw error;
  }
};

const folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
try {
  installTools();
  const tarball = await step('built and packed', () => pack(folder));
  const project = await step('installed into an empty project', () => install(folder, tarball));
  const steps = [
    step('files', () => checkFiles(tarball)),
    step('publint', () => publint(tarball)),
    step('attw', () => attw(tarball)),
    step('bundles', () => checkDist(project)),
    step('runs', () => checkNodes(project)),
    step('compiles', () => checkTypes(project)),
  ];
  await Promise.allSettled(steps);
} finally {
  await rm(folder, { recursive: true });
}
