import fetchRetry from 'fetch-retry';
import { exponentialMs, isTransient, overFetch, RETRIES, type Setup } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const fetch = fetchRetry(globalThis.fetch, {
    retries: RETRIES,
    retryDelay: attempt => exponentialMs(waitMs, attempt),
    retryOn: (attempt, error, response) =>
      attempt < RETRIES && (error !== null || (response !== null && isTransient(response.status))),
  });
  return overFetch(origin, fetch);
};
