/** One contestant in a process of its own: does the work it is told over IPC and says what it cost. */
import type { Contestant, Setup } from './contestant.ts';
import { stubFetch } from './stub-fetch.ts';
import { WORK, type Work, type WorkName } from './work.ts';

export interface Job {
  readonly file: string;
  readonly setup?: string;
  readonly origin: string;
  /** For as long as it lives: some take hold of fetch when they are imported. */
  readonly stub: boolean;
}

/** One round. */
export interface Task {
  readonly work: WorkName;
  readonly count: number;
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
if (job.stub) globalThis.fetch = stubFetch;
const { [job.setup ?? 'setup']: setup } = (await import(`./contestants/${job.file}.ts`)) as Record<string, Setup>;
const ready = new Map<WorkName, Contestant>();

const contestantFor = (name: WorkName): Contestant => {
  const { waitMs }: Work = WORK[name];
  const contestant =
    ready.get(name) ?? setup!({ origin: job.origin, waitMs: waitMs ?? 500, outage: waitMs !== undefined });
  ready.set(name, contestant);
  return contestant;
};

let collections = 0;
new PerformanceObserver(list => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });
const tick = () => new Promise(done => setImmediate(done));

const cost = async ({ work, count }: Task): Promise<Cost> => {
  const contestant = contestantFor(work);
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  // The observer hears of this one later.
  for (let i = 0; i < 3; i++) await tick();
  collections = 0;
  const heap = process.memoryUsage().heapUsed;
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  await WORK[work].run(contestant, count);
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

process.on('message', async (task: Task) => {
  process.send?.(await cost(task).catch((error: unknown) => ({ failed: String(error) })));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
