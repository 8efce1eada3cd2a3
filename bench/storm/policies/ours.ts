/** The library itself, with its defaults but for what is given. */
import { createFetch, type RetryOptions } from '../../../src/index.ts';
import type { Policy } from '../policy.ts';

/** For whoever reads the figures. */
export const about =
  'the library itself: `createFetch` with its defaults, given the `fetch` and the `runtime` of the simulation';

export const ours = (retry: RetryOptions = {}, name = 'holdfast'): Policy => ({
  name,
  make: ({ fetch, runtime, limit }) => createFetch({ fetch, runtime, retry: { limit, ...retry } }),
});
