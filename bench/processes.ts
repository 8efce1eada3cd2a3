/** Processes that answer one message with one message. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Process {
  /** What it said when it was up. */
  readonly first: unknown;
  ask<T>(message: unknown): Promise<T>;
  end(): void;
}

const next = async (child: ChildProcess): Promise<unknown> => {
  const gone = new AbortController();
  const { signal } = gone;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${child.spawnargs.slice(1).join(' ')} ended with ${code}`);
      }),
    ]);
  } finally {
    gone.abort();
  }
};

/** Starts a file of this folder. */
export const start = async (file: string, args: readonly string[] = [], flags: readonly string[] = []) => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args, { execArgv: [...flags] });
  const first = await next(child);
  const started: Process = {
    first,
    ask: async <T>(message: unknown) => {
      child.send(message as object);
      return (await next(child)) as T;
    },
    end: () => child.disconnect(),
  };
  return started;
};
