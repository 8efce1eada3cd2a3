import { type CallEvent, createFetch, type Extension } from '../../../src/index.ts';
import { type LogRecord, log } from '../../../src/log/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { headerOfEach, logTo, quick, SOON, thrown } from './support.ts';

export const seams: readonly Behaviour[] = [
  {
    name: 'a call that recovers leaves two records',
    expect: [
      { event: 'retry', level: 'warn', status: 503, attempt: 1, delayFrom: 'backoff', url: true },
      { event: 'recovered', level: 'info', status: 200, attempt: 2, url: true },
    ],
    run: async env => {
      await env.script(503, 200);
      const records: LogRecord[] = [];
      await quick(logTo(records))(env.url);
      return records.map(({ event, level, status, attempt, delayFrom, url }) => ({
        event,
        level,
        status,
        attempt,
        delayFrom,
        url: url === env.url,
      }));
    },
  },
  {
    name: 'a call that fails leaves its history, and no secret',
    expect: { event: 'failed', stopped: 'limit', history: [503, 503, 503], secrets: 0, key: 4 },
    run: async env => {
      await env.script(503);
      const records: LogRecord[] = [];
      const init = { method: 'POST', headers: { authorization: 'S3CRET' } };
      await quick(logTo(records))(`${env.url}?token=S3CRET#S3CRET`, init);
      const { event, stopped, history, idempotencyKey } = records.at(-1)!;
      return {
        event,
        stopped,
        history: history?.map(each => 'status' in each && each.status),
        secrets: JSON.stringify(records).split('S3CRET').length - 1,
        key: idempotencyKey?.length,
      };
    },
  },
  {
    name: 'a quiet success leaves no record',
    expect: 0,
    run: async env => {
      await env.script(200);
      let records = 0;
      await quick({ use: [log(() => records++)] })(env.url);
      return records;
    },
  },
  {
    name: 'a logger that throws touches nothing',
    expect: 200,
    run: async env => {
      await env.script(503, 200);
      const write = () => {
        throw new Error('log');
      };
      return (await quick({ use: [log(write)] })(env.url)).status;
    },
  },
  {
    name: 'a logger that rejects touches nothing',
    expect: 200,
    run: async env => {
      await env.script(503, 200);
      return (await quick({ use: [log(() => Promise.reject(new Error('log')))] })(env.url)).status;
    },
  },
  {
    name: 'an extension stamps a header on each attempt and watches',
    expect: { stamps: ['1', '2'], events: ['attempt', 'retry', 'attempt', 'end'] },
    run: async env => {
      await env.script(503, 200);
      const events: CallEvent['type'][] = [];
      const extension: Extension = {
        name: 'stamp',
        around: ({ headers, number }, send) => {
          headers.set('x-attempt', String(number));
          return send();
        },
        on: event => void events.push(event.type),
      };
      await quick({ use: [extension] })(env.url);
      return { stamps: await headerOfEach(env, 'x-attempt'), events };
    },
  },
  {
    name: 'an extension vetoes a retry',
    expect: { status: 503, requests: 1 },
    run: async env => {
      await env.script(503, 200);
      const { status } = await quick({
        use: [{ name: 'never', verdict: () => ({ kind: 'stop', because: 'vetoed' }) }],
      })(env.url);
      return { status, requests: await env.requests() };
    },
  },
  {
    name: 'an extension refuses a call',
    expect: { message: 'not now', requests: 0 },
    run: async env => {
      await env.script(200);
      const around = () => {
        throw new Error('not now');
      };
      const error = await thrown(() => quick({ use: [{ name: 'refuse', around }] })(env.url));
      return { message: (error as Error).message, requests: await env.requests() };
    },
  },
  {
    name: 'an origin that is down is asked once a call',
    expect: { status: 503, stopped: 'outage', requests: 1 },
    run: async env => {
      await env.script(503);
      const records: LogRecord[] = [];
      const outage = { spanMs: 0, firstMs: 60_000, capMs: 60_000 };
      const fetch = createFetch({ retry: { ...SOON.retry, outage }, ...logTo(records) });
      for (let calls = 0; calls < 5; calls++) await fetch(env.url);
      const before = await env.requests();
      const { status } = await fetch(env.url);
      return { status, stopped: records.at(-1)?.stopped, requests: (await env.requests()) - before };
    },
  },
  {
    name: 'many calls at once on one signal',
    expect: { ok: 12, requests: 24 },
    run: async env => {
      await env.script(...Array.from({ length: 12 }, () => 503), 200);
      const { signal } = new AbortController();
      const fetch = quick({ timeout: 15_000 });
      const answers = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const response = await fetch(env.url, { signal });
          return response.text();
        }),
      );
      return { ok: answers.filter(text => text === 'status 200').length, requests: await env.requests() };
    },
  },
];
