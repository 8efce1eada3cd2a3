import { DelegateBackoff, handleAll, retry, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import { CONTENT, exponentialMs, isTransient, RETRIES, type Setup, TIMEOUT_MS } from '../contestant.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export const setup: Setup = ({ origin, waitMs }) => {
  const transient = handleAll.orWhenResult(answer => isTransient((answer as Answer).status));
  const backoff = new DelegateBackoff<{ attempt: number }>(({ attempt }) => exponentialMs(waitMs, attempt - 1));
  const retries = retry(transient, { maxAttempts: RETRIES, backoff });
  const policy = wrap(retries, timeout(TIMEOUT_MS, TimeoutStrategy.Aggressive));

  /** Its timeout aborts what is unfinished when the function returns, so the body is read inside. */
  const send = async (path: string, init?: RequestInit) => {
    const read = async ({ signal }: { signal: AbortSignal }): Promise<Answer> => {
      const response = await globalThis.fetch(origin + path, { ...init, signal });
      return { status: response.status, body: await response.json() };
    };
    return (await policy.execute(read, init?.signal ?? undefined)).body;
  };
  return {
    get: (path, signal) => send(path, signal && { signal }),
    post: (path, body) => send(path, { method: 'POST', headers: CONTENT, body }),
    stream: async path => (await retries.execute(() => globalThis.fetch(origin + path))).body!,
  };
};
