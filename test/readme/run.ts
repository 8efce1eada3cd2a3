import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { pack } from '../package/pack.ts';
import { root } from './pages.ts';
import {
  commands,
  compileCommon,
  compileModules,
  createProject,
  installCompilers,
  runCommon,
  runModules,
} from './projects.ts';

// Follows the README to the letter, in empty projects: `node test/readme/run.ts [tarball]`. With --clone also in a clone of
// the repository, which takes as long as its tests do.

const { values, positionals } = parseArgs({ options: { clone: { type: 'boolean' } }, allowPositionals: true });
const CLONE_MS = 1_800_000;

const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
  const startedAt = performance.now();
  const say = (sign: string, words: string): void =>
    console.log(`${sign} ${name}: ${words} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  try {
    const result = await run();
    say('✓', typeof result === 'string' ? result : 'done');
    return result;
  } catch (error) {
    say('✗', String((error as Error).message));
    process.exitCode = 1;
    throw error;
  }
};

/** A fresh clone, and the commands that are for one. */
const clone = async (folder: string): Promise<string> => {
  const execute = promisify(execFile);
  const cwd = join(folder, 'clone');
  await execute('git', ['clone', '--quiet', fileURLToPath(root), cwd]);
  const mine = commands.filter(command => command.startsWith('npm ci'));
  for (const command of mine) {
    await execute('sh', ['-c', command], { cwd, timeout: CLONE_MS, maxBuffer: 100_000_000 });
  }
  return mine.join('; ');
};

const folder = await mkdtemp(join(tmpdir(), 'holdfast-readme-'));
try {
  const [given] = positionals;
  const tarball = given ? resolve(given) : await step('packed', () => pack(folder));
  const common = await step('CommonJS project', () => createProject(folder, tarball, false));
  const module = await step('ESM project', () => createProject(folder, tarball, true));
  await step('CommonJS runs', () => runCommon(common));
  await step('ESM runs', () => runModules(module));
  await step('compilers', () => installCompilers(folder));
  await step('ESM compiles', () => compileModules(module));
  await step('CommonJS compiles, and runs', () => compileCommon(common));
  if (values.clone) await step('clone', () => clone(folder));
} catch {
  // Said already.
} finally {
  await rm(folder, { recursive: true });
}
