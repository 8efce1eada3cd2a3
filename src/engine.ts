import type {
  Attempt,
  Call,
  CallEvent,
  Classification,
  Outcome,
  Past,
  RetryVerdict,
  StopReason,
  Verdict,
} from './call.ts';
import type { ErrorDetails } from './errors/format.ts';
import { requestIdOf as requestIdIn } from './errors/request-id.ts';
import type { LogRecord } from './log/record.ts';
import { redactUrl } from './log/redact.ts';
import type { Policy } from './options.ts';
import { decide, type Situation } from './policy/decide.ts';
import { type Delivery, deliveryAfter } from './policy/delivery.ts';
import { failureName, failureOf } from './policy/failure.ts';
import { isReplayable } from './policy/replay.ts';
import { afterServerMs, isVetoed, retryAfterMs } from './policy/retry-after.ts';

/** One call while it runs: the nouns of `Call`, and what the engine remembers. Made when the first thing goes wrong. */
export interface Run extends Call {
  method: string;
  url: string;
  idempotencyKey: string | undefined;
  attempts: number;
  readonly history: Past[];
  readonly policy: Policy;
  signal: AbortSignal | undefined;
  readonly oneShot: boolean;
  /** On the policy's clock. */
  readonly startedAt: number;
  previousMs: number | undefined;
  delivery: Delivery | undefined;
  attempt: Attempt | undefined;
}

/** What a call begins with. */
export const beginRun = (
  policy: Policy,
  startedAt: number,
  facts: Pick<Run, 'method' | 'url' | 'idempotencyKey' | 'signal' | 'oneShot'>,
): Run => ({
  ...facts,
  policy,
  service: policy.service,
  startedAt,
  attempts: 0,
  history: [],
  previousMs: undefined,
  delivery: undefined,
  attempt: undefined,
});

/** The verdict on an attempt, and the class it rests on. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly classification: Classification;
  readonly verdict: Verdict;
  readonly hints?: Hints;
}

const MAX_MS = 2_147_483_647;

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

const emit = (run: Run, event: CallEvent): void => {
  for (const extension of run.policy.use) safely(() => extension.on?.(event));
};

const attemptOf = (run: Run): Attempt =>
  run.attempt ?? { call: run, number: run.attempts, headers: new Headers(), signal: run.signal };

/** Begins an attempt for the extensions. @throws what an extension's `beforeAttempt` throws */
export const beginAttempt = async (run: Run, headers: Headers): Promise<void> => {
  const attempt: Attempt = { call: run, number: run.attempts, headers, signal: run.signal };
  run.attempt = attempt;
  for (const extension of run.policy.use) await extension.beforeAttempt?.(attempt);
  emit(run, { type: 'attempt', attempt });
};

const requestIdOf = (outcome: Outcome): string | undefined =>
  outcome.kind === 'answer' ? requestIdIn(outcome.response.headers) : undefined;

const write = (run: Run, judged: Judgement, rest: Pick<LogRecord, 'level' | 'event'> & Partial<LogRecord>): void => {
  const { log, service, now } = run.policy;
  if (!log) return;
  const { outcome, classification, hints } = judged;
  const { code, requestId = requestIdOf(outcome) } = hints?.details ?? {};
  safely(() =>
    log({
      time: new Date().toISOString(),
      ...rest,
      ...(service && { service }),
      method: run.method,
      url: redactUrl(run.url),
      ...(outcome.kind === 'answer' && { status: outcome.status }),
      kind: classification,
      ...(code && { code }),
      ...(requestId && { requestId }),
      attempt: run.attempts,
      attempts: run.attempts,
      durationMs: Math.round(now() - run.startedAt),
      ...(run.idempotencyKey && { idempotencyKey: run.idempotencyKey.slice(-4) }),
    }),
  );
};

/** The backoff's own word. @throws {RangeError} if it is no wait */
export const backoffMs = ({ policy, attempts, previousMs }: Run): number => {
  const ms = policy.backoff({ attempt: attempts, previousMs, random: policy.random });
  if (typeof ms === 'number' && ms >= 0 && ms <= MAX_MS) return ms;
  throw new RangeError(`retry.backoff must return milliseconds from 0 to ${MAX_MS}, got ${String(ms)}`);
};

/** What else is known of an outcome, on a client. */
export interface Hints {
  /** A format says that no wait will cure this. */
  readonly terminal?: boolean;
  /** What the user's own `shouldRetry` said. */
  readonly said?: boolean | undefined;
  /** What the body says. */
  readonly details?: ErrorDetails;
}

/** Class and verdict of an attempt that has just ended. Takes nothing from the budget and tells nobody. */
export const judge = (run: Run, outcome: Outcome, hints: Hints = {}): Judgement => {
  const { policy } = run;
  const classification = policy.classify(outcome);
  if (classification === 'success' && !policy.ky) return { outcome, classification, verdict: { kind: 'accept' }, hints };
  const verdict = hints.said === false ? VETOED : decide(situation(run, outcome, classification, hints));
  return { outcome, classification, hints, verdict: verdict.kind === 'retry' && !isAllowed(run, verdict) ? VETOED : verdict };
};

const situation = (run: Run, outcome: Outcome, classification: Classification, { terminal, said }: Hints): Situation => {
  const { policy, method, oneShot } = run;
  const headers = outcome.kind === 'answer' ? outcome.response.headers : undefined;
  const throttled = classification === 'throttled';
  const unapplied = throttled || (outcome.kind === 'failure' && failureOf(outcome.error) === 'not-sent');
  const keyed = run.idempotencyKey !== undefined;
  const asked = said ? undefined : headers && retryAfterMs(headers, Date.now(), throttled);
  return {
    classification,
    retryable: said ?? policy.ky?.retries(outcome, classification),
    vetoed: !said && (terminal || (headers !== undefined && isVetoed(headers))),
    attempt: run.attempts,
    limit: policy.limit,
    replayable: policy.ky?.replays(method) ?? isReplayable({ method, keyed, oneShot, unapplied: unapplied || said === true }),
    serverMs: policy.ky ? policy.ky.serverMs(asked, outcome) : asked,
    maxRetryAfterMs: policy.maxRetryAfterMs,
    afterServerMs: ms => afterServerMs(ms, policy.random),
    backoffMs: () => backoffMs(run),
    remainingMs: remainingMs(run),
    tokens: policy.budget ? policy.budget.tokens(originOf(run.url)) : Number.POSITIVE_INFINITY,
  };
};

const VETOED: Verdict = { kind: 'stop', because: 'vetoed' };
export const FINAL: Verdict = { kind: 'stop', because: 'final' };

const isAllowed = (run: Run, verdict: RetryVerdict): boolean =>
  run.policy.use.every(extension => safely(() => extension.allowRetry?.(attemptOf(run), verdict)) !== false);

/** What the total timeout leaves. */
export const remainingMs = ({ policy, startedAt }: Run): number =>
  policy.totalTimeout === false ? Number.POSITIVE_INFINITY : policy.totalTimeout - (policy.now() - startedAt);

const remember = (run: Run, { outcome, classification, verdict }: Judgement): void => {
  run.delivery = deliveryAfter(run.delivery, outcome);
  run.history.push({
    classification,
    ...(outcome.kind === 'answer' ? { status: outcome.status } : { failure: failureName(outcome.error) }),
    ...(verdict.kind === 'retry' && { delayMs: verdict.delayMs, delayFrom: verdict.delayFrom }),
  });
  if (run.policy.use.length > 0) {
    const durationMs = run.policy.now() - run.startedAt;
    emit(run, { type: 'outcome', attempt: attemptOf(run), outcome, classification, durationMs });
  }
};

/** A retry is going to be made: pay for it, write it down. */
export const begunRetry = (run: Run, judged: Judgement, verdict: RetryVerdict): void => {
  run.policy.budget?.take(originOf(run.url));
  run.previousMs = verdict.delayMs;
  remember(run, judged);
  write(run, judged, { level: 'warn', event: 'retry', delayMs: verdict.delayMs, delayFrom: verdict.delayFrom });
  emit(run, { type: 'retry', attempt: attemptOf(run), verdict });
};

/** The call ended with this outcome. A quiet success and the caller's own abort leave no record. */
export const ended = (run: Run, judged: Judgement): StopReason | undefined => {
  const { outcome, classification, verdict } = judged;
  const { policy } = run;
  const stopped = verdict.kind === 'stop' ? verdict.because : undefined;
  remember(run, judged);
  if (classification === 'success') {
    if (policy.budget && !policy.budget.full) policy.budget.giveBack(originOf(run.url));
    if (run.attempts > 1) write(run, judged, { level: 'info', event: 'recovered' });
  } else if (classification !== 'aborted') {
    write(run, judged, {
      level: 'error',
      event: 'failed',
      ...(stopped && { stopped }),
      ...(run.delivery && { delivery: run.delivery }),
    });
  }
  emit(run, { type: 'end', call: run, outcome, classification, stopped, durationMs: policy.now() - run.startedAt });
  return stopped;
};
