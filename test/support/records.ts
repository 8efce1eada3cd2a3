import { recorder } from '../../src/extensions/testing.ts';
import { type CallEvent, createClient, createFetch, type Extension, type FetchOptions } from '../../src/index.ts';
import { type LogOptions, type LogRecord, log } from '../../src/log/index.ts';
import { RESET, STALL, type Step, status, type TestServer } from './server.ts';

/** A message, a code and an id that try to break a line, colour a terminal and fill a placeholder. */
const HOSTILE: Step = {
  status: 422,
  headers: { 'content-type': 'application/json', 'x-request-id': 'req_{method}%s' },
  body: JSON.stringify({ message: 'no\n[ERROR] forged', error_code: 'bad\r\n\u001b[31m{url} %d \u2028' }),
};

/** One real call a name, and what it makes of a server that plays these steps. */
const CALLS = {
  recovered: [status(503), status(200)],
  throttled: [status(429, { 'retry-after-ms': '5', 'x-request-id': 'req_1' }), status(200)],
  exhausted: [status(503, { 'x-request-id': 'req_2' })],
  refused: [status(404, { 'x-region': 'north' })],
  reset: [RESET],
  timeout: [STALL],
  hostile: [HOSTILE],
  read: [status(404)],
} satisfies Record<string, Step[]>;

/** What the logs of these calls are told. */
export const OPTIONS: LogOptions = { redact: { query: ['page'], headers: ['x-region'] } };

/** Makes every call, through both doors, with these extensions. */
export const callAll = async (server: TestServer, ...use: readonly Extension[]): Promise<void> => {
  const url = `${server.origin}/things?page=2&token=s3cret`;
  for (const [name, steps] of Object.entries(CALLS)) {
    const options: FetchOptions = {
      service: 'docs',
      use,
      retry: { limit: name === 'timeout' ? 0 : 2, backoff: () => 1 },
      timeout: name === 'timeout' && 50,
    };
    const init = name === 'read' ? {} : { method: 'POST', body: 'x', headers: { 'idempotency-key': 'key_12345678' } };
    for (const door of [createFetch(options), createClient(options)]) {
      server.script(...steps);
      await Promise.resolve(door(url, init)).catch(() => {});
    }
  }
};

/** All that happens to these calls. */
export const collectEvents = async (server: TestServer): Promise<readonly CallEvent[]> => {
  const seen = recorder();
  await callAll(server, seen);
  return seen.events;
};

/** The records of all these calls. */
export const collect = async (server: TestServer): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  await callAll(
    server,
    log(record => void records.push(record), OPTIONS),
  );
  return records;
};

/** What may stand on no line of a log: line breaks, escape codes, and what turns or hides text. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
