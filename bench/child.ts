/** One contestant in a process of its own: does the work it is told over IPC and says what it cost. */
import type { Setup } from './contestant.ts';
import { stubFetch } from './stub-fetch.ts';
import { WORK, type Work, type WorkName } from './work.ts';

export interface Job {
  readonly file: string;
  readonly setup?: string;
  readonly origin: string;
  readonly work: WorkName;
}

/** What a contestant that can't do the work says instead. */
export interface Failure {
  readonly failed: string;
}

/** What one call cost. */
export interface Cost {
  readonly cpuUs: number;
  readonly wallUs: number;
  /** Allocated; none where a collection spoilt the count. */
  readonly bytes?: number;
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const work: Work = WORK[job.work];
if (work.stub) globalThis.fetch = stubFetch;
const { [job.setup ?? 'setup']: setup } = (await import(`./contestants/${job.file}.ts`)) as Record<string, Setup>;
const contestant = setup!({ origin: job.origin, waitMs: work.waitMs ?? 500, outage: work.waitMs !== undefined });

let collections = 0;
new PerformanceObserver(list => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });
const tick = () => new Promise(done => setImmediate(done));

const cost = async (count: number): Promise<Cost> => {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  // The observer hears of this one later.
  for (let i = 0; i < 3; i++) await tick();
  collections = 0;
  const heap = process.memoryUsage().heapUsed;
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  await work.run(contestant, count);
  const wallUs = Number(process.hrtime.bigint() - wall) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const bytes = process.memoryUsage().heapUsed - heap;
  await tick();
  return {
    cpuUs: (user + system) / count,
    wallUs: wallUs / count,
    ...(gc && collections === 0 && { bytes: bytes / count }),
  };
};

process.on('message', async (count: number) => {
  process.send?.(await cost(count).catch((error: unknown) => ({ failed: String(error) })));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
