import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, createFetch, isApiError, toApiError } from '../src/index.ts';
import { logbook } from './support/logbook.ts';
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
  echo: fc.constantFrom('nothing', 'path', 'query', 'headers', 'cookies', 'body'),
  where: fc.constantFrom('message', 'code', 'type', 'param', 'request_id', 'text', 'html', 'statusText', 'header', 'member'),
  form: fc.constantFrom('plain', 'percent', 'JSON'),
  from: fc.nat(),
  length: fc.nat(),
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

/** Our request, said back. Names of headers are no secret, unless they are made one. */
const echoOf = (
  { echo, form, from, length }: Situation,
  input: string | URL | Request,
  init: RequestInit | undefined,
  secrets: Secrets,
): string => {
  const { url, headers } =
    input instanceof Request ? input : { url: String(input), headers: new Headers(init?.headers) };
  const { href, pathname, search } = new URL(url);
  const sent = [...new Headers(init?.headers ?? headers)].filter(
    ([name]) => !name.includes(secrets.headerName.toLowerCase()),
  );
  const said = {
    nothing: '',
    path: `Route GET:${pathname}${search} not found on ${href.replace(/#.*/, '')}`,
    query: JSON.stringify(Object.fromEntries(new URLSearchParams(search))),
    headers: sent.map(([name, value]) => `${name}: ${value}`).join('\r\n'),
    cookies: new Headers(sent).get('cookie') ?? '',
    body: secrets.body,
  }[echo];
  const formed = form === 'plain' ? said : form === 'percent' ? encodeURIComponent(said) : JSON.stringify(said);
  // Any run of eight characters or more, from the whole to one of eight.
  const at = from % 3 === 0 ? 0 : from % Math.max(1, formed.length - 7);
  return formed.slice(at, from % 3 === 0 ? undefined : at + 8 + (length % Math.max(1, formed.length)));
};

/** An answer that says it where it is read. What was sent as a body is said back beside what is said of it. */
const echoing = (status: number, where: Situation['where'], said: string): Response => {
  const json = (body: object, headers = {}) => Response.json(body, { status, headers });
  const oneLine = said.replace(/[^ -~]/g, ' ');
  if (where === 'text') return new Response(said, { status });
  if (where === 'html')
    return new Response(`<title>${said}</title>`, { status, headers: { 'content-type': 'text/html' } });
  if (where === 'statusText') return new Response('', { status, statusText: oneLine });
  if (where === 'header')
    return new Response('', { status, headers: { 'x-request-id': oneLine, 'x-amzn-errortype': oneLine } });
  if (where === 'member') return json({ message: 'No', received: said, headers: { said } });
  return json({ error: { [where]: said } });
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
const play = async (given: Situation, secrets: Secrets) => {
  const { door, outcome, method, before, body, shape, slashes, echo, where } = given;
  const { log, records } = logbook();
  const { query, bare, repeated, fragment } = secrets;
  const search = `?token=${before}${query}&a=1&a=${before}${repeated}&a%5B%5D=${repeated}&${bare}&x=y=${query}#${before}${fragment}`;
  // No Request is made of a URL with userinfo, so only what is handed on as it came can hold one.
  const url = door === 'client' ? `http://docs.test/things${search}` : `http:${slashes}user:${secrets.userinfo}@docs.test/things${search}`;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (outcome === 'timeout') return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const target = input instanceof Request ? input.url : new URL(String(input)).href;
    if (typeof outcome === 'string') throw failureOf(outcome, `${target}&address=${secrets.address}`, secrets);
    if (echo !== 'nothing') return echoing(outcome, echo === 'body' ? 'member' : where, echoOf(given, input, init, secrets));
    const [text, type] = answerBody(shape, secrets);
    return new Response(text, {
      status: outcome,
      headers: { 'content-type': type, 'set-cookie': `sid=${secrets.setCookie}`, 'x-internal': secrets.answerHeader, 'x-request-id': 'req_1' },
    });
  };
  const options = {
    fetch,
    use: [log],
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
  // Of a call that went well nothing is kept: whoever reads an error out of its answer says what was sent.
  const sent = outcome === 200 ? { request: { method, url, headers: new Headers(init.headers) } as Request } : {};
  const error = door === 'fetch' ? await toApiError(result, sent) : result;
  return { error: isApiError(error) ? error : undefined, records };
}; // biome-ignore format: one place a line

/** Every secret of which a sink shows eight characters in a row, as `place in sink`. */
const leaks = (value: object, secrets: Secrets): string[] =>
  Object.entries(printAll(value)).flatMap(([sink, text]) => {
    const shown = text.toLowerCase();
    const isShown = (secret: string): boolean =>
      Array.from(secret.slice(7), (_, at) => secret.slice(at, at + 8).toLowerCase()).some(run => shown.includes(run));
    return PLACES.filter(place => isShown(secrets[place])).map(place => `${place} in ${sink}`);
  });

describe('no secret is ever printed', () => {
  it('of any request, any answer and any failure, by anything', { timeout: 60_000 }, async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(situation, async given => {
        const secrets = Object.fromEntries(
          PLACES.map((place, index) => [
            place,
            `${index}s${given.seed.toString(36)}zq${index}`.padEnd(14, String.fromCharCode(97 + index)),
          ]),
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
