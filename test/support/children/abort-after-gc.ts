/** `node --expose-gc`: what an abort does after a collection. Prints the names of the cases in which it was lost. */
import { setImmediate as turn } from 'node:timers/promises';
import { type ClientOptions, createClient } from '../../../src/index.ts';
import { type Step, serve, status } from '../server.ts';

const BODY = { status: 200, body: 'part', ending: 'stall' } as const;
const { signal: forever } = new AbortController();
const STALL = { ending: 'stall' } as const;
const server = await serve();
const api = createClient({ retry: { backoff: () => 0 }, timeout: false, totalTimeout: false });

const read = async (response: Response) => {
  const reader = response.body!.getReader();
  await reader.read();
  return { rest: reader.read() };
};

/** Starts a call, and gives what must reject once the signal aborts. */
type Start = (signal: AbortSignal) => Promise<{ rest: Promise<unknown> }>;
const reading =
  (options: ClientOptions): Start =>
  async signal =>
    read(await api.post(server.origin, { ...options, signal }));
const flying: Start = async signal => {
  const rest = api.post(server.origin, { signal });
  rest.catch(() => {});
  await server.arrived(2);
  return { rest };
};
const CASES: Record<string, [Start, ...Step[]]> = {
  'reading the body': [reading({}), BODY],
  'reading the body of a third attempt': [reading({ json: { a: 1 } }), status(503), status(503), BODY],
  'reading with an afterResponse hook': [reading({ hooks: { afterResponse: [() => {}] } }), BODY],
  'reading with onDownloadProgress': [reading({ onDownloadProgress: () => {} }), BODY],
  'reading where nothing is repeated': [reading({ retry: 0 }), BODY],
  "a Request's own signal": [async signal => read(await api(new Request(server.origin, { signal }))), BODY],
  "a client's signal beside the call's": [
    async signal => read(await api.extend({ signal: forever }).post(server.origin, { signal })),
    BODY,
  ],
  'a signal of a request that a hook put in its place': [
    async signal => {
      const replace = () => new Request(server.origin, { method: 'POST', body: 'y', signal });
      return read(await api.post(server.origin, { hooks: { beforeRequest: [replace] } }));
    },
    BODY,
  ],
  'a second attempt in flight': [flying, status(503), STALL],
  '.text()': [
    async signal => {
      const rest = api(server.origin, { signal }).text();
      await server.arrived(1);
      return { rest };
    },
    BODY,
  ],
};

const lost: string[] = [];
for (const [name, [start, ...steps]] of Object.entries(CASES)) {
  server.script(...steps);
  const controller = new AbortController();
  const { rest } = await start(controller.signal);
  const seen = rest.then(
    () => 'resolved',
    error => error,
  );
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await turn();
  }
  controller.abort('why');
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(late.resolve, 1_000, 'late');
  if ((await Promise.race([seen, late.promise])) !== 'why') lost.push(name);
  clearTimeout(timer);
}
await server.close();
console.log(JSON.stringify({ cases: Object.keys(CASES).length, lost }));
process.exit();
