import { type CallEvent, createFetch, type Ending, type FetchOptions } from '../../../src/index.ts';
import { type LogRecord, log } from '../../../src/log/index.ts';
import type { Env } from '../behaviour.ts';
import type { Step } from '../server.ts';

export const RESET: Step = { ending: 'reset' };
export const STALL: Step = { ending: 'stall' };

/** A wait that is over at once. */
export const SOON = { retry: { backoff: () => 1 } };

/** The drop-in with short waits. */
export const quick = (options: FetchOptions = {}): typeof globalThis.fetch => createFetch({ ...SOON, ...options });

/** Has a log write its records there. */
export const logTo = (records: LogRecord[]) => ({ use: [log(record => void records.push(record))] });

/** What was thrown. */
export const thrown = async (run: () => Promise<unknown>): Promise<unknown> => {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

export const nameOf = (error: unknown): unknown => (error as Error | undefined)?.name;

/** Sends, and says what became of it: the status, or how the call failed. A read has no delivery. */
export const fate = async (
  input: string | Request,
  init?: RequestInit,
  options: FetchOptions = {},
): Promise<Record<string, unknown>> => {
  let end: Ending | undefined;
  const on = (event: CallEvent): void => {
    if (event.type === 'end') end = event;
  };
  try {
    const { status } = await quick({ use: [{ name: 'watch', on }], ...options })(input, init);
    return { status };
  } catch (error) {
    if (!end) return { ended: false, error: nameOf(error) };
    const { classification, call, delivery } = end;
    return { class: classification, attempts: call.attempts, delivery };
  }
};

/** Which of a request's headers arrived at each attempt. */
export const headerOfEach = async (env: Env, name: string): Promise<(string | undefined)[]> =>
  (await env.arrived()).map(({ headers }) => headers[name]);

export const UUID_V4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** How the runtime itself prints a value, as `console.log` does; browsers print nothing that a page can read. */
export const inspect = (value: unknown): string => {
  type Inspect = (value: unknown) => string;
  const { Bun, Deno, process } = globalThis as {
    Bun?: { inspect: Inspect };
    Deno?: { inspect: Inspect };
    process?: { getBuiltinModule?(name: string): { inspect: Inspect } | undefined };
  };
  const run = Bun?.inspect ?? Deno?.inspect ?? process?.getBuiltinModule?.('node:util')?.inspect;
  return run ? run(value) : '';
};

/** Everything that printing an error can show. */
export const printed = (error: unknown): string =>
  [String(error), (error as Error).stack, JSON.stringify(error), inspect(error)].join('\n');
