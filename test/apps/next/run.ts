import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, clean, install, start } from './next.ts';
import { type Server, serve } from './server.ts';

// Within a render, Next answers equal GETs and HEADs out of its memory: what is retried must reach the network all the
// same. `node test/apps/next/run.ts`, once the package is built; or with the root of another copy of it.

const LIMIT_MS = 30_000;
const root = process.argv[2] ?? fileURLToPath(new URL('../../../', import.meta.url));

interface Render {
  /** The page, and the path that it asks the server for. */
  readonly page: string;
  readonly what: string;
  /** What the server answers, in order. */
  readonly script: readonly number[];
  readonly shows: string;
  readonly arrivals: number;
}

const retried = (page: string, what: string, script = [503, 200]): Render => ({
  page,
  what: `${what}: ${script.join(', ')}`,
  script,
  shows: '200',
  arrivals: script.length,
});
const again = (page: string, what: string): Render => ({
  ...retried(page, what),
  what: `${what}, in a later render: the answer is in Next's data cache`,
  arrivals: 0,
});
const refused = (page: string, what: string, shows: string): Render => ({
  page,
  what: `${what}: 404`,
  script: [404],
  shows,
  arrivals: 1,
});

const RENDERS: readonly Render[] = [
  retried('fetch', 'fetch(url)'),
  retried('create-fetch', 'createFetch()(url)', [503, 503, 200]),
  retried('create-fetch-timeout', 'createFetch({ timeout })(url)', [503, 503, 200]),
  retried('create-fetch-next', 'createFetch({ next: { revalidate } })(url)'),
  again('create-fetch-next', 'createFetch({ next: { revalidate } })(url)'),
  retried('init-next', 'createFetch()(url, { next: { revalidate } })'),
  again('init-next', 'createFetch()(url, { next: { revalidate } })'),
  retried('init-next-timeout', 'createFetch({ timeout })(url, { next: { revalidate } })'),
  again('init-next-timeout', 'createFetch({ timeout })(url, { next: { revalidate } })'),
  retried('request', 'createFetch()(new Request(url))', [503, 503, 200]),
  retried('request-timeout', 'createFetch({ timeout })(new Request(url))', [503, 503, 200]),
  retried('request-next', 'createFetch()(new Request(url), { next: { revalidate } })'),
  again('request-next', 'createFetch()(new Request(url), { next: { revalidate } })'),
  retried('head', "createFetch()(url, { method: 'HEAD' })", [503, 503, 200]),
  retried('client', 'createClient().get(url).json()', [503, 503, 200]),
  retried('client-next', 'createClient().get(url, { next: { revalidate } }).json()'),
  again('client-next', 'createClient().get(url, { next: { revalidate } }).json()'),
  retried('client-timeless', 'createClient() without timeouts .get(url).json()', [503, 503, 200]),
  retried('client-timeless-next', 'createClient() without timeouts .get(url, { next: { revalidate } }).json()'),
  again('client-timeless-next', 'createClient() without timeouts .get(url, { next: { revalidate } }).json()'),
  retried('client-head', 'createClient() without timeouts .head(url)'),
  refused('create-fetch-404', 'createFetch()(url)', '404'),
  refused('client-404', 'createClient().get(url)', 'not_found'),
];

let passed = 0;
let failed = 0;

const check = (what: string, got: unknown, expected: unknown): void => {
  const isRight = got === expected;
  if (isRight) passed++;
  else failed++;
  console.log(isRight ? `ok  ${what}` : `FAIL ${what}: expected ${expected}, got ${got}`);
};

const ask = async (url: string, method = 'GET'): Promise<string> => {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(LIMIT_MS) });
  return response.text();
};

const shownBy = async (app: string, page: string): Promise<string> => {
  const html = await ask(`${app}/${page}`);
  return /<output>(.*?)<\/output>/.exec(html)?.[1] ?? 'nothing';
};

const checkRender = async (app: string, server: Server, { page, what, shows, arrivals }: Render): Promise<void> => {
  const story = (count: number, shown: string): string => `${count} arrived and ${shown} shown`;
  const before = server.arrived(`/${page}`).length;
  const shown = await shownBy(app, page);
  check(what, story(server.arrived(`/${page}`).length - before, shown), story(arrivals, shows));
};

/** What is not retried is still remembered, as often as it is without us. */
const checkMemory = async (app: string, server: Server, page: string, what: string): Promise<void> => {
  check(`two equal GETs ${what}: 200 shown`, await shownBy(app, page), '200');
  const bare = server.arrived(`/${page}/bare`).length;
  check(`two equal GETs ${what}: one of bare fetch's arrives`, bare, 1);
  check(`two equal GETs ${what}: as many of ours`, server.arrived(`/${page}/drop-in`).length, bare);
};

const checkPosts = async (app: string, server: Server): Promise<void> => {
  check('POST in a route handler: answered', await ask(`${app}/api/post`, 'POST'), '200 200');
  for (const door of ['drop-in', 'client']) {
    const arrived = server.arrived(`/post/${door}`);
    const bodies = new Set(arrived.map(({ body }) => body));
    const keys = new Set(arrived.map(({ key }) => key ?? 'none'));
    check(`POST in a route handler, ${door}: 503, 503, 200`, arrived.length, 3);
    check(`POST in a route handler, ${door}: the same body`, [...bodies].join(), '{"name":"a"}');
    check(`POST in a route handler, ${door}: the same key`, keys.size === 1 && !keys.has('none'), true);
  }
};

const scripts = new Map(RENDERS.map(({ page, script }) => [`/${page}`, script]));
for (const door of ['drop-in', 'client']) scripts.set(`/post/${door}`, [503, 503, 200]);

const folder = await mkdtemp(join(tmpdir(), 'holdfast-next-'));
const server = await serve(scripts);
try {
  await install(root, folder);
  await build();
  const app = await start(server.origin);
  try {
    for (const render of RENDERS) await checkRender(app.origin, server, render);
    await checkMemory(app.origin, server, 'in-turn', 'one after the other');
    await checkMemory(app.origin, server, 'at-once', 'at once');
    await checkPosts(app.origin, server);
  } finally {
    await app.stop();
  }
} finally {
  server.close();
  await clean();
  await rm(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
