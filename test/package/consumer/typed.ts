/** What users write, compiled against the packed package: every entry, strictly, with declarations of what is exported. */
import {
  type Backoff,
  type ClientError,
  type ClientOptions,
  classify,
  createClient,
  createFetch,
  DEFAULTS,
  decorrelated,
  defineErrorFormat,
  type Extension,
  exponential,
  type FetchOptions,
  fetch,
  isApiError,
  RateLimitError,
  toApiError,
} from 'holdfast';
import { type CircuitBreakerOptions, CircuitOpenError, circuitBreaker } from 'holdfast/circuit-breaker';
import { diagnostics } from 'holdfast/diagnostics';
import {
  consoleLog,
  type LogRecord,
  log,
  logTapeLog,
  openTelemetryLog,
  pinoLog,
  type RedactOptions,
  winstonLog,
} from 'holdfast/log';
import { openTelemetry } from 'holdfast/opentelemetry';
import {
  CoolDownError,
  coolDown,
  RateLimitQueueError,
  rateLimit,
  redisStore,
  type TurnStore,
} from 'holdfast/rate-limit';
import { flaky, instantly, recorder } from 'holdfast/testing';

// The drop-in is the platform's fetch, in both directions.
const platform: typeof globalThis.fetch = fetch;
export const custom: typeof globalThis.fetch = createFetch({
  service: 'docs',
  fetch: platform,
  retry: { limit: 3, backoff: exponential({ baseMs: 100, jitter: decorrelated }), outage: false, classify },
  idempotency: { methods: ['POST'], generate: ({ url }) => encodeURIComponent(url) },
  timeout: 1_000,
  totalTimeout: false,
  use: [log(record => console.log(record.url), { redact: { query: ['page'], mask: '…' } })],
  dispatcher: {},
});
export const answer = async (): Promise<Response> =>
  custom(new URL('https://api.example.com/'), { method: 'POST', body: '{}' });
export const defaults: FetchOptions = { retry: DEFAULTS.retry, idempotency: DEFAULTS.idempotency };

// Extensions, and options that may be undefined.
const stamp: Extension = {
  name: 'stamp',
  around: async ({ headers, number, remainingMs, runtime }, send) => {
    headers.set('x-attempt', `${number}`);
    if (remainingMs > 1_000) await runtime.sleep(1);
    return send();
  },
  verdict: (verdict, { call }, { classification }) =>
    call.attempts > 3 || classification === 'throttled' ? { kind: 'stop', because: 'vetoed' } : verdict,
  on: event => {
    if (event.type === 'retry') console.log(event.verdict.delayFrom);
    else if (event.type === 'end') console.log(event.stopped, event.delivery, event.call.history.at(-1)?.kind);
  },
};
const backoff: Backoff | undefined = ({ attempt, previousMs = 1 }) => attempt * previousMs;
const seen = recorder();

// Limits that are shared, through a Redis client of the user's own or any other store.
export const shared = redisStore({ eval: async () => 0 });
export const turns: TurnStore = { reserve: async (_, { gapMs }) => ({ waitMs: gapMs, taken: true }) };
const circuit: CircuitBreakerOptions = { cooldownMs: 500, onState: (state, key) => console.log(key, state) };
const redact: RedactOptions = { query: ['page'] };

// The client takes every option of ky besides, and types the codes of its errors.
const docsErrors = defineErrorFormat({
  name: 'docs',
  codes: ['parameter_missing', 'quota_exceeded'],
  terminal: ['quota_exceeded'],
  parse: (data, { status }) => (status === 418 ? { message: String(data) } : undefined),
});
export const docs = createClient({
  ...instantly(),
  service: 'docs',
  baseUrl: 'https://api.docs.example/v1/',
  headers: { authorization: 'Bearer key' },
  searchParams: { page: 1 },
  hooks: { beforeRequest: [({ request }) => request.headers.set('x-a', '1')] },
  retry: { limit: 2, backoff, outage: { spanMs: 500 } },
  use: [
    log((record: LogRecord) => console.log(record.level, record.event, record.stopped), { redact }),
    stamp,
    seen,
    rateLimit({ limit: 10, intervalMs: 1_000, store: shared }),
    coolDown({ store: shared }),
    circuitBreaker(circuit),
    diagnostics(),
  ],
  errors: [docsErrors],
});
export const child = docs.extend(parent => ({ timeout: 5_000, prefix: `${parent.prefix}/v2` }));
export const thing = (): Promise<{ id: string }> =>
  docs.post('things', { json: { name: 'a' }, retry: 0 }).json<{ id: string }>();
export const options: ClientOptions = { retry: undefined, timeout: false, throwHttpErrors: status => status > 499 };

// Errors narrow by kind, and their codes are the formats'.
type DocsCode = 'parameter_missing' | 'quota_exceeded' | undefined;
export const tell = (error: unknown): string => {
  if (error instanceof RateLimitQueueError) return `${error.waitMs} ms`;
  if (error instanceof RateLimitError) return `${error.status} ${error.retryAt?.toISOString()}`;
  if (error instanceof CoolDownError || error instanceof CircuitOpenError) return error.retryAt.toISOString();
  if (isApiError(error, 'network')) return error.delivery ?? 'a read';
  if (!docs.isError(error)) return 'not ours';
  switch (error.kind) {
    case 'network':
    case 'timeout':
      return `${error.attempts} ${error.stopped}`;
    case 'invalid_request': {
      const code: DocsCode = error.code;
      return `${code} ${error.param} ${error.requestId}`;
    }
    default:
      return `${error.status} ${error.type} ${error.response.status}`;
  }
};
export const made = async (response: Response): Promise<ClientError> =>
  toApiError(response, { service: 'docs', errors: [docsErrors] });
export const typed = async (reason: TypeError): Promise<Error> => toApiError(reason, { service: 'docs' });

// Loggers and OpenTelemetry are the user's own: what fits their shape will do.
const level = (fields: object, message: string): void => console.log(message, fields);
const words = (message: string, properties: Record<string, unknown>): void => level(properties, message);
export const logs = [
  consoleLog({ json: true }),
  pinoLog({ info: level, warn: level, error: level }),
  logTapeLog({ info: words, warn: words, error: words }),
  winstonLog({ log: entry => console.log(entry.level, entry.message) }),
  openTelemetryLog({ emit: record => console.log(record.severityNumber) }),
].map(extension => createFetch({ use: [extension] }));
export const measured = openTelemetry({
  meter: { createCounter: () => ({ add: () => {} }), createHistogram: () => ({ record: () => {} }) },
});
export const script = flaky(503, 'network-error', () => new Response('{}'));

// @ts-expect-error: a terminal code is one of the codes
defineErrorFormat({ name: 'docs', codes: ['a'], terminal: ['b'] });
// @ts-expect-error: a log is an extension
createFetch({ log: consoleLog() });
// @ts-expect-error: a limit is a number
createFetch({ retry: { limit: '3' } });
// @ts-expect-error: an extension has a name
createClient({ use: [{ on: () => {} }] });
// @ts-expect-error: an interval is missing
rateLimit({ limit: 1 });
