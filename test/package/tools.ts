import { execFile, execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(new URL('.', import.meta.url));
export const root = fileURLToPath(new URL('../../', import.meta.url));

const changedAt = (file: string): number => statSync(here + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** A program of this folder's own tools. */
export const tool = (path: string): string => join(here, 'node_modules', path);

/** A program of the repository's tools. */
export const bin = (name: string): string => join(root, 'node_modules/.bin', name);

/** Installs compilers and the oldest Node, unless they are there, as the lock file says. */
export const installTools = (): void => {
  if (changedAt('node_modules/.package-lock.json') >= changedAt('package-lock.json')) return;
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', here];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
};

const LIMIT_MS = 120_000;

/** Runs a program; what it says is part of the error where it fails. */
export const run = (file: string, args: readonly string[], cwd = root): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(file, args, { cwd, timeout: LIMIT_MS, maxBuffer: 50_000_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${file} ${args.join(' ')}\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
