import { showFailure } from './failure.ts';
import { type Flags, HELP, only, probeOptions, readFlags, UsageError, whole } from './flags.ts';
import { probe } from './probe.ts';
import { progressOn, summaryOf } from './report.ts';
import { run } from './runs.ts';
import type { Figures } from './tally.ts';
import { WAYS } from './ways.ts';

const compare = async (flags: Flags, signal: AbortSignal): Promise<number> => {
  only(flags, ['method', 'data', 'header', 'timeout', 'retries'], 'needs --url');
  const seed = whole(flags, 'seed', 0, Number.MAX_SAFE_INTEGER) ?? Math.floor(Math.random() * 1_000_000);
  const calls = whole(flags, 'calls', 1, 1_000_000) ?? 2000;
  const { stdout } = process;
  stdout.write(
    `Creates against a faulty server on this machine, seed ${seed} (again: npm run demo -- --seed ${seed})\n\n`,
  );
  const runs: Record<string, Figures> = {};
  for (const [title, way, count] of [
    ['createFetch', WAYS.fetch, calls],
    ['createClient', WAYS.client, calls],
    ["guide's loop", WAYS.guide, 2 * calls],
  ] as const) {
    if (signal.aborted) break;
    runs[title] = await run(way, { seed, calls: count, signal, onProgress: progressOn(stdout, title, count) });
  }
  if (signal.aborted) stdout.write('\n');
  const ours = [runs.createFetch, runs.createClient].filter(each => each !== undefined);
  const sum = (name: 'lost' | 'duplicated' | 'misreported' | 'failed' | 'calls') =>
    ours.reduce((total, figures) => total + figures[name], 0);
  stdout.write(`\n${summaryOf(runs)}\nholdfast: lost ${sum('lost')}, duplicated ${sum('duplicated')}\n`);
  await showFailure(stdout);
  // To refuse every call would lose none, too.
  const held = sum('lost') + sum('duplicated') + sum('misreported') === 0 && sum('failed') <= sum('calls') / 100;
  return held ? 0 : 1;
};

const main = async (args: readonly string[]): Promise<number> => {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  try {
    const flags = readFlags(args);
    if (flags.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const { signal } = interrupted;
    const code =
      flags.url === undefined
        ? await compare(flags, signal)
        : (await probe(probeOptions(flags, flags.url, signal), process.stdout))
          ? 0
          : 1;
    return signal.aborted ? 130 : code;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nnpm run demo -- --help tells more\n`);
      return 2;
    }
    if (!interrupted.signal.aborted) throw error;
    process.stderr.write('aborted\n');
    return 130;
  } finally {
    process.off('SIGINT', interrupt);
  }
};

process.exitCode = await main(process.argv.slice(2));
