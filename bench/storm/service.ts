/**
 * The other side: some workers, a short queue before them, and what goes wrong.
 *
 * 40 workers need 50 ms for a request on average (exponentially distributed), which is 800 requests a second: the fleet
 * offers 400, as a service should run that can lose half of its machines. 400 requests may queue, half a second of work;
 * whoever finds the queue full is turned away at once with a 503, as a load balancer does, which costs no worker's time.
 */
import type { Clock } from './clock.ts';
import { exponentially } from './random.ts';

const WORKERS = 40;
export const WORK_MS = 50;
const QUEUE = 400;
/** What it takes to hear of a failure: a round trip or two, and a balancer that looks for a machine in vain. */
export const FAILURE_MS = 100;

/** What a request comes to; 0 stands for no answer, as of a connection refused. */
export interface Reply {
  readonly status: number;
  /** The `Retry-After` header. */
  readonly retryAfterS?: number | undefined;
  /** What it took. @default 100 */
  readonly afterMs?: number;
}

/** What goes wrong: a reply instead of work, or nothing. `path` is that of the URL. */
export type Fault = (nowMs: number, random: () => number, path: string) => Reply | undefined;

export const createService = (clock: Clock, random: () => number, fault: Fault) => {
  let busy = 0;
  const queue: (() => void)[] = [];
  const work = (done: (reply: Reply) => void): void => {
    busy++;
    clock.at(clock.now() + exponentially(random, WORK_MS), () => {
      busy--;
      queue.shift()?.();
      done({ status: 200 });
    });
  };
  return (path: string, done: (reply: Reply) => void): void => {
    const reply = fault(clock.now(), random, path) ?? (queue.length >= QUEUE ? ({ status: 503 } as const) : undefined);
    if (reply) clock.at(clock.now() + (reply.afterMs ?? FAILURE_MS), () => done(reply));
    else if (busy < WORKERS) work(done);
    else queue.push(() => work(done));
  };
};
