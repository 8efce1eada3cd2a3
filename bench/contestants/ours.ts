import { exponentialMs, overFetch, RETRIES, type Setup } from '../contestant.ts';
import { createFetch } from '../ours.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const retry = {
    limit: RETRIES,
    backoff: ({ attempt }: { attempt: number }) => exponentialMs(waitMs, attempt - 1),
    ...(waitMs !== 500 && { budget: false as const }),
  };
  return overFetch(origin, createFetch({ retry }));
};
