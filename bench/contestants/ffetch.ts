import { createClient } from '@fetchkit/ffetch';
import { exponentialMs, isTransient, overFetch, RETRIES, type Setup, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const fetch = createClient({
    timeout: TIMEOUT_MS,
    retries: RETRIES,
    retryDelay: ({ attempt }) => exponentialMs(waitMs, attempt - 1),
    shouldRetry: ({ response }) => !response || isTransient(response.status),
  });
  return overFetch(origin, fetch);
};
