/** Builds what is published, unless it is newer than its sources. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export const bundle = (): void => {
  const sources = readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' }).map(name => `${ROOT}/src/${name}`);
  const newest = Math.max(...[...sources, `${ROOT}/tsup.config.ts`].map(changedAt));
  if (changedAt(`${ROOT}/dist/index.js`) < newest)
    execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'ignore' });
};
