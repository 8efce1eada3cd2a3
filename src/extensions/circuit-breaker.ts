/** `holdfast/circuit-breaker`: sends nothing, not even a first attempt, to a service that is down. */

import type { Call, Extension } from '../call.ts';
import { originOf } from '../policy/outage.ts';

/** `open`: attempts are refused. `half-open`: now and then one is sent as a probe. `closed`: all of them are sent again. */
export type CircuitState = 'open' | 'half-open' | 'closed';

/** When a circuit opens, and how it is probed. */
export interface CircuitBreakerOptions {
  /** What is down together. @default the origin */
  readonly key?: ((call: Call) => string) | undefined;
  /** It must have failed for as long before it counts as down, in milliseconds. @default 1_000 */
  readonly spanMs?: number | undefined;
  /** Probes are at least so far apart, in milliseconds; the gap grows with the outage. @default 1_000 */
  readonly cooldownMs?: number | undefined;
  /** They are never further apart, and what has not failed for as long is forgotten. @default 30_000 */
  readonly maxCooldownMs?: number | undefined;
  /** Told of each state once an outage. */
  readonly onState?: ((state: CircuitState, key: string) => void) | undefined;
}

/** The circuit is open. Nothing was sent. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError';
  /** When the next probe may be sent. */
  readonly retryAt: Date;
  readonly delivery = 'not-sent';
  constructor(origin: string, waitMs: number) {
    super(`circuit-breaker: ${origin} is down, the next probe is ${Math.ceil(waitMs)} ms away`);
    this.retryAt = new Date(Date.now() + waitMs);
  }
}

/** What a key did since its last answer below 500. */
interface Streak {
  /** In a row. Below zero: as many are forgiven. */
  failures: number;
  sinceMs: number;
  lastMs: number;
  /** The latest probe; the next one is not before this. */
  probe?: Call;
  probeMs: number;
}

/** Keys remembered at most; beyond that the oldest is forgotten. */
const KEYS = 1000;

/** Failures in a row that count: as many as two calls make. */
const FAILURES = 6;

/**
 * An extension that refuses calls at once, with a `CircuitOpenError`, while their origin (or `key`) is down: after six
 * failures in a row (5xx or no answer; twelve where it fails in part), the first of them `spanMs` ago or longer, until any
 * answer below 500, or `maxCooldownMs` without a failure. Meanwhile one call a gap is sent as a probe, the first at once,
 * and not repeated. Calls that began before keep their retries.
 *
 * @throws {RangeError} at once, naming the option that is wrong
 * @example
 * const fetch = createFetch({ use: [circuitBreaker({ onState: (state, key) => console.log(key, state) })] });
 */
export const circuitBreaker = (options: CircuitBreakerOptions = {}): Extension => {
  const { key, spanMs = 1_000, cooldownMs = 1_000, maxCooldownMs = 30_000, onState } = options;
  for (const [name, ms] of Object.entries({ spanMs, cooldownMs, maxCooldownMs }))
    if (!(ms >= 0)) throw new RangeError(`circuitBreaker: \`${name}\` must be milliseconds, got ${ms}`);
  const streaks = new Map<string, Streak>();
  const sent = new WeakSet<Call>();
  let now: () => number;
  const keyOf = (call: Call): string => (key ? key(call) : originOf(call.url));
  const tell = (id: string, state: CircuitState): void => {
    // What is thrown there never touches the call.
    (async () => onState?.(state, id))().catch(() => {});
  };

  const begin = (id: string, failures: number, lastMs: number): Streak => {
    const streak: Streak = { failures, sinceMs: now(), lastMs, probeMs: 0 };
    if (streaks.size >= KEYS) streaks.delete(streaks.keys().next().value!);
    streaks.set(id, streak);
    return streak;
  };
  /** What counts; it is over with an answer, or when no failure came for long. */
  const recent = (id: string, isAnswered: boolean): Streak | undefined => {
    const streak = streaks.get(id);
    const isLate = streak && now() - streak.lastMs > maxCooldownMs;
    if (!streak || !(isLate || isAnswered)) return streak;
    streaks.delete(id);
    if (streak.probe) tell(id, 'closed');
    // It fails in part, and isn't gone.
    return isLate ? undefined : begin(id, -FAILURES, streak.lastMs);
  };

  return {
    name: 'circuit-breaker',

    async around({ call, number, runtime }, send) {
      now = runtime.now;
      const id = keyOf(call);
      const streak = recent(id, false);
      const failedMs = streak ? now() - streak.sinceMs : -1;
      if (number > 1 || !streak || streak.failures < FAILURES || failedMs < spanMs) return send();
      const waitMs = streak.probeMs - now();
      if (waitMs > 0) throw new CircuitOpenError(originOf(call.url), waitMs);
      if (!streak.probe) {
        tell(id, 'open');
        tell(id, 'half-open');
      }
      streak.probe = call;
      // As long again as it has failed: the gaps double of themselves.
      streak.probeMs = now() + Math.min(maxCooldownMs, Math.max(cooldownMs, failedMs)) * (1 - runtime.random() / 2);
      return send();
    },

    verdict({ kind }, { call }) {
      const isProbe = streaks.get(keyOf(call))?.probe === call;
      return kind === 'retry' && isProbe ? { kind: 'stop', because: 'outage' } : undefined;
    },

    on(event) {
      const { type, call } = event;
      if (type === 'attempt') return void sent.add(call);
      const isFailure = /^(server|network)|timeout/.test(event.classification);
      // Not if the call is over without having been sent again.
      if (!sent.delete(call) || (!isFailure && event.outcome.kind !== 'answer')) return;
      const id = keyOf(call);
      const streak = recent(id, !isFailure) ?? (isFailure && begin(id, 0, now()));
      if (!isFailure || !streak) return;
      if (streak.failures++ < 0) streak.sinceMs = now();
      streak.lastMs = now();
    },
  };
};
