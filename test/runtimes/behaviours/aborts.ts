import { log } from '../../../src/log/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { nameOf, quick, STALL, thrown } from './support.ts';

/** Waits until somebody aborts. */
const LONG = { retry: { backoff: () => 60_000 } };

export const aborts: readonly Behaviour[] = [
  {
    name: 'aborted before: nothing is sent, the reason comes back',
    expect: { same: true, requests: 0 },
    run: async env => {
      await env.script(200);
      const reason = new Error('changed my mind');
      const error = await thrown(() => quick()(env.url, { signal: AbortSignal.abort(reason) }));
      return { same: error === reason, requests: await env.requests() };
    },
  },
  {
    name: 'aborted in flight: the reason comes back, nothing more is sent',
    expect: { same: true, requests: 1 },
    run: async env => {
      await env.script(STALL, 200);
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      void env.until(1).then(() => controller.abort(reason));
      const error = await thrown(() => quick()(env.url, { signal: controller.signal }));
      return { same: error === reason, requests: await env.requests() };
    },
  },
  {
    name: 'aborted in flight with a timeout running: the same',
    expect: { same: true, requests: 1 },
    run: async env => {
      await env.script(STALL, 200);
      const controller = new AbortController();
      const reason = { any: 'value' };
      void env.until(1).then(() => controller.abort(reason));
      const error = await thrown(() => quick({ timeout: 60_000 })(env.url, { signal: controller.signal }));
      return { same: error === reason, requests: await env.requests() };
    },
  },
  {
    name: 'aborted without a reason: AbortError',
    expect: 'AbortError',
    run: async env => {
      await env.script(STALL);
      const controller = new AbortController();
      void env.until(1).then(() => controller.abort());
      return nameOf(await thrown(() => quick()(env.url, { signal: controller.signal })));
    },
  },
  {
    name: 'aborted in the wait: it ends at once, nothing more is sent',
    expect: { same: true, requests: 1, within: true },
    run: async env => {
      await env.script(503, 200);
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      let abortedAt = 0;
      const abort = () => {
        setTimeout(() => {
          abortedAt = Date.now();
          controller.abort(reason);
        }, 1);
      };
      const error = await thrown(() => quick({ ...LONG, use: [log(abort)] })(env.url, { signal: controller.signal }));
      return { same: error === reason, requests: await env.requests(), within: Date.now() - abortedAt < 1_000 };
    },
  },
  {
    name: 'the signal of a Request aborts, too',
    expect: { same: true, requests: 1 },
    run: async env => {
      await env.script(503, 200);
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      const abort = () => void setTimeout(() => controller.abort(reason), 1);
      const request = new Request(env.url, { signal: controller.signal });
      const error = await thrown(() => quick({ ...LONG, use: [log(abort)] })(request));
      return { same: error === reason, requests: await env.requests() };
    },
  },
  {
    name: 'AbortSignal.timeout() of the caller ends the call with its TimeoutError',
    expect: { name: 'TimeoutError', requests: 1 },
    run: async env => {
      await env.script(STALL, 200);
      const error = await thrown(() => quick()(env.url, { signal: AbortSignal.timeout(100) }));
      return { name: nameOf(error), requests: await env.requests() };
    },
  },
  ...[undefined, 60_000].map(timeout => ({
    name: `aborted while the body is read${timeout ? ' (with a timeout)' : ''}: the reason comes back`,
    expect: { status: 200, same: true },
    run: async (env: Parameters<Behaviour['run']>[0]) => {
      await env.script(503, { gated: true });
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      const response = await quick(timeout ? { timeout } : {})(env.url, { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 1);
      const error = await thrown(() => response.text());
      return { status: response.status, same: error === reason };
    },
  })),
];
