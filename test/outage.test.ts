import { expect, test, vi } from 'vitest';
import { type CommonOptions, createClient, createFetch, type OutageOptions, type StopReason } from '../src/index.ts';

const DOORS = [
  ['createFetch', (options: CommonOptions) => createFetch(options)],
  ['createClient', (options: CommonOptions) => createClient({ ...options, totalTimeout: false, timeout: false })],
] as const;

/** A service of two hosts whose answers are set from outside, on a clock that is, too. */
const stage = (make: (typeof DOORS)[number][1], outage?: OutageOptions | false) => {
  let nowMs = 0;
  let sent = 0;
  const state = { status: 503, headers: {} as Record<string, string> };
  const stops: (StopReason | undefined)[] = [];
  const call = make({
    fetch: async () => {
      sent++;
      if (state.status === 0) throw new TypeError('fetch failed');
      return new Response('x', state);
    },
    runtime: { now: () => nowMs, random: () => 0, sleep: async () => {} },
    retry: { backoff: () => 0, outage },
    use: [{ name: 'watch', on: event => void (event.type === 'end' && stops.push(event.stopped)) }],
  });
  /** How a call made now ends, and with how many requests. */
  const at = async (ms: number, url = 'https://a.example/') => {
    nowMs = ms;
    sent = 0;
    await Promise.resolve(call(url)).catch(() => {});
    return `${sent} ${stops.at(-1)}`;
  };
  return { at, state, stops, call, sent: () => sent };
};

test.each(DOORS)('%s: calls that begin while an origin is down are sent once, but for probes', async (_, make) => {
  const { at } = stage(make);
  // A call that is lost is not enough, nor are many of them in an instant.
  for (let call = 0; call < 5; call++) expect(await at(0)).toBe('3 limit');
  expect(await at(999)).toBe('3 limit');
  // The first is a probe, all of its retries are asked for one by one.
  expect(await at(1_000)).toBe('2 outage');
  expect(await at(1_001)).toBe('1 outage');
  expect(await at(1_999)).toBe('1 outage');
  expect(await at(2_000)).toBe('2 outage');
  expect(await at(3_999)).toBe('1 outage');
  expect(await at(4_000)).toBe('2 outage');
  // Another origin is another matter.
  expect(await at(4_001, 'https://b.example/')).toBe('3 limit');
  expect(await at(4_001, 'https://a.example/other')).toBe('1 outage');
});

test.each(DOORS)('%s: the answer of a call that is not repeated is whole', async (_, make) => {
  const { at, call } = stage(make);
  for (let round = 0; round < 5; round++) await at(0);
  await at(2_000);
  const result: unknown = await Promise.resolve(call('https://a.example/')).catch((error: unknown) => error);
  if (result instanceof Response) expect([result.status, await result.text()]).toEqual([503, 'x']);
  else expect(result).toMatchObject({ status: 503, stopped: 'outage', attempts: 1 });
});

test.each([200, 404, 429])('any answer below 500 ends it: %i', async status => {
  const { at, state } = stage(createFetch);
  for (let call = 0; call < 5; call++) await at(0);
  await at(1_000);
  expect(await at(1_001)).toBe('1 outage');
  state.status = status;
  await at(1_002);
  state.status = 503;
  expect(await at(9_000)).toBe('3 limit');
});

test.each([500, 503, 599, 0])('5xx and no answer count: %i', async status => {
  const { at, state } = stage(createFetch);
  state.status = status;
  for (let call = 0; call < 5; call++) await at(0);
  await at(1_000);
  expect(await at(1_001)).toBe('1 outage');
});

test('refusals and 429 count for none', async () => {
  const { at, state } = stage(createFetch);
  for (const status of [429, 400]) {
    state.status = status;
    for (let call = 0; call < 20; call++) await at(call * 100);
    expect(await at(9_000)).toBe(status === 429 ? '3 limit' : '1 final');
  }
});

test('calls that began before it keep all their retries, though they fail in it', async () => {
  const { call, stops, sent } = stage(createFetch);
  await Promise.all(Array.from({ length: 200 }, () => call('https://a.example/')));
  expect(sent()).toBe(600);
  expect(new Set(stops)).toEqual(new Set(['limit']));
});

test('a time that the server names is believed once', async () => {
  const { at, state } = stage(createFetch);
  for (let call = 0; call < 5; call++) await at(0);
  await at(1_000);
  state.headers = { 'retry-after': '1' };
  expect(await at(1_001)).toBe('2 outage');
});

test('`outage: false` is none, and its numbers can be set', async () => {
  const free = stage(createFetch, false);
  for (let call = 0; call < 20; call++) expect(await free.at(call * 500)).toBe('3 limit');
  const set = stage(createFetch, { spanMs: 0, firstMs: 5_000 });
  for (let call = 0; call < 3; call++) await set.at(0);
  expect(await set.at(4_999)).toBe('1 outage');
  expect(await set.at(5_000)).toBe('2 outage');
});

test('an instance that has seen no failure looks at no URL', async () => {
  const { at, state } = stage(createFetch);
  state.status = 200;
  const spy = vi.spyOn(globalThis, 'URL');
  await at(0);
  expect(spy).not.toHaveBeenCalled();
  spy.mockRestore();
});
