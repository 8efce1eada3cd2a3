/** A fleet of instances, each with its own state, calls a service in virtual time. */
import { createClock } from './clock.ts';
import type { Fetch, Policy } from './policy.ts';
import { seeded } from './random.ts';
import { createService, type Fault } from './service.ts';

/** Requests are counted in slots of this length. */
export const SLOT_MS = 100;
const HOST = 'http://service.example';

/** One logical call, as its caller sees it. */
export interface Call {
  readonly path: string;
  readonly beganMs: number;
  endedMs: number;
  requests: number;
  succeeded: boolean;
}

export interface World {
  readonly instances: number;
  readonly random: () => number;
  readonly now: () => number;
  readonly at: (ms: number, run: () => void) => void;
  /** Begins a call of that instance; resolves when it is over, whatever came of it. */
  readonly call: (instance: number, path?: string) => Promise<unknown>;
}

export interface Plan {
  readonly instances: number;
  /** Retries after the first attempt. @default 2 */
  readonly limit?: number;
  readonly fault: Fault;
  /** Lets the callers loose. */
  readonly drive: (world: World) => void;
  readonly untilMs: number;
}

export interface Story {
  readonly calls: readonly Call[];
  /** Requests that reached the service, a slot each. */
  readonly load: readonly number[];
  readonly fleet: readonly Fetch[];
}

export const simulate = async (
  { instances, limit = 2, fault, drive, untilMs }: Plan,
  policy: Policy,
  seed = 1,
): Promise<Story> => {
  const clock = createClock();
  const service = createService(clock, seeded(seed), fault);
  const calls: Call[] = [];
  const load: number[] = Array(Math.ceil(untilMs / SLOT_MS)).fill(0);
  // Code runs as long as a call is neither over nor with the service nor asleep.
  let under = 0;
  let waiting = 0;
  const settled = (): boolean => under === waiting;

  const stub: Fetch = input =>
    new Promise((resolve, reject) => {
      const url = typeof input === 'string' ? input : (input as Request).url;
      const [path, id] = url.slice(HOST.length).split('?') as [string, string];
      load[Math.floor(clock.now() / SLOT_MS)]!++;
      calls[Number(id)]!.requests++;
      waiting++;
      service(path, ({ status, retryAfterS }) => {
        waiting--;
        if (status === 0) reject(new TypeError(NO_ANSWER, { cause: Object.assign(new Error(), REFUSED) }));
        else resolve(new Response(null, { status, ...(retryAfterS !== undefined && timed(retryAfterS)) }));
      });
    });
  const random = seeded(seed + 1);
  const runtime = {
    now: clock.now,
    random,
    uuid: () => 'key',
    // Counted as awake from the event on, not from when the code notices.
    sleep: (ms: number) =>
      new Promise<void>(resolve => {
        waiting++;
        clock.at(clock.now() + ms, () => {
          waiting--;
          resolve();
        });
      }),
  };
  const fleet = Array.from({ length: instances }, () => policy.make({ fetch: stub, runtime, limit }));

  const call = async (instance: number, path = '/'): Promise<unknown> => {
    const mine: Call = { path, beganMs: clock.now(), endedMs: Number.POSITIVE_INFINITY, requests: 0, succeeded: false };
    under++;
    const id = calls.push(mine) - 1;
    try {
      mine.succeeded = (await fleet[instance]!(`${HOST}${path}?${id}`)).ok;
    } catch (error) {
      // The service's own rejection is a call that failed; anything else is a mistake of somebody's.
      if ((error as Error | undefined)?.message !== NO_ANSWER) throw error;
    }
    mine.endedMs = clock.now();
    under--;
    return mine;
  };
  drive({ instances, random: seeded(seed + 2), now: clock.now, at: clock.at, call });
  await clock.run(untilMs, settled);
  if (under > 0) throw new Error(`${policy.name}: ${under} calls are not over at the end`);
  return { calls, load, fleet };
};

const NO_ANSWER = 'fetch failed';
const REFUSED = { code: 'ECONNREFUSED', syscall: 'connect' };
const timed = (seconds: number) => ({ headers: { 'retry-after': String(seconds) } });
