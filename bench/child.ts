/** One contestant in a process of its own: does the work it is told over IPC and says what it cost. */
import type { Setup } from './contestant.ts';
import { stubFetch } from './stub-fetch.ts';
import { WORK, type Work, type WorkName } from './work.ts';

export interface Job {
  readonly file: string;
  readonly setup?: string;
  readonly origin: string;
  readonly work: WorkName;
  /** A bare client makes every attempt itself. */
  readonly bare: boolean;
}

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
const contestant = setup!({ origin: job.origin, waitMs: work.waitMs ?? 500 });

let collections = 0;
new PerformanceObserver(list => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });
const tick = () => new Promise(done => setImmediate(done));

process.on('message', async (count: number) => {
  const calls = job.bare ? count * (work.attempts ?? 1) : count;
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  // The observer hears of this one later.
  for (let i = 0; i < 3; i++) await tick();
  collections = 0;
  const heap = process.memoryUsage().heapUsed;
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  await work.run(contestant, calls);
  const wallUs = Number(process.hrtime.bigint() - wall) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const bytes = process.memoryUsage().heapUsed - heap;
  await tick();
  const cost: Cost = {
    cpuUs: (user + system) / count,
    wallUs: wallUs / count,
    ...(gc && collections === 0 && { bytes: bytes / count }),
  };
  process.send?.(cost);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
