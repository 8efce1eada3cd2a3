import pRetry from 'p-retry';
import { isTransient, overFetch, RETRIES, type Setup } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) =>
  overFetch(origin, (url, init) =>
    pRetry(
      async () => {
        const response = await globalThis.fetch(url, init);
        if (isTransient(response.status)) throw new Error(response.statusText);
        return response;
      },
      { retries: RETRIES, minTimeout: waitMs, factor: 2, ...(init?.signal && { signal: init.signal }) },
    ),
  );
