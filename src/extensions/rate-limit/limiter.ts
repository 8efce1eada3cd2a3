import type { Attempt, Call, Extension } from '../../call.ts';
import { originOf } from '../../policy/outage.ts';
import type { CoolDownError, RateLimitQueueError } from './refused.ts';
import { createShared, type SharedOptions } from './shared.ts';
import type { Turn } from './store.ts';
import { createTurns, windowMs } from './turns.ts';

/** What `rateLimit` and `coolDown` differ in. Times in milliseconds. */
interface Limits extends SharedOptions {
  readonly key?: ((call: Call) => string) | undefined;
  /** Nobody waits for longer. */
  readonly maxMs: number;
  /** A longer silence that the service asks for is cut. */
  readonly maxHoldMs: number;
  readonly limit?: number;
  readonly intervalMs?: number;
  /** From one turn of this process' own to the next; 0 for no pace. */
  readonly gapMs?: number;
  /** How far ahead a burst may be. */
  readonly slackMs?: number;
  readonly reserve?: ((key: string, maxWaitMs: number) => PromiseLike<Turn>) | undefined;
  readonly hold?: ((key: string, ms: number) => PromiseLike<unknown>) | undefined;
}

/** What paces attempts and takes a service at its word; `rateLimit` and `coolDown` are this with one or the other left out. */
export const limiter = (
  name: string,
  Refused: typeof RateLimitQueueError | typeof CoolDownError,
  limits: Limits,
): Extension => {
  const { key, maxMs, maxHoldMs, limit = 1, intervalMs = 0, gapMs = 0, slackMs = 0, reserve, hold } = limits;
  const dues = new WeakMap<Call, number>();
  let runtime: Attempt['runtime'] | undefined;
  let passedMs = 0;
  // The calls' own clock; tests may let it stand still, while waits count as passed.
  const now = (): number => Math.max(passedMs, runtime?.now() ?? 0);
  /** A wait is over. A timer may be early, but by less than a millisecond. */
  const pass = (dueMs = 0): void => {
    if (dueMs - now() >= 1) passedMs = dueMs;
  };
  const shared = reserve && createShared(limits, now);
  const turnsOf = createTurns(now);
  const keyOf = (call: Call): string => (key ? key(call) : originOf(call.url));

  return {
    name,

    async around(attempt, send) {
      const { call, number } = attempt;
      runtime = attempt.runtime;
      pass(dues.get(call));
      const latestMs = now() + maxMs;
      const leftMs = () => Math.floor(Math.max(0, Math.min(latestMs - now(), attempt.remainingMs - 1)));
      const id = keyOf(call);
      const turns = turnsOf(id);
      // Its turn, or a time at which to ask for one again.
      let atMs = 0;
      let isTaken = false;
      let isShared = false;
      // Looks again whenever it wakes: the service may have asked for silence, the store may be back, a timer may be late.
      for (;;) {
        if (!isTaken || turns.heldMs - atMs >= 1 || (shared && !isShared && !shared.isDown)) {
          const turn = await shared?.ask(() => reserve!(id, leftMs()));
          const nowMs = now();
          const heldMs = turns.heldMs - nowMs < 1 ? 0 : turns.heldMs;
          isShared = !!turn;
          isTaken = turn?.taken ?? true;
          atMs = nowMs + Math.max(0, turn?.waitMs ?? 0);
          // Where the store gives the pace, nothing is added to it. Where it can't, this process goes on at its share, after
          // what it was given.
          const share = shared ? shared.share() : 1;
          if (share || atMs < heldMs) {
            const givenMs = shared ? turns.givenMs + gapMs * (share || 1) : 0;
            atMs = Math.max(atMs, heldMs, givenMs, isShared ? 0 : turns.nextMs - slackMs);
          }
          // Others wait for theirs, too: the queue is as long as it was last.
          if (!isShared && turns.givenMs > nowMs) atMs = Math.max(atMs, nowMs + turns.queueMs);
          turns.queueMs = turn?.waitMs ?? 0;
          const waitMs = Math.ceil(atMs - nowMs);
          const maxWaitMs = leftMs();
          if (waitMs > maxWaitMs) {
            const words = `${name}: the next turn of ${originOf(call.url)} is ${waitMs} ms away`;
            throw new Refused(`${words}, more than it may wait (${maxWaitMs})`, waitMs, number === 1);
          }
          // A hold that others told of is spread as after a 429.
          const spreadMs = heldMs ? turns.spreadMs : Math.min(waitMs / 10, 1_000);
          if (!gapMs) atMs += Math.min(attempt.runtime.random() * spreadMs, maxWaitMs - waitMs);
          else if (!isShared) turns.nextMs = Math.max(turns.nextMs, atMs) + gapMs;
          else if (isTaken) turns.givenMs = Math.max(turns.givenMs, atMs);
        }
        const nowMs = now();
        const waitMs = Math.ceil(Math.max(atMs, windowMs(turns, limit, intervalMs, nowMs)) - nowMs);
        if (waitMs <= 0 && isTaken) break;
        try {
          await attempt.runtime.sleep(waitMs);
        } catch (reason) {
          // Its turn is somebody else's.
          if (!isShared) turns.nextMs -= gapMs;
          throw reason;
        }
        pass(nowMs + waitMs);
      }
      attempt.signal.throwIfAborted();
      const response = send();
      // Not before it was sent: a window counts from there.
      turns.starts.push(now());
      return response;
    },

    verdict(verdict, { call, remainingMs }) {
      if (verdict.kind !== 'retry') return undefined;
      const { heldMs, nextMs } = turnsOf(keyOf(call));
      const { delayMs } = verdict;
      const waitMs = Math.max(heldMs, nextMs - slackMs) - now() - delayMs;
      // Its answer is whole now; an error would take its place.
      return waitMs > Math.min(maxMs, remainingMs - delayMs) ? { kind: 'stop', because: 'deadline' } : undefined;
    },

    on(event) {
      if (event.type === 'attempt') return;
      const { call, classification, outcome, retryAfterMs = 0 } = event;
      if (event.type === 'retry') dues.set(call, now() + event.verdict.delayMs);
      const isThrottled = classification === 'throttled';
      const isBusy = outcome.kind === 'answer' && outcome.status === 503;
      if (!retryAfterMs || !(isThrottled || isBusy)) return;
      const ms = Math.min(retryAfterMs, maxHoldMs);
      const id = keyOf(call);
      const turns = turnsOf(id);
      const longerMs = now() + ms - turns.heldMs;
      // Of many that come at once, one is told of.
      if (hold && longerMs > ms / 10) void shared?.ask(() => hold(id, ms));
      if (longerMs <= 0) return;
      turns.heldMs += longerMs;
      // Every client of a service gets a 503 at once: a return within a tenth would be the next outage.
      turns.spreadMs = isThrottled ? Math.min(ms / 10, 1_000) : ms;
    },
  };
};
