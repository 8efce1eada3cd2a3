import { spawnSync } from 'node:child_process';
import { bin, root } from './tools.ts';

// What the built package weighs, import by import, min + brotli, without ky and ts-pattern: `npm run size`. The limits stand
// in .size-limit.json alone.

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
    (JSON.parse(stdout) as Size[]).map(({ name, size, sizeLimit, passed }) => [
      name,
      { measured: kilobytes(size), limit: kilobytes(sizeLimit) + (passed ? '' : ' (exceeded)') },
    ]),
  ),
);
process.exitCode = status ?? 1;
