import { afterAll, describe, expect, test } from 'vitest';
import { serve } from './support/server.ts';
import { HOOKS } from './support/twins/hooks.ts';
import { OPTIONS } from './support/twins/options.ts';
import { playBoth } from './support/twins/play.ts';

const server = await serve();
afterAll(server.close);

/** Whoever swaps `ky.create` for `createClient` changes nothing else. */
const TABLES = { options: OPTIONS, 'extend and hooks': HOOKS };
for (const [title, twins] of Object.entries(TABLES)) {
  describe(`a client is ky: ${title}`, () => {
    test.each(twins.map(twin => [twin.name, twin] as const))('%s', async (_, twin) => {
      const { ky, ours } = await playBoth(server, twin);
      expect(ours).toEqual(ky);
    });
  });
}

test('the tables are large, and no name stands twice', () => {
  const names = [...OPTIONS, ...HOOKS].map(({ name }) => name);
  expect(names.length).toBeGreaterThan(140);
  expect(new Set(names).size).toBe(names.length);
});
