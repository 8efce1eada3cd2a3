import { afterAll, describe, expect, test } from 'vitest';
import { createFetch } from '../src/fetch.ts';
import type { FetchOptions } from '../src/options.ts';
import { answers } from './support/cases/answers.ts';
import { bodies } from './support/cases/bodies.ts';
import { heads } from './support/cases/heads.ts';
import { inputs } from './support/cases/inputs.ts';
import { signals } from './support/cases/signals.ts';
import { observer } from './support/observe.ts';

const { observe, close } = await observer();
afterAll(close);

const CASES = [...inputs, ...heads, ...bodies, ...answers, ...signals];

const retry = { backoff: () => 1, outage: false } as const;

/** However an instance is set up, it is the platform's fetch for all that is no transient failure. */
const INSTANCES: Record<string, FetchOptions> = {
  'as it comes': { retry },
  'retry: 0': { retry: 0 },
  'no keys': { retry, idempotency: false },
  'with timers': { retry, timeout: 10_000, totalTimeout: 15_000 },
  'with an extension': { retry, use: [{ name: 'watch', on: () => {} }] },
};

test('the table is large, and no name stands twice', () => {
  expect(CASES.length).toBeGreaterThan(200);
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
});

describe.each(Object.entries(INSTANCES))('%s', (_, options) => {
  const fetch = createFetch(options);
  test.each(CASES)('$name', async each => {
    const bare = await observe(globalThis.fetch, each);
    const ours = await observe(fetch, each);
    expect(ours).toEqual(bare);
  });
});
