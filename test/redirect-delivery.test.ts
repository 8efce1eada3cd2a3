import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createFetch } from '../src/index.ts';
import { logbook } from './support/logbook.ts';
import { serve } from './support/server.ts';

/** A port on which nothing listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
};

test('a write that was redirected to where nobody listens was sent: it is not repeated without a key, and unknown', async () => {
  const server = await serve();
  server.script({ status: 303, headers: { location: `http://127.0.0.1:${await closedPort()}/` } });
  const { log, records } = logbook();
  const fetch = createFetch({ idempotency: false, retry: { backoff: () => 1 }, use: [log] });
  await expect(fetch(`${server.origin}/things`, { method: 'POST', body: 'a' })).rejects.toThrow(TypeError);
  expect(server.seen).toHaveLength(1);
  expect(records).toMatchObject([{ event: 'failed', stopped: 'not-replayable', delivery: 'unknown' }]);
  await server.close();
});
