import { expect, test } from 'vitest';
import { type CommonOptions, createClient, createFetch } from '../src/index.ts';

/** The budget holds for calls that fail at the same moment, too. */
test.each([
  ['createFetch', (options: CommonOptions) => createFetch(options)],
  ['createClient', (options: CommonOptions) => createClient(options)],
])('%s: 200 calls at once cost no more retries than the budget has', async (_, make) => {
  let sent = 0;
  const stub = async () => {
    sent++;
    return new Response('busy', { status: 503 });
  };
  const call = make({ fetch: stub, retry: { backoff: () => 1, budget: { capacity: 10, refill: 0 } } });
  await Promise.allSettled(Array.from({ length: 200 }, () => call('http://x.test/')));
  expect(sent).toBe(210);
});
