import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { createFetch } from '../src/fetch.ts';
import { child } from './support/child.ts';
import { quick } from './support/logbook.ts';
import { OK, type Step, serve, status } from './support/server.ts';

const server = await serve();
afterAll(server.close);

const part = { status: 503, body: 'part' } as const;
const errors: readonly (readonly [string, Step])[] = [
  ['broken', { ...part, ending: 'reset' }],
  ['slow', { ...part, ending: 'stall' }],
  ['endless', { ...part, ending: 'endless' }],
  ['short', status(503)],
  ['large', { ...part, body: new Uint8Array(1_048_576) }],
];

test.each(errors)('an error body that is %s delays no retry', async (_, step) => {
  server.script(step, step, OK);
  const startedAt = performance.now();
  const response = await createFetch({ retry: quick })(server.origin);
  expect(performance.now() - startedAt).toBeLessThan(500);
  expect([response.status, server.seen.length]).toEqual([200, 3]);
  await response.text();
});

test('200 retried calls share a few connections', async () => {
  const fetch = createFetch({ retry: { ...quick, outage: false } });
  const before = server.sockets;
  for (let call = 0; call < 200; call++) {
    server.script(status(503), status(500), OK);
    await (await fetch(server.origin, { method: 'POST', body: 'x' })).text();
  }
  expect(server.sockets - before).toBeLessThan(10);
});

test.each(errors)('200 retried calls with an error body that is %s leave few connections open', async (_, step) => {
  const fetch = createFetch({ retry: { ...quick, outage: false } });
  for (let call = 0; call < 200; call++) {
    server.script(step, OK);
    await (await fetch(server.origin)).text();
  }
  await expect.poll(() => server.open).toBeLessThan(20);
});

test('10,000 retried calls, ten at a time, go over a few connections', async () => {
  const answered = new Set<string>();
  let [sockets, requests] = [0, 0];
  // More than arrives with the headers: its connection serves again only if it is read.
  const half = Buffer.alloc(30_000, 'x');
  const flaky = createServer((request, response) => {
    requests++;
    request.resume();
    const isFirst = !answered.has(request.url!);
    answered.add(request.url!);
    response.writeHead(isFirst ? 503 : 200);
    if (!isFirst) return response.end('body');
    response.write(half);
    setTimeout(() => response.end(half), 2);
  }).on('connection', () => sockets++);
  await once(flaky.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(flaky.address() as AddressInfo).port}`;
  const fetch = createFetch({ retry: { backoff: () => 5, outage: false } });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < 10_000) await (await fetch(`${origin}/${next++}`)).text();
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  flaky.close();
  flaky.closeAllConnections();
  expect(requests).toBe(20_000);
  expect(sockets).toBeLessThan(40);
}, 60_000);

test.each([
  ['plain', 100_000],
  ['timed', 100_000],
  ['retried', 10_000],
] as const)(
  'the heap is flat over calls on one signal: %s, %i',
  async (mode, calls) => {
    const { bytes, stderr } = await child<{ bytes: number }>('heap', mode, String(calls));
    expect(stderr).toBe('');
    // One listener or one record kept for each call would be more than this.
    expect(bytes).toBeLessThan(mode === 'retried' ? 100 : 20);
  },
  60_000,
);

test.each(['plain', 'timed', 'retried'])('10,000 calls leave no listener on their signal: %s', async mode => {
  const { most, left, warnings, stderr } = await child<{ most: number; left: number; warnings: string[] }>(
    'listeners',
    mode,
  );
  expect({ left, warnings, stderr }).toEqual({ left: 0, warnings: [], stderr: '' });
  expect(most).toBeLessThanOrEqual(1);
});

test('no rejection is left unhandled, no warning given', async () => {
  const { noise, stderr } = await child<{ noise: string[] }>('quiet');
  expect({ noise, stderr }).toEqual({ noise: [], stderr: '' });
});

test.each(errors)('the process ends with its last call, after an error body that is %s', async (_, step) => {
  server.script(step, OK);
  const { status: code, at, endedAt } = await child<{ status: number; at: number }>('last', server.origin);
  expect(code).toBe(200);
  expect(endedAt - at).toBeLessThan(800);
});

test.each(['string', 'Request'])('a stream of 200 MB is sent as it comes: %s', async form => {
  const sink = createServer(async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    response.end(String(bytes));
  }).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const origin = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const { most, received } = await child<{ most: { rss: number; arrayBuffers: number }; received: number }>(
    'upload',
    origin,
    form,
  );
  sink.closeAllConnections();
  sink.close();
  expect(received).toBe(200);
  expect(most.arrayBuffers).toBeLessThan(64);
  expect(most.rss).toBeLessThan(64);
});

const modes = ['fetch', 'timed', 'retried'].flatMap(mode => ['string', 'Request'].map(form => [mode, form] as const));

test.each([['bare', 'string'] as const, ...modes])(
  'an abort reaches the body after a collection: %s, %s',
  async (mode, form) => {
    const { ended, tookMs } = await child<{ ended: string; tookMs: number }>('collected', mode, form);
    expect(ended).toBe('mine');
    expect(tookMs).toBeLessThan(50);
  },
);
