import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a script of `children/` in a process of its own; gives what it printed, as JSON, and what it complained about. */
export const child = async <T>(name: string, ...args: readonly string[]) => {
  const script = fileURLToPath(new URL(`children/${name}.ts`, import.meta.url));
  const flags = ['--expose-gc', '--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
  const { stdout, stderr } = await run(process.execPath, [...flags, script, ...args], { timeout: 60_000 });
  return { ...(JSON.parse(stdout) as T), stderr, endedAt: Date.now() };
};
