import type { LogRecord } from '../../../src/log/index.ts';
import type { Behaviour, Env } from '../behaviour.ts';
import { logTo, quick } from './support.ts';

/** What the server asked for, and what was made of it. */
const waited = async (env: Env, headers: Record<string, string>, status = 503): Promise<Record<string, unknown>> => {
  await env.script({ status, headers }, 200);
  const records: LogRecord[] = [];
  const begun = Date.now();
  const response = await quick(logTo(records))(env.url);
  const { delayFrom, delayMs = 0 } = records[0] ?? {};
  return { status: response.status, delayFrom, delayMs, tookMs: Date.now() - begun, stopped: records[0]?.stopped };
};

export const retryAfter: readonly Behaviour[] = [
  {
    name: 'Retry-After in seconds is waited for',
    expect: { status: 200, delayFrom: 'server', enough: true },
    run: async env => {
      const { status, delayFrom, delayMs, tookMs } = await waited(env, { 'retry-after': '1' });
      return { status, delayFrom, enough: Number(delayMs) >= 1_000 && Number(tookMs) >= 995 };
    },
  },
  {
    name: 'Retry-After as a date is waited for',
    expect: { status: 200, delayFrom: 'server', enough: true },
    run: async env => {
      const at = Math.ceil(Date.now() / 1_000) * 1_000 + 1_000;
      const { status, delayFrom } = await waited(env, { 'retry-after': new Date(at).toUTCString() });
      return { status, delayFrom, enough: Date.now() >= at - 5 };
    },
  },
  {
    name: 'retry-after-ms is waited for',
    expect: { status: 200, delayFrom: 'server', enough: true },
    run: async env => {
      const { status, delayFrom, tookMs } = await waited(env, { 'retry-after-ms': '120.5' }, 429);
      return { status, delayFrom, enough: Number(tookMs) >= 115 };
    },
  },
  {
    name: 'RateLimit that is used up is waited for',
    expect: { status: 200, delayFrom: 'server' },
    run: async env => {
      const { status, delayFrom } = await waited(env, { ratelimit: '"default";r=0;t=1' }, 429);
      return { status, delayFrom };
    },
  },
  {
    name: 'Retry-After: 86400 ends the call at once',
    expect: { status: 503, stopped: 'retry-after', atOnce: true },
    run: async env => {
      const { status, stopped, tookMs } = await waited(env, { 'retry-after': '86400' });
      return { status, stopped, atOnce: Number(tookMs) < 2_000 };
    },
  },
  {
    name: 'x-should-retry: false is obeyed',
    expect: { status: 503, stopped: 'vetoed' },
    run: async env => {
      const { status, stopped } = await waited(env, { 'x-should-retry': 'false' });
      return { status, stopped };
    },
  },
];
