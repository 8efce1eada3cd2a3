import { createClient, createFetch, type FetchOptions, type LogRecord } from '../../src/index.ts';
import type { Log } from '../../src/log/index.ts';
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
} satisfies Record<string, Step[]>;

const options = (log: Log): FetchOptions => ({
  service: 'docs',
  log,
  redact: { query: ['page'], headers: ['x-region'] },
  retry: { limit: 2, backoff: () => 1 },
});

/** Makes every call, through both doors, with this log. */
export const callAll = async (server: TestServer, log: Log): Promise<void> => {
  const url = `${server.origin}/things?page=2&token=s3cret`;
  for (const [name, steps] of Object.entries(CALLS)) {
    const timeout = name === 'timeout' ? { timeout: 50, retry: 0 } : {};
    const init = { method: 'POST', body: 'x', headers: { 'idempotency-key': 'key_12345678' } };
    server.script(...steps);
    await createFetch({ ...options(log), ...timeout })(url, init).catch(() => {});
    server.script(...steps);
    await createClient({ ...options(log), ...timeout })(url, init).then(
      () => {},
      () => {},
    );
  }
};

/** The records of all these calls. */
export const collect = async (server: TestServer): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  await callAll(server, record => void records.push(record));
  return records;
};

/** What may stand on no line of a log: line breaks, escape codes, and what turns or hides text. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** A log beside another one: both get the same records. */
export const both =
  (one: Log, other: Log): Log =>
  record => {
    one(record);
    other(record);
  };
