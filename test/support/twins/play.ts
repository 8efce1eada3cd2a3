import ky, { type KyInstance, type Options } from 'ky';
import { type ClientOptions, createClient } from '../../../src/index.ts';
import type { Seen, Step, TestServer } from '../server.ts';

/** A JSON answer. */
export const json = (value: unknown, code = 200, type = 'application/json'): Step => ({
  status: code,
  headers: { 'content-type': type },
  body: JSON.stringify(value),
});

/** A script for ky and for a client alike. */
export interface Twin {
  readonly name: string;
  /** Options of the instance. */
  readonly options?: (origin: string, facts: unknown[]) => Options;
  readonly script?: readonly Step[];
  /** What is done with the instance; what it returns is compared. `facts` is compared too. */
  readonly act: (instance: KyInstance, origin: string, facts: unknown[]) => unknown;
}

const BOUNDARY = /boundary=([^;\s]+)/;

const wire = ({ method, url, headers, body }: Seen) => {
  const boundary = BOUNDARY.exec(headers['content-type'] ?? '')?.[1];
  const plain = (text: string) => (boundary ? text.replaceAll(boundary, 'BOUNDARY') : text);
  const { 'idempotency-key': key, 'content-length': length, ...rest } = headers;
  return {
    method,
    url,
    headers: Object.entries(rest).map(([name, value]) => [name, plain(String(value))]),
    key: key === 'mine' ? key : undefined,
    whole: length === undefined || Number(length) === body.length,
    body: plain(body.toString('latin1')),
  };
};

/** What can be seen of a value that an instance gave. An error is seen as what it is to ky: message and name are ours. */
const plainOf = async (value: unknown): Promise<unknown> => {
  if (value instanceof Response) {
    const { status, url, redirected, type, ok } = value;
    const headers = [...value.headers].filter(([name]) => name !== 'date');
    return { status, url, redirected, type, ok, headers, body: await value.text() };
  }
  if (value instanceof Blob) return { size: value.size, type: value.type, text: await value.text() };
  if (value instanceof FormData) return [...value];
  if (value instanceof ArrayBuffer) return ['buffer', ...new Uint8Array(value)];
  if (Array.isArray(value)) return Promise.all(value.map(plainOf));
  return value;
};

const { HTTPError, NetworkError, TimeoutError, ForceRetryError, KyError, SchemaValidationError } = await import('ky');
const CLASSES = { HTTPError, NetworkError, TimeoutError, ForceRetryError, KyError, SchemaValidationError, TypeError };

const errorOf = (error: unknown): unknown => {
  if (!(error instanceof Error)) return { thrown: error };
  const is = Object.entries(CLASSES).flatMap(([name, type]) => (error instanceof type ? [name] : []));
  const { response, data, cause, request, issues } = error as unknown as Record<string, unknown>;
  return {
    is,
    message:
      error instanceof HTTPError || error instanceof NetworkError || error instanceof TimeoutError ? '' : error.message,
    status: (response as Response | undefined)?.status,
    url: (request as Request | undefined)?.url,
    method: (request as Request | undefined)?.method,
    data,
    issues,
    cause: (cause as Error | undefined)?.message,
  };
};

const play = async (make: (options: Options) => KyInstance, server: TestServer, twin: Twin) => {
  server.script(...(twin.script ?? []));
  const facts: unknown[] = [];
  let outcome: unknown;
  try {
    outcome = {
      value: await plainOf(await twin.act(make(twin.options?.(server.origin, facts) ?? {}), server.origin, facts)),
    };
  } catch (error) {
    outcome = { error: errorOf(error) };
  }
  return { outcome, facts, seen: server.seen.map(wire) };
};

/** What ky calls `delay` is a client's `backoff`. */
const migrated = ({ retry, ...options }: Options): ClientOptions => {
  const { delay, ...rest } = Object(retry) as { delay?: (attempt: number) => number };
  return {
    ...options,
    ...(retry !== undefined && { retry: typeof retry === 'object' ? rest : retry }),
    ...(delay && { retry: { ...rest, backoff: ({ attempt }) => delay(attempt) } }),
  };
};

/** Through ky, then through a client, with the same options. */
export const playBoth = async (server: TestServer, twin: Twin) => ({
  ky: await play(options => ky.create(options), server, twin),
  ours: await play(options => createClient(migrated(options)) as unknown as KyInstance, server, twin),
});
