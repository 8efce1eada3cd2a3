import { createClient, isApiError } from '../../../src/index.ts';
import type { LogRecord } from '../../../src/log/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { fate, headerOfEach, logTo, quick, RESET, SOON, thrown, UUID_V4 } from './support.ts';

const POST = { method: 'POST', body: 'a simple request' };
const KEY = 'idempotency-key';

const keyed = (values: readonly (string | undefined)[]): boolean[] => values.map(value => UUID_V4.test(value ?? ''));

/** What changes where the answer comes from another origin than the page: in browsers only. */
export const crossOrigin: readonly Behaviour[] = [
  {
    name: 'a write to another origin carries a key',
    expect: { status: 200, keyed: [true, true], preflights: 0 },
    run: async env => {
      await env.scriptWithCors('simple', 503, 200);
      const { status } = await quick()(env.otherUrl, POST);
      return { status, keyed: keyed(await headerOfEach(env, KEY)), preflights: await env.preflights() };
    },
  },
  {
    name: 'a write to another origin, with idempotency given',
    expect: { status: 200, keyed: [true, true], asked: false },
    run: async env => {
      await env.script(503, 200);
      const { status } = await quick({ idempotency: {} })(env.otherUrl, POST);
      return { status, keyed: keyed(await headerOfEach(env, KEY)), asked: (await env.preflights()) > 0 };
    },
  },
  {
    name: 'a client’s write to another origin always carries a key',
    expect: { status: 200, keyed: [true, true], asked: false },
    run: async env => {
      await env.script(503, 200);
      const { status } = await createClient(SOON).post(env.otherUrl, { body: 'a simple request' });
      return { status, keyed: keyed(await headerOfEach(env, KEY)), asked: (await env.preflights()) > 0 };
    },
  },
  {
    name: 'a keyed write to a server that allows no such header',
    expect: { status: 200 },
    run: async env => {
      await env.scriptWithCors('simple', 200);
      return fate(env.otherUrl, POST, { idempotency: {} });
    },
  },
  {
    name: 'Retry-After of another origin that does not expose it',
    expect: { status: 200, delayFrom: 'server' },
    run: async env => {
      await env.scriptWithCors('simple', { status: 503, headers: { 'retry-after': '1' } }, 200);
      const records: LogRecord[] = [];
      const { status } = await quick(logTo(records))(env.otherUrl);
      return { status, delayFrom: records[0]?.delayFrom };
    },
  },
  {
    name: 'the request id of another origin that does not expose it',
    expect: 'req_1',
    run: async env => {
      await env.scriptWithCors('simple', { status: 404, headers: { 'x-request-id': 'req_1' } });
      const error = await thrown(() => createClient(SOON).get(env.otherUrl));
      return isApiError(error, 'not_found') ? (error.requestId ?? null) : 'another error';
    },
  },
  {
    name: 'a server without CORS',
    expect: { fate: { status: 200 }, requests: 1 },
    run: async env => {
      await env.scriptWithCors('none', 200);
      return { fate: await fate(env.otherUrl), requests: await env.requests() };
    },
  },
  {
    name: 'a read from another origin is simple',
    expect: { status: 200, preflights: 0 },
    run: async env => {
      await env.scriptWithCors('simple', 503, 200);
      const { status } = await quick()(env.otherUrl);
      return { status, preflights: await env.preflights() };
    },
  },
  {
    name: 'mode: no-cors gives an answer that can be read',
    expect: { status: 200, requests: 1 },
    run: async env => {
      await env.scriptWithCors('none', 200);
      const { status } = await quick()(env.otherUrl, { mode: 'no-cors' });
      return { status, requests: await env.requests() };
    },
  },
  {
    name: 'mode: no-cors takes no key along, so that a write is not repeated',
    expect: { fate: { class: 'network-error', attempts: 1, delivery: 'unknown' }, keyed: [false] },
    run: async env => {
      await env.script(RESET, 200);
      const result = await fate(env.url, { ...POST, mode: 'no-cors' });
      return { fate: result, keyed: keyed(await headerOfEach(env, KEY)) };
    },
  },
  {
    name: 'a referrer policy of a Request holds on every attempt',
    expect: [null, null],
    run: async env => {
      await env.script(503, 200);
      const request = new Request(env.url, { method: 'POST', body: 'x', referrerPolicy: 'no-referrer' });
      await quick()(request);
      return headerOfEach(env, 'referer');
    },
  },
];
