/** What is done and counted. */
import type { Contestant } from './contestant.ts';

export interface Work {
  readonly title: string;
  /** Over the network, or against the stub. */
  readonly stub?: boolean;
  /** The wait before a retry. */
  readonly waitMs?: number;
  /** Calls in one round. */
  readonly count: number;
  run(contestant: Contestant, count: number): Promise<unknown>;
}

const SMALL = JSON.stringify({ name: 'a thing', tags: ['small', 'json'], price: 12.5 });
const MEGABYTE = JSON.stringify('x'.repeat(1_048_574));
const DOWNLOAD = 104_857_600;

const check = (body: unknown): void => {
  if ((body as { id?: unknown } | undefined)?.id !== 1) throw new Error(`not the answer: ${JSON.stringify(body)}`);
};

const oneByOne =
  (call: (contestant: Contestant) => Promise<unknown>): Work['run'] =>
  async (contestant, count) => {
    for (let i = 0; i < count; i++) check(await call(contestant));
  };

const inFlight =
  (width: number, call: (contestant: Contestant) => Promise<unknown>): Work['run'] =>
  async (contestant, count) => {
    let left = count;
    const lane = async () => {
      while (left-- > 0) check(await call(contestant));
    };
    await Promise.all(Array.from({ length: width }, lane));
  };

const get = (contestant: Contestant) => contestant.get('/json');
const post = (contestant: Contestant) => contestant.post('/json', SMALL);
let calls = 0;
const getFlaky = (contestant: Contestant) => contestant.get(`/flaky?call=${process.pid}.${++calls}`);

const download: Work['run'] = async (contestant, count) => {
  for (let i = 0; i < count; i++) {
    let bytes = 0;
    for await (const chunk of await contestant.stream(`/bytes?size=${DOWNLOAD}`)) bytes += chunk.byteLength;
    if (bytes !== DOWNLOAD) throw new Error(`${bytes} of ${DOWNLOAD} bytes`);
  }
};

export const WORK = {
  'get-stub': { title: 'GET small JSON, stub', stub: true, count: 1000, run: oneByOne(get) },
  'post-stub': { title: 'POST small JSON, stub', stub: true, count: 800, run: oneByOne(post) },
  get: { title: 'GET small JSON', count: 100, run: oneByOne(get) },
  post: { title: 'POST small JSON', count: 100, run: oneByOne(post) },
  'get-64': { title: 'GET small JSON, 64 in flight', count: 320, run: inFlight(64, get) },
  'post-1mb': {
    title: 'POST 1 MB',
    count: 12,
    run: oneByOne(contestant => contestant.post('/json?size=1048576', MEGABYTE)),
  },
  download: { title: 'Stream download, 100 MB', count: 1, run: download },
  'retry-stub': {
    title: '503, 503, 200 without a wait, stub',
    stub: true,
    waitMs: 0,

    count: 30,
    run: oneByOne(getFlaky),
  },
  retry: { title: '503, 503, 200 without a wait', waitMs: 0, count: 20, run: oneByOne(getFlaky) },
  'retry-64': {
    title: '503, 503, 200 without a wait, 64 in flight',
    waitMs: 0,
    count: 128,
    run: inFlight(64, getFlaky),
  },
} satisfies Record<string, Work>;

export type WorkName = keyof typeof WORK;
