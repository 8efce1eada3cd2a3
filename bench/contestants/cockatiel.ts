import { DelegateBackoff, handleAll, retry, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import { exponentialMs, isTransient, overFetch, RETRIES, type Setup, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const transient = handleAll.orWhenResult(response => isTransient((response as Response).status));
  const backoff = new DelegateBackoff<{ attempt: number }>(({ attempt }) => exponentialMs(waitMs, attempt - 1));
  const policy = wrap(
    retry(transient, { maxAttempts: RETRIES, backoff }),
    timeout(TIMEOUT_MS, TimeoutStrategy.Aggressive),
  );
  return overFetch(origin, (url, init) =>
    policy.execute(({ signal }) => globalThis.fetch(url, { ...init, signal }), init?.signal ?? undefined),
  );
};
