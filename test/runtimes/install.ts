import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

const changedAt = (file: string): number => statSync(here + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Installs the runtimes, unless they are there: as the lock file says, but for what a registry does not have of other
 * platforms' binaries (`npm ci` refuses a lock file without them).
 */
export const installRuntimes = (): void => {
  if (changedAt('node_modules/.package-lock.json') >= changedAt('package-lock.json')) return;
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', here];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
};
