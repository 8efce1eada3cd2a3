import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, createFetch, isApiError, type LogRecord, toApiError } from '../src/index.ts';
import { openSinks, printAll } from './support/sinks.ts';

let closeSinks: () => void;
beforeAll(() => {
  closeSinks = openSinks();
});
afterAll(() => closeSinks());

/** Where a request and its answer can hold a secret. */
const PLACES = [
  'userinfo', 'query', 'bare', 'repeated', 'fragment', 'authorization', 'cookie', 'apiKey', 'headerName', 'key', 'body', 'setCookie', 'answerHeader',
  'answerBody', 'answerNested', 'address', 'causeData',
] as const; // biome-ignore format: a list
type Secrets = Record<(typeof PLACES)[number], string>;

const situation = fc.record({
  seed: fc.nat(),
  door: fc.constantFrom('client', 'fetch'),
  outcome: fc.constantFrom(200, 400, 401, 404, 409, 429, 500, 503, 'deno', 'bun', 'node', 'several', 'timeout'),
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  // What a secret in a URL may stand behind.
  before: fc.constantFrom('', '(', ')', "'", ';', ',', '/', '?', '=', '%20', '%26', '%3D', '%', '+', ':', '@', '[', '|', '~', 'http://x.test/?', 'ü'),
  body: fc.constantFrom('text', 'json', 'form', 'multipart'),
  shape: fc.constantFrom('flat', 'envelope', 'list', 'problem', 'oauth', 'text', 'malformed', 'html'),
  slashes: fc.constantFrom('//', '//', '/', '', '///', '\\\\', '/\n/'),
}); // biome-ignore format: a table
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

const bodyOf = (kind: Situation['body'], secret: string): BodyInit => {
  if (kind === 'json') return JSON.stringify({ password: secret });
  const form = kind === 'form' ? new URLSearchParams() : new FormData();
  form.append('password', secret);
  return kind === 'text' ? secret : form;
};

/** An error body with secrets in every member but those that are the server's own words. */
const answerBody = (
  shape: Situation['shape'],
  { answerBody: outer, answerNested: inner }: Secrets,
): [string, type: string] => {
  const rest = { debug: outer, input: { card: inner }, [outer]: inner, list: [inner], __proto__: { secret: inner } };
  const bodies = {
    flat: { message: 'No', error_code: 'X', ...rest },
    envelope: { error: { message: 'No', code: 'X', ...rest }, ...rest },
    list: { errors: [{ message: 'No', code: 'X', ...rest }, { message: outer }], ...rest },
    problem: { title: 'No', detail: 'Really', instance: outer, ...rest },
    oauth: { error: 'invalid_grant', error_description: 'No', ...rest },
  };
  if (shape === 'html')
    return [`<html><head><title>No</title><style>${outer}</style></head><body>${inner}</body></html>`, 'text/html'];
  if (shape === 'malformed') return [JSON.stringify(bodies.flat).slice(0, -1), 'application/json'];
  if (shape === 'text') return [JSON.stringify(bodies.flat), 'text/plain'];
  return [JSON.stringify(bodies[shape]), 'application/json'];
};

/** What runtimes reject with, the URL in their words. */
const failureOf = (outcome: string, url: string, { causeData }: Secrets): Error => {
  const raw = {
    data: causeData,
    socket: { headers: causeData },
    path: url,
    request: { url },
    headers: { authorization: causeData },
  };
  if (outcome === 'deno')
    return new TypeError(`error sending request for url (${url}): client error (SendRequest): reset`);
  if (outcome === 'bun')
    return Object.assign(new Error(`The socket was closed by ${url}`), { code: 'ECONNRESET', ...raw });
  const cause = Object.assign(
    new Error(`read ECONNRESET "${url}", GET ${new URL(url).pathname}${new URL(url).search}`),
    { code: 'ECONNRESET', ...raw },
  );
  if (outcome === 'node') return new TypeError('fetch failed', { cause });
  return new TypeError('fetch failed', { cause: new AggregateError([cause, new Error(url, { cause })], url) });
};

/** Plants, calls, and gives back the error and the records. */
const play = async ({ door, outcome, method, before, body, shape, slashes }: Situation, secrets: Secrets) => {
  const records: LogRecord[] = [];
  const { query, bare, repeated, fragment } = secrets;
  const search = `?token=${before}${query}&a=1&a=${before}${repeated}&a%5B%5D=${repeated}&${bare}&x=y=${query}#${before}${fragment}`;
  // No Request is made of a URL with userinfo, so only what is handed on as it came can hold one.
  const url = door === 'client' ? `http://docs.test/things${search}` : `http:${slashes}user:${secrets.userinfo}@docs.test/things${search}`;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (outcome === 'timeout') return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const target = input instanceof Request ? input.url : new URL(String(input)).href;
    if (typeof outcome === 'string') throw failureOf(outcome, `${target}&address=${secrets.address}`, secrets);
    const [text, type] = answerBody(shape, secrets);
    return new Response(text, {
      status: outcome,
      headers: { 'content-type': type, 'set-cookie': `sid=${secrets.setCookie}`, 'x-internal': secrets.answerHeader, 'x-request-id': 'req_1' },
    });
  };
  const options = {
    fetch,
    log: (record: LogRecord) => void records.push(record),
    retry: { limit: 1, backoff: () => 0 },
    timeout: outcome === 'timeout' ? 1 : (false as const),
  };
  const init: RequestInit = {
    method,
    headers: {
      authorization: `Bearer ${secrets.authorization}`,
      cookie: `sid=${secrets.cookie}`,
      'x-api-key': secrets.apiKey,
      [`x-${secrets.headerName}`]: '1',
      'idempotency-key': secrets.key,
    },
    ...(method !== 'GET' && { body: bodyOf(body, secrets.body) }),
  };
  const result: unknown = await (door === 'client' ? createClient(options)(url, init as { method: string }) : createFetch(options)(url, init)).catch((error: unknown) => error);
  const error = result instanceof Response ? await toApiError(result, door === 'client' ? new Request(url, init) : undefined) : result;
  return { error: isApiError(error) ? error : undefined, records };
}; // biome-ignore format: one place a line

/** Every secret that a sink shows, as `place in sink`. */
const leaks = (value: object, secrets: Secrets): string[] =>
  Object.entries(printAll(value)).flatMap(([sink, text]) =>
    PLACES.filter(place => text.toLowerCase().includes(secrets[place].toLowerCase())).map(
      place => `${place} in ${sink}`,
    ),
  );

describe('no secret is ever printed', () => {
  it('of any request, any answer and any failure, by anything', { timeout: 60_000 }, async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(situation, async given => {
        const secrets = Object.fromEntries(
          PLACES.map((place, index) => [place, `${index}s${given.seed.toString(36)}zq${index}`.padEnd(14, 'w')]),
        ) as Secrets;
        const { error, records } = await play(given, secrets);
        if (error) met.add(error.kind);
        for (const { event } of records) met.add(event);
        for (const value of [error, ...records]) expect(value ? leaks(value, secrets) : []).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
    // It must have met what it is about.
    expect([...met]).toEqual(
      expect.arrayContaining([
        'invalid_request',
        'authentication',
        'not_found',
        'conflict',
        'rate_limit',
        'server',
        'network',
        'timeout',
        'retry',
        'failed',
      ]),
    );
  });
});
