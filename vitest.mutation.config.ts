import { defineConfig } from 'vitest/config';

/** Only the tests of what Stryker changes, so that a mutant costs milliseconds. */
export default defineConfig({
  test: { include: ['test/policy/*.test.ts'], testTimeout: 10_000 },
});
