import { spawnSync } from 'node:child_process';
import { bin, root } from './tools.ts';

// What the built package weighs, min + brotli, without ky and ts-pattern: `npm run size`. Limits and targets stand in
// .size-limit.json alone.

interface Size {
  readonly name: string;
  readonly size: number;
  readonly sizeLimit: number;
  readonly passed: boolean;
}

const { stdout, stderr, status } = spawnSync(bin('size-limit'), ['--json'], { cwd: root, encoding: 'utf8' });
if (!stdout.startsWith('[')) throw new Error(`${stdout}${stderr}`);

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(2)} kB`;
console.table(
  Object.fromEntries(
    (JSON.parse(stdout) as Size[]).map(({ name, size, sizeLimit, passed }) => {
      const [entry, target] = name.split(', target ') as [string, string];
      const held = passed ? '' : ' (exceeded)';
      return [entry, { measured: kilobytes(size), limit: kilobytes(sizeLimit) + held, target }];
    }),
  ),
);
process.exitCode = status ?? 1;
