import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const NEXT = join(here, 'node_modules/next/dist/bin/next');
const LIMIT_MS = 300_000;
const START_MS = 60_000;

/** Next neither tells anybody of its runs nor asks a registry for what is not in the lock file. */
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_IGNORE_INCORRECT_LOCKFILE: '1',
  ...more,
});

/** Runs a program; what it says is part of the error where it fails. */
const run = (file: string, args: readonly string[], cwd: string, env = process.env): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(file, args, { cwd, env, timeout: LIMIT_MS, maxBuffer: 50_000_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${file} ${args.join(' ')}\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });

const changedAt = (file: string): number => statSync(join(here, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Installs what the lock file says, unless it is there, and beside it the package as it would be published. */
export const install = async (root: string, folder: string): Promise<void> => {
  if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) {
    await run('npm', ['ci', '--no-audit', '--no-fund'], here);
  }
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const args = ['install', '--no-save', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', [...args, join(folder, filename)], here);
};

/** Takes away what Next makes. */
export const clean = async (): Promise<void> => {
  for (const made of ['.next', 'next-env.d.ts']) await rm(join(here, made), { recursive: true, force: true });
};

export const build = async (): Promise<void> => {
  await clean();
  await run(process.execPath, [NEXT, 'build'], here, environment());
};

export interface App {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Starts what was built, on a free port. */
export const start = async (upstream: string): Promise<App> => {
  const child = spawn(process.execPath, [NEXT, 'start', '--hostname', '127.0.0.1', '--port', '0'], {
    cwd: here,
    env: environment({ UPSTREAM: upstream }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  let said = '';
  const origin = new Promise<string>((resolve, reject) => {
    const fail = (): void => reject(new Error(`next start\n${said}`));
    const hear = (chunk: Buffer): void => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found && said.includes('Ready')) resolve(found[0]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    closed.then(fail, reject);
    setTimeout(fail, START_MS).unref();
  });
  try {
    return { origin: await origin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
