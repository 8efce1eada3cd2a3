import type {
  Attempt,
  Call,
  CallEvent,
  Classification,
  Ending,
  Outcome,
  Past,
  Result,
  RetryVerdict,
  StopReason,
  Verdict,
} from './call.ts';
import type { ErrorDetails } from './errors/format.ts';
import type { Policy } from './options.ts';
import { type Delivery, deliveryAfter, isUnsent } from './policy/delivery.ts';
import { failureName } from './policy/failure.ts';
import { isRead } from './policy/replay.ts';
import type { Sending } from './request.ts';
import { proxiesOf } from './sender.ts';

/** One call while it runs: the nouns of `Call`, and what is remembered of it. */
export interface Run extends Call {
  readonly policy: Policy;
  /** What is sent; a client's hooks may ask for something else in the middle. */
  sending: Sending;
  /** Nothing of it was sent yet. */
  fresh: boolean;
  attempts: number;
  readonly history: Past[];
  /** On the policy's clock. */
  readonly startedAt: number;
  /** The waits before retries, added up: a clock of tests may stand still. */
  waitedMs: number;
  previousMs: number | undefined;
  delivery: Delivery | undefined;
  /** The attempt that runs, where extensions were told of it. */
  attempt: Attempt | undefined;
  /** The attempt that runs has left for its sender. */
  sent: boolean;
  /** Ends the draining of answers that were not wanted. */
  readonly drains: (() => void)[];
  /** Ends the transfer of the last answer's body, where there is a time-out to do so. */
  cut: AbortController | undefined;
}

/** An outcome, its class, and the verdict on it. */
export interface Judged {
  readonly outcome: Outcome;
  readonly classification: Classification;
  readonly verdict: Verdict;
  /** The attempt provably never reached its server. */
  readonly unsent: boolean;
  /** The wait that the server asks for, in milliseconds, if that is above zero. */
  readonly askedMs?: number | undefined;
  /** What the answer's body says, where it was read. */
  readonly details?: ErrorDetails | undefined;
}

export const beginRun = (policy: Policy, sending: Sending, startedAt: number): Run => ({
  policy,
  sending,
  fresh: true,
  service: policy.service,
  method: sending.method,
  url: sending.url,
  idempotencyKey: sending.idempotencyKey,
  attempts: 0,
  history: [],
  startedAt,
  waitedMs: 0,
  previousMs: undefined,
  delivery: undefined,
  attempt: undefined,
  sent: false,
  drains: [],
  cut: undefined,
});

/** Since the call began. */
const elapsedMs = ({ policy, startedAt, waitedMs }: Run): number => Math.max(policy.now() - startedAt, waitedMs);

/** What the total timeout leaves. */
export const remainingMs = (run: Run): number =>
  run.policy.totalTimeout === Number.POSITIVE_INFINITY
    ? Number.POSITIVE_INFINITY
    : Math.max(0, run.policy.totalTimeout - elapsedMs(run));

/** Whether an attempt provably never reached its server. */
export const wasUnsent = (run: Run, outcome: Outcome): boolean =>
  !run.sent || isUnsent(outcome, () => ({ url: run.url, proxies: proxiesOf(run.sending.first[1]) }));

/** Runs what belongs to our user's side and must never touch the call. */
const safely = (run: () => unknown): void => {
  try {
    // A promise of any make.
    Promise.resolve(run()).catch(() => {});
  } catch {}
};

export const emit = ({ policy }: Run, event: CallEvent): void => {
  for (const extension of policy.use) if (extension.on) safely(() => extension.on?.(event));
};

/** Writes an outcome into the history of its call: once an attempt, so that an abort in a wait adds none. */
export const remember = (run: Run, judged: Judged, verdict?: RetryVerdict): Result => {
  const { outcome, classification, askedMs, details } = judged;
  if (run.history.length < run.attempts) {
    if (!isRead(run.method)) run.delivery = deliveryAfter(run.delivery, judged);
    run.history.push({
      kind: classification,
      ...(outcome.kind === 'answer' ? { status: outcome.status } : { failure: failureName(outcome.error) }),
      ...(verdict && { delayMs: verdict.delayMs, delayFrom: verdict.delayFrom }),
    });
  }
  return { call: run, outcome, classification, details, retryAfterMs: askedMs, durationMs: elapsedMs(run) };
};

/** How calls ended, beside the answers and the errors that they ended with; `null` for an error that ended several. */
export const endings: WeakMap<object, Ending | null> = /* @__PURE__ */ new WeakMap();

/** The call is over. What its caller gets as a Response can be a failure here: a 404 that is handed back is `final`. */
export const ended = (run: Run, judged: Judged, details = judged.details): Ending => {
  const { outcome, classification, verdict } = judged;
  const result = remember(run, { ...judged, details });
  const stopped: StopReason | undefined =
    classification === 'success' ? undefined : verdict.kind === 'stop' ? verdict.because : 'final';
  const ending = { ...result, stopped, delivery: run.delivery };
  emit(run, { type: 'end', ...ending });
  const end = outcome.kind === 'answer' ? outcome.response : outcome.error;
  if (stopped && Object(end) === end) endings.set(end as object, endings.has(end as object) ? null : ending);
  return ending;
};
