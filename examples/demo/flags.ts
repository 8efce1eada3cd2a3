import { parseArgs } from 'node:util';
import type { ProbeOptions } from './probe.ts';

export const HELP = `npm run demo -- [flags]

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
export class UsageError extends Error {}

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

/** @throws {UsageError} */
export const readFlags = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

export type Flags = ReturnType<typeof readFlags>;

/** A flag's whole number. @throws {UsageError} */
export const whole = (flags: Flags, name: 'seed' | 'calls' | 'timeout' | 'retries', min: number, max: number) => {
  const given = flags[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, got ${JSON.stringify(given)}`);
};

/** Refuses flags that make no sense here. @throws {UsageError} */
export const only = (flags: Flags, names: readonly (keyof Flags)[], why: string): void => {
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

/** The call that the flags ask for. @throws {UsageError} */
export const probeOptions = (flags: Flags, url: string, signal: AbortSignal): ProbeOptions => {
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
