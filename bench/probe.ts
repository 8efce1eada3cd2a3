/** A contestant in a process of its own, and what many calls leave behind. Against the stub; collects what it can first. */
import { getEventListeners } from 'node:events';
import type { Contestant, Setup } from './contestant.ts';
import { stubFetch } from './stub-fetch.ts';

export interface Probe {
  readonly kind: 'waiting' | 'signal';
  readonly file: string;
  readonly setup?: string;
  readonly count: number;
}

export interface Left {
  /** Bytes of heap a call. */
  readonly bytes: number;
  /** Timers a call. */
  readonly timers: number;
  /** Listeners on the signal, in all. */
  readonly listeners: number;
}

/** Longer than the probe takes, shorter than any total timeout. */
const WAIT_MS = 40_000;
const probe = JSON.parse(process.argv[2] ?? '') as Probe;
const { gc } = globalThis as { gc?: () => void };
const tick = () => new Promise(done => setImmediate(done));

const heap = async (): Promise<number> => {
  for (let i = 0; i < 5; i++) {
    await tick();
    gc?.();
  }
  return process.memoryUsage().heapUsed;
};

const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;

/** Calls that stand in their first wait. */
const waiting = async (contestant: Contestant, count: number): Promise<Left> => {
  const start = (calls: number) => {
    for (let i = 0; i < calls; i++) contestant.get('/down').catch(() => {});
  };
  start(100);
  const before = await heap();
  const running = timers();
  start(count);
  const after = await heap();
  return { bytes: (after - before) / count, timers: (timers() - running) / count, listeners: 0 };
};

/** Calls that have ended, all on one signal that lives on. */
const signal = async (contestant: Contestant, count: number): Promise<Left> => {
  const { signal } = new AbortController();
  const start = async (calls: number) => {
    for (let i = 0; i < calls; i++) await contestant.get('/json', signal);
  };
  await start(1000);
  const before = await heap();
  const running = timers();
  await start(count);
  const after = await heap();
  return {
    bytes: (after - before) / count,
    timers: (timers() - running) / count,
    listeners: getEventListeners(signal, 'abort').length,
  };
};

globalThis.fetch = stubFetch;
const { [probe.setup ?? 'setup']: setup } = (await import(`./contestants/${probe.file}.ts`)) as Record<string, Setup>;
const contestant = setup!({ origin: 'http://127.0.0.1:1', waitMs: WAIT_MS, outage: true });
process.send?.(await { waiting, signal }[probe.kind](contestant, probe.count));
process.exit();
