import { parseArgs } from 'node:util';
import { type ProbeOptions, probe } from './probe.ts';
import { progressOn, summaryOf } from './report.ts';
import { run, WAYS } from './runs.ts';
import type { Figures } from './tally.ts';

const HELP = `npm run demo -- [flags]

A faulty server on this machine, and a few thousand writes to it: with holdfast through both of its doors, then with the
retry loop that an API guide prints. Exit code 0 if holdfast lost and duplicated none, and no more than one call in a
hundred failed.
  --seed <n>            which faults (a random one, printed)
  --calls <n>           writes through each door (2000)

The same client on any URL, each attempt told as it happens. Exit code 0 if the call ended well.
  --url <url>           http or https
  --method <method>     (GET, with --data POST)
  --data <text>         the body; application/json where it is JSON and no header says otherwise
  --header '<k>: <v>'   as often as needed
  --timeout <ms>        for an attempt (10000)
  --retries <n>         after the first attempt (2)

  --help                this
Ctrl-C ends either cleanly, with exit code 130.
`;

/** What is wrong with the command line. */
class UsageError extends Error {}

const OPTIONS = {
  seed: { type: 'string' },
  calls: { type: 'string' },
  url: { type: 'string' },
  method: { type: 'string' },
  data: { type: 'string' },
  header: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  retries: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const read = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

type Flags = ReturnType<typeof read>;

const whole = (flags: Flags, name: 'seed' | 'calls' | 'timeout' | 'retries', min: number, max: number) => {
  const given = flags[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, got ${JSON.stringify(given)}`);
};

const only = (flags: Flags, names: readonly (keyof Flags)[], why: string): void => {
  const stray = names.find(name => flags[name] !== undefined);
  if (stray) throw new UsageError(`--${stray} ${why}`);
};

const headersOf = (lines: readonly string[]): Headers => {
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = /^([^:]+):(.*)$/s.exec(line) ?? [];
    try {
      headers.append(name!.trim(), value!.trim());
    } catch {
      throw new UsageError(`--header takes 'name: value', got ${JSON.stringify(line)}`);
    }
  }
  return headers;
};

const probeOptions = (flags: Flags, url: string, signal: AbortSignal): ProbeOptions => {
  only(flags, ['seed', 'calls'], 'does not go with --url');
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new UsageError(`--url takes an absolute http or https URL, got ${JSON.stringify(url)}`);
  }
  const method = flags.method ?? (flags.data === undefined ? 'GET' : 'POST');
  if (!/^[!#$%&'*+.^_\x60|~\w-]+$/.test(method))
    throw new UsageError(`--method takes a method, got ${JSON.stringify(method)}`);
  if (flags.data !== undefined && /^(GET|HEAD)$/i.test(method)) {
    throw new UsageError(`--data does not go with --method ${method}`);
  }
  return {
    url,
    method,
    data: flags.data,
    headers: headersOf(flags.header ?? []),
    timeout: whole(flags, 'timeout', 1, 2_147_483_647),
    retries: whole(flags, 'retries', 0, 1000),
    signal,
  };
};

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
  // To refuse every call would lose none, too.
  const held = sum('lost') + sum('duplicated') + sum('misreported') === 0 && sum('failed') <= sum('calls') / 100;
  return held ? 0 : 1;
};

const main = async (args: readonly string[]): Promise<number> => {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  try {
    const flags = read(args);
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
