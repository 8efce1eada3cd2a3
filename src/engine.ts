import type {
  Attempt,
  Call,
  CallEvent,
  Classification,
  Outcome,
  Past,
  Result,
  RetryVerdict,
  StopReason,
  Verdict,
} from './call.ts';
import { MAX_MS } from './check.ts';
import { endings } from './errors/endings.ts';
import type { ErrorDetails } from './errors/format.ts';
import { clean } from './errors/text.ts';
import type { Policy } from './options.ts';
import { decide, stop } from './policy/decide.ts';
import { type Delivery, deliveryAfter } from './policy/delivery.ts';
import { failureName, failureOf } from './policy/failure.ts';
import { isReplayable } from './policy/replay.ts';
import { afterServerMs, isVetoed, retryAfterMs } from './policy/retry-after.ts';
import { onAbort } from './signal.ts';

/** One call while it runs: the nouns of `Call`, and what the engine remembers. */
export interface Run extends Call {
  method: string;
  url: string;
  idempotencyKey: string | undefined;
  attempts: number;
  readonly history: Past[];
  readonly policy: Policy;
  signal: AbortSignal | undefined;
  /** The body can't be sent a second time. */
  readonly oneShot: boolean;
  /** On the policy's clock. */
  readonly startedAt: number;
  previousMs: number | undefined;
  delivery: Delivery | undefined;
  /** The attempt that runs, where extensions were told of it. */
  attempt: Attempt | undefined;
}

/** What a call begins with. */
export const beginRun = (
  policy: Policy,
  startedAt: number,
  {
    method,
    url,
    idempotencyKey,
    signal,
    oneShot,
  }: Pick<Run, 'method' | 'url' | 'idempotencyKey' | 'signal' | 'oneShot'>,
): Run => ({
  method,
  url,
  idempotencyKey,
  signal,
  oneShot,
  policy,
  service: policy.service,
  startedAt,
  attempts: 0,
  history: [],
  previousMs: undefined,
  delivery: undefined,
  attempt: undefined,
});

/** An outcome, its class, and the verdict on it. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly classification: Classification;
  readonly verdict: Verdict;
  readonly details?: ErrorDetails | undefined;
  /** The wait that the server asks for, in milliseconds, if that is above zero. */
  readonly askedMs?: number | undefined;
}

/** What else is known of an outcome, on a client. */
export interface Hints {
  /** What the error's body says. */
  readonly details?: ErrorDetails | undefined;
  /** A format says that no wait will cure this. */
  readonly terminal?: boolean;
  /** What the user's own `shouldRetry` said. */
  readonly said?: boolean | undefined;
}

/** Nothing is to be asked. */
export const FINAL: Verdict = stop('final');

/** Runs what belongs to our user's side and must never touch the call. */
const safely = <T>(run: () => T): T | undefined => {
  try {
    const result = run();
    if (result instanceof Promise) result.catch(() => {});
    return result;
  } catch {
    return undefined;
  }
};

/** Where a budget counts. */
export const originOf = (url: string): string => {
  try {
    return new URL(url, (globalThis as { location?: Location }).location?.href).origin;
  } catch {
    return url;
  }
};

const emit = ({ policy }: Run, event: CallEvent): void => {
  for (const extension of policy.use) safely(() => extension.on?.(event));
  safely(() => policy.record?.(event));
};

/**
 * Begins an attempt for the extensions, whose waits end with `signal` whether they listen to it or not.
 *
 * @throws what an extension's `beforeAttempt` throws, or the signal's reason
 */
export const beginAttempt = async (run: Run, headers: Headers, signal: AbortSignal | undefined): Promise<void> => {
  const attempt: Attempt = { call: run, number: run.attempts, headers, signal };
  run.attempt = attempt;
  const cut = Promise.withResolvers<never>();
  cut.promise.catch(() => {});
  const release = signal && onAbort(signal, () => cut.reject(signal.reason));
  try {
    for (const extension of run.policy.use) {
      if (extension.beforeAttempt) await Promise.race([extension.beforeAttempt(attempt), cut.promise]);
    }
  } finally {
    release?.();
  }
  emit(run, { type: 'attempt', call: run, attempt });
};

/** The backoff's own word. @throws {RangeError} if it is no wait */
export const backoffMs = ({ policy, attempts, previousMs }: Run): number => {
  const ms = policy.backoff({ attempt: attempts, previousMs, random: policy.random });
  if (typeof ms === 'number' && ms >= 0 && ms <= MAX_MS) return ms;
  throw new RangeError(`retry.backoff must return milliseconds from 0 to ${MAX_MS}, got ${String(ms)}`);
};

/** What the total timeout leaves. */
export const remainingMs = ({ policy, startedAt }: Run): number =>
  policy.totalTimeout === false ? Number.POSITIVE_INFINITY : policy.totalTimeout - (policy.now() - startedAt);

/** Class and verdict of an attempt that has just ended. Takes nothing from the budget and tells nobody. */
export const judge = (run: Run, outcome: Outcome, hints: Hints = {}): Judgement => {
  const { policy, attempt } = run;
  const classification = policy.classify(outcome);
  if (classification === 'success' && !policy.ky) return { outcome, classification, verdict: { kind: 'accept' } };
  const headers = outcome.kind === 'answer' ? outcome.response.headers : undefined;
  const askedMs = headers && retryAfterMs(headers, Date.now(), classification === 'throttled');
  const judged = (verdict: Verdict): Judgement => ({
    outcome,
    classification,
    verdict,
    details: hints.details,
    askedMs,
  });
  if (hints.said === false) return judged(stop('vetoed'));
  const verdict = weigh(run, outcome, classification, hints, askedMs);
  if (verdict.kind !== 'retry' || !attempt) return judged(verdict);
  const isAllowed = policy.use.every(extension => safely(() => extension.allowRetry?.(attempt, verdict)) !== false);
  return judged(isAllowed ? verdict : stop('vetoed'));
};

/** Collects what a decision rests on. ky's own retry options, where somebody gave them, win over ours. */
const weigh = (
  run: Run,
  outcome: Outcome,
  classification: Classification,
  { terminal, said }: Hints,
  askedMs: number | undefined,
): Verdict => {
  const { policy, method, oneShot } = run;
  const headers = outcome.kind === 'answer' ? outcome.response.headers : undefined;
  const throttled = classification === 'throttled';
  const unapplied =
    said || throttled || (outcome.kind === 'failure' && failureOf(outcome.error, run.url) === 'not-sent');
  const serverMs = said ? undefined : askedMs;
  return decide({
    classification,
    retryable: said ?? policy.ky?.retries(outcome, classification),
    vetoed: !said && (terminal || (headers !== undefined && isVetoed(headers))),
    attempt: run.attempts,
    limit: policy.limit,
    replayable:
      policy.ky?.replays(method) ??
      isReplayable({ method, keyed: run.idempotencyKey !== undefined, oneShot, unapplied }),
    serverMs: policy.ky ? policy.ky.serverMs(serverMs, outcome) : serverMs,
    maxRetryAfterMs: policy.maxRetryAfterMs,
    afterServerMs: ms => afterServerMs(ms, policy.random),
    backoffMs: () => backoffMs(run),
    remainingMs: remainingMs(run),
    tokens: policy.budget ? policy.budget.tokens(originOf(run.url)) : Number.POSITIVE_INFINITY,
  });
};

/** Writes an outcome into the history of its call: once an attempt, so that an abort in a wait adds none. */
const remember = (run: Run, judged: Judgement, verdict?: RetryVerdict): Result => {
  const { outcome, classification, details, askedMs } = judged;
  if (run.history.length < run.attempts) {
    run.delivery = deliveryAfter(run.delivery, outcome, run.url);
    run.history.push({
      kind: classification,
      ...(outcome.kind === 'answer' ? { status: outcome.status } : { failure: clean(failureName(outcome.error), 100) }),
      ...(verdict && { delayMs: verdict.delayMs, delayFrom: verdict.delayFrom }),
    });
  }
  const durationMs = run.policy.now() - run.startedAt;
  return { call: run, outcome, classification, details, retryAfterMs: askedMs, durationMs };
};

/** A retry is going to be made: pay for it, and say so. */
export const begunRetry = (run: Run, judged: Judgement, verdict: RetryVerdict): void => {
  run.policy.budget?.take(originOf(run.url));
  run.previousMs = verdict.delayMs;
  emit(run, { type: 'retry', ...remember(run, judged, verdict), verdict });
};

/** The call is over. What its caller gets as a Response can be a failure here: a 404 that is handed back is `final`. */
export const ended = (run: Run, judged: Judgement): StopReason | undefined => {
  const { classification, verdict } = judged;
  const { budget } = run.policy;
  if (classification === 'success' && budget && !budget.full) budget.giveBack(originOf(run.url));
  const result = remember(run, judged);
  const stopped = classification === 'success' ? undefined : verdict.kind === 'stop' ? verdict.because : 'final';
  const ending = { ...result, stopped, delivery: run.delivery ?? 'not-sent' };
  emit(run, { type: 'end', ...ending });
  if (stopped && judged.outcome.kind === 'answer') endings.set(judged.outcome.response, ending);
  return stopped;
};
