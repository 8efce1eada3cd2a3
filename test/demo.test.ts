import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { seededFaults } from '../examples/demo/faults.ts';
import { progressOn, summaryOf } from '../examples/demo/report.ts';
import { run } from '../examples/demo/runs.ts';
import { type Api, startApi } from '../examples/demo/server.ts';
import { newTally } from '../examples/demo/tally.ts';
import { WAYS } from '../examples/demo/ways.ts';
import { STALL, serve, status, type TestServer } from './support/server.ts';

describe('the runs', { timeout: 60_000 }, () => {
  it.each([1, 2, 3])('lose and duplicate nothing with holdfast, a lot with the guide, from seed %i', async seed => {
    const [fetch, client, guide] = await Promise.all([
      run(WAYS.fetch, { seed, calls: 150 }),
      run(WAYS.client, { seed, calls: 150 }),
      run(WAYS.guide, { seed, calls: 300, patienceMs: 50, sleep: async () => {} }),
    ]);
    for (const figures of [fetch, client]) {
      expect(figures).toMatchObject({ calls: 150, lost: 0, duplicated: 0, misreported: 0, aborted: 0 });
      expect(figures.failed).toBeLessThan(3);
      const retries = [...figures.retries.values()].reduce((sum, count) => sum + count, 0);
      expect(figures.attempts).toBe(150 + retries);
      expect([...figures.retries.keys()].sort()).toEqual(['429', '500', '503', 'reset', 'timeout']);
      expect(figures.serverWaits).toBe(figures.retries.get('429'));
    }
    expect(guide.calls).toBe(300);
    expect(guide.lost + guide.duplicated).toBeGreaterThan(0);
  });

  it('end cleanly when they are aborted', async () => {
    const interrupted = new AbortController();
    const figures = await run(WAYS.client, {
      seed: 4,
      calls: 2000,
      signal: interrupted.signal,
      onProgress: ({ endings }) => {
        if (endings.length === 20) interrupted.abort();
      },
    });
    expect(figures).toMatchObject({ lost: 0, duplicated: 0, failed: 0 });
    expect(figures.aborted).toBeGreaterThan(0);
    expect(figures.calls).toBeLessThan(100);
  });
});

describe('the faults', () => {
  it('follow the seed, the write and the attempt', () => {
    const draw = (seed: number) => Array.from({ length: 500 }, (_, nth) => seededFaults(seed)('ref-a', nth));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const share = draw(3).filter(Boolean).length / 500;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.35);
  });
});

describe('the server', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const post = async (path: string, fields: unknown, more: Record<string, string> = {}, at = api) => {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer tester', ...more };
    const response = await fetch(`${at.origin}/${path}`, { method: 'POST', headers, body: JSON.stringify(fields) });
    const { status, headers: answered } = response;
    return {
      status,
      replayed: answered.get('idempotent-replayed'),
      retryAfter: answered.get('retry-after'),
      body: await response.json(),
    };
  };

  it('gives the stored answer to the same key, a conflict to another payload', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await post('docs/v1/resources', { name: 'ref-one' }, key);
    expect(first).toMatchObject({ status: 201, replayed: null });
    expect(await post('docs/v1/resources', { name: 'ref-one' }, key)).toEqual({ ...first, replayed: 'true' });
    expect(await post('docs/v1/resources', { name: 'ref-two' }, key)).toMatchObject({
      status: 409,
      body: { error: { type: 'idempotency_error', code: 'idempotency_conflict' } },
    });
    expect(api.writes.get('ref-one')).toHaveLength(1);
    expect(api.writes.has('ref-two')).toBe(false);
  });

  it('refuses the same key while the first request with it is running', async () => {
    const slow = await startApi({ workMs: 500 });
    onTestFinished(slow.close);
    const both = [1, 2].map(() => post('drive/v1/items', { name: 'ref-both' }, { 'idempotency-key': 'k2' }, slow));
    const statuses = (await Promise.all(both)).map(answer => answer.status);
    expect(statuses.sort()).toEqual([201, 409]);
    expect(slow.writes.get('ref-both')).toHaveLength(1);
  });

  it('does not store a refusal', async () => {
    const key = { 'idempotency-key': 'k3' };
    const refused = [400, { error: { type: 'invalid_request_error', code: 'parameter_missing', param: 'name' } }];
    for (const [code, body] of [refused, refused] as const) {
      expect(await post('docs/v1/resources', {}, key)).toMatchObject({ status: code, replayed: null, body });
    }
  });

  it.each([
    ['drive', 'no key', { authorization: '' }, 401, { success: false, error_code: 'ACCESS_DENIED' }],
    ['docs', 'no key', { authorization: '' }, 401, { error: { code: 'authentication_failed' } }],
    ['drive', 'a read-only key', { authorization: 'Bearer readonly-1' }, 403, { error_code: 'ACCESS_DENIED' }],
    ['docs', 'a read-only key', { authorization: 'Bearer readonly-1' }, 403, { error: { code: 'permission_denied' } }],
  ])('says in the words of %s: %s', async (service, _, headers, code, body) => {
    const path = service === 'drive' ? 'drive/v1/items' : 'docs/v1/resources';
    expect(await post(path, { name: 'ref-x' }, headers)).toMatchObject({ status: code, body });
  });

  it('lets a key make 100 requests a second', async () => {
    let now = 0;
    const timed = await startApi({ now: () => now });
    onTestFinished(timed.close);
    const burst = async (count: number) => {
      const one = () => post('drive/v1/items', { name: 'ref-b' }, {}, timed);
      return (await Promise.all(Array.from({ length: count }, one))).filter(answer => answer.status === 429);
    };
    const refused = await burst(120);
    expect(refused).toHaveLength(20);
    expect(refused[0]).toMatchObject({ retryAfter: '1', body: { success: false } });
    now = 999;
    expect(await burst(1)).toHaveLength(1);
    now = 1000;
    expect(await burst(100)).toHaveLength(0);
  });
});

describe('the report', () => {
  it('writes a line each quarter where there is no terminal, and one line rewritten where there is', () => {
    const written = (isTTY: boolean) => {
      const lines: string[] = [];
      const out = { isTTY, write: (chunk: string) => lines.push(chunk) > 0 };
      const tally = newTally();
      const show = progressOn(out, 'run', 100);
      for (let done = 1; done <= 100; done++) {
        tally.endings.push({ ref: '', end: 'succeeded', durationMs: 1 });
        show(tally);
      }
      return lines.join('');
    };
    expect(written(false).match(/\n/g)).toHaveLength(4);
    expect(written(false)).not.toContain('\u001b');
    expect(written(true)).toContain('\u001b[2K');
    expect(written(true).match(/\n/g)).toHaveLength(1);
  });

  it('sets the runs side by side', async () => {
    const summary = summaryOf({ ours: await run(WAYS.fetch, { seed: 5, calls: 20 }) });
    expect(summary).toMatch(/lost +0\n/);
    expect(summary).toMatch(/duplicated +0\n/);
  });
});

describe('the command', { timeout: 60_000 }, () => {
  const MAIN = fileURLToPath(new URL('../examples/demo/main.ts', import.meta.url));
  let server: TestServer;
  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.close());

  const start = (...args: string[]) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args]);
    const { promise: ended, resolve } = Promise.withResolvers<number | null>();
    child.once('exit', resolve);
    const output = Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { child, done: output.then(([out, err, code]) => ({ out, err, code })) };
  };

  it('runs everything and exits with 0', async () => {
    const { out, code } = await start('--calls', '8', '--seed', '6').done;
    expect(out).toContain('holdfast: lost 0, duplicated 0');
    expect(out).toContain("guide's loop");
    expect(out).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  it('tells of each attempt at a URL, and shows the answer', async () => {
    server.script(status(503), status(200, { 'x-made': 'yes' }));
    const args = ['--url', `${server.origin}/a?token=t0p`, '--data', '{"a":1}', '--header', 'x-mine: 1'];
    const { out, code } = await start(...args).done;
    expect(out).toMatch(/attempt 1: POST .*\/a\n.*503.*again in \d+ ms.*\nattempt 2: POST .*\/a\n.*200/);
    expect(out).toMatch(/200 OK\n.*x-made: yes\n.*status 200/s);
    expect(out).not.toContain('t0p');
    expect(code).toBe(0);
    expect(server.seen.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}']);
    expect(server.seen[0]!.headers).toMatchObject({ 'content-type': 'application/json', 'x-mine': '1' });
  });

  it('exits with 1 when the call ended in failure, and shows the answer without obeying it', async () => {
    server.script({ status: 400, headers: { 'content-type': 'text/plain' }, body: 'no \u001b[31mred' });
    const { out, code } = await start('--url', server.origin, '--method', 'PUT').done;
    expect(out).toContain('400 Bad Request');
    expect(out).toContain('no \ufffd[31mred');
    expect(out).toContain('was it applied? rejected');
    expect(code).toBe(1);
  });

  it('exits with 1 when nobody answered', async () => {
    server.script(STALL);
    const { out, code } = await start('--url', server.origin, '--timeout', '50', '--retries', '0').done;
    expect(out).toContain('attempt 1: GET');
    expect(out).toContain('TimeoutError: ');
    expect(code).toBe(1);
  });

  it('exits with 130 on Ctrl-C, in a call', async () => {
    server.script(STALL);
    const { child, done } = start('--url', server.origin);
    await server.arrived(1);
    child.kill('SIGINT');
    expect(await done).toMatchObject({ code: 130, err: 'aborted\n' });
  });

  it('exits with 130 on Ctrl-C, in a run, with the summary so far', async () => {
    const { child, done } = start('--calls', '400');
    child.stdout.on('data', chunk => {
      if (String(chunk).includes('100 of 400')) child.kill('SIGINT');
    });
    const { out, code } = await done;
    expect(out).toMatch(/lost +0\n/);
    expect(code).toBe(130);
  });

  it.each([
    [['--bogus'], '--bogus'],
    [['stray'], 'stray'],
    [['--seed', 'x'], '--seed takes a whole number'],
    [['--calls', '0'], '--calls takes a whole number'],
    [['--method', 'PUT'], '--method needs --url'],
    [['--url', 'ftp://a'], '--url takes'],
    [['--url', 'http://a', '--seed', '1'], '--seed does not go with --url'],
    [['--url', 'http://a', '--header', 'x'], '--header takes'],
    [['--url', 'http://a', '--method', 'a b'], '--method takes'],
    [['--url', 'http://a', '--data', 'x', '--method', 'get'], '--data does not go'],
    [['--url', 'http://a', '--timeout', '0'], '--timeout takes'],
    [['--url', 'http://a', '--retries', '-1'], '--retries'],
  ])('refuses %j with exit code 2', async (args, words) => {
    const { err, code, out } = await start(...args).done;
    expect(err).toContain(words);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('has --help', async () => {
    expect(await start('--help').done).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--header') });
  });
});
