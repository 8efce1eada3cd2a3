/** The library itself, with its defaults but for what is given. */
import { createFetch, type RetryOptions } from '../../../src/index.ts';
import type { Policy } from '../policy.ts';

export const ours = (retry: RetryOptions = {}, name = 'holdfast'): Policy => ({
  name,
  make: ({ fetch, runtime, limit }) => createFetch({ fetch, runtime, retry: { limit, ...retry } }),
});
