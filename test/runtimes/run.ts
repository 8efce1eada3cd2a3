import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Target } from './behaviour.ts';
import { bundle } from './bundle.ts';
import { installRuntimes } from './install.ts';
import { print, total } from './print.ts';
import { serveRuntimes } from './server.ts';
import type { Report } from './suite.ts';

// Runs the suite on every runtime that needs no browser: `npm run test:runtimes`, or with names of some of them.

const here = fileURLToPath(new URL('.', import.meta.url));
const LIMIT_MS = 180_000;

/** Runs a script, with a program of its own, until it has printed its reports. */
const script =
  (file: string, ...args: string[]) =>
  (target: Target, { module }: { module: string }): Promise<Report[]> =>
    new Promise((resolve, reject) => {
      const child = spawn(file, [...args, module, JSON.stringify(target)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: LIMIT_MS,
        env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' },
      });
      let out = '';
      child.stdout.on('data', chunk => {
        out += chunk;
      });
      child.on('error', reject);
      child.on('close', (code, signal) => {
        try {
          resolve(JSON.parse(out.trim().split('\n').at(-1) ?? '') as Report[]);
        } catch {
          reject(new Error(`${file} ended with ${signal ?? code} and no reports: ${out.slice(-500)}`));
        }
      });
    });

interface Miniflare {
  dispatchFetch(url: string, init: { method: string; body: string }): Promise<{ json(): Promise<unknown> }>;
  dispose(): Promise<void>;
}

const workerd =
  (compatibilityDate: string, ...compatibilityFlags: string[]) =>
  async (target: Target, { code }: { code: string }): Promise<Report[]> => {
    const { Miniflare } = createRequire(join(here, 'package.json'))('miniflare') as {
      Miniflare: new (options: object) => Miniflare;
    };
    const miniflare = new Miniflare({
      modules: true,
      script: code,
      compatibilityDate,
      compatibilityFlags,
      cf: false,
      // It prints the stack of every failure, and failures are what is tested.
      handleRuntimeStdio: (...streams: Readable[]) => {
        for (const stream of streams) stream.resume();
      },
    });
    try {
      const response = await miniflare.dispatchFetch('http://suite/', { method: 'POST', body: JSON.stringify(target) });
      return (await response.json()) as Report[];
    } finally {
      await miniflare.dispose();
    }
  };

const bin = (path: string): string => join(here, 'node_modules', path);

const RUNTIMES: Record<string, ReturnType<typeof script> | ReturnType<typeof workerd>> = {
  node22: script(bin('node22/bin/node')),
  node24: script(process.execPath),
  node26: script(bin('node26/bin/node')),
  bun: script(bin('.bin/bun')),
  deno: script(bin('.bin/deno'), 'run', '--quiet', '--allow-net', '--allow-env', '--no-lock'),
  workerd: workerd('2026-06-01'),
  // Before the flags of 2025: no FinalizationRegistry, classes without names, listeners without this.
  'workerd-2024': workerd('2024-09-01', 'unhandled_rejection_after_microtask_checkpoint'),
};

installRuntimes();
const folder = await mkdtemp(join(tmpdir(), 'holdfast-runtimes-'));
const server = await serveRuntimes();
try {
  const module = join(folder, 'suite.mjs');
  await writeFile(module, await bundle('./entry-script.ts'));
  const code = await bundle('./entry-fetch-handler.ts');
  const asked = process.argv.slice(2);
  for (const [runtime, run] of Object.entries(RUNTIMES)) {
    if (asked.length > 0 && !asked.includes(runtime)) continue;
    const { origin, otherOrigin, refused, selfSigned } = server;
    print(runtime, await run({ runtime, origin, otherOrigin, refused, selfSigned }, { module, code }));
  }
} finally {
  await server.close();
  await rm(folder, { recursive: true });
}
total();
