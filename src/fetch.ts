import { attempt, hasAround, isTimeout, pause, within } from './attempt.ts';
import { drain } from './body.ts';
import type { Outcome, RetryVerdict } from './call.ts';
import { isMilliseconds } from './check.ts';
import { COMMON, checkOptions, DEFAULTS, type FetchOptions, type Peeked, resolve } from './options.ts';
import { checkedClass, isRetryable } from './policy/classify.ts';
import { decide, stop } from './policy/decide.ts';
import { isPermanent } from './policy/failure.ts';
import { originOf } from './policy/outage.ts';
import { isReplayable } from './policy/replay.ts';
import { afterServerMs, headersOf, isVetoed, retryAfterMs } from './policy/retry-after.ts';
import { readRequest } from './request.ts';
import { beginRun, emit, ended, type Judged, type Run, remainingMs, remember, wasUnsent } from './run.ts';
import { createSender, type Fetch } from './sender.ts';

/** Whether what was tried may be tried once more. */
const canRepeat = (run: Run, { classification, unsent }: Pick<Judged, 'classification' | 'unsent'>): boolean =>
  isReplayable({
    method: run.method,
    keyed: run.idempotencyKey !== undefined,
    oneShot: run.sending.oneShot,
    unapplied: classification === 'throttled' || unsent,
  });

/** What the rules say of an attempt that has just ended. */
const weigh = (run: Run, outcome: Outcome, peeked?: Peeked): Judged => {
  const { policy, attempts, previousMs, startedAt } = run;
  const { random, now, limit } = policy;
  const classification = peeked?.classification ?? checkedClass(policy.classify(outcome));
  const { outage } = policy;
  const throttled = classification === 'throttled';
  // A 429 is an answer, too: the origin is there.
  const isFailure = isRetryable(classification) && !throttled;
  if (outage && (isFailure || (outcome.kind === 'answer' && outage.streaks.size > 0)))
    outage.heard(originOf(run.url), isFailure, now());
  if (classification === 'success') return { outcome, classification, verdict: { kind: 'accept' }, unsent: false };
  const response = outcome.kind === 'answer' ? outcome.response : undefined;
  const headers = response && headersOf(response);
  const askedMs =
    (response && policy.retryAfter?.(response)) ?? (headers && retryAfterMs(headers, Date.now(), throttled));
  const leftMs = remainingMs(run);
  const unsent = wasUnsent(run, outcome);
  const delay = (): number => {
    if (askedMs !== undefined) return afterServerMs(askedMs, { throttled, remainingMs: leftMs, random });
    const ms = policy.backoff({ attempt: attempts, previousMs, random, outcome: { ...outcome, classification } });
    if (isMilliseconds(ms)) return ms;
    throw new RangeError(`\`retry.backoff\` must return milliseconds, got ${ms}`);
  };
  const verdict = decide({
    classification,
    permanent: !response && outcome.kind !== 'timeout' && (outcome.kind !== 'failure' || isPermanent(outcome.error)),
    vetoed: peeked?.terminal || (headers !== undefined && isVetoed(headers)),
    attempt: attempts,
    limit,
    replayable: canRepeat(run, { classification, unsent }),
    serverMs: askedMs,
    maxRetryAfterMs: policy.maxRetryAfterMs,
    delay,
    remainingMs: leftMs,
    // A time that the server named is believed once.
    isHeld: () =>
      (askedMs === undefined || attempts > 1) &&
      !!outage?.holds(originOf(run.url), { startedAt, attempts, limit }, now(), random),
  });
  return { outcome, classification, verdict, unsent, askedMs, details: peeked?.details };
};

/** Asks the extensions: they may always stop, and have a retry only of what can be sent again, in time. */
const consult = async (run: Run, judged: Judged): Promise<Judged> => {
  const { outcome, classification } = judged;
  const { use, limit } = run.policy;
  let { verdict } = judged;
  for (const extension of use) {
    const asked = extension.verdict?.(verdict, run.attempt!, { ...outcome, classification });
    const wanted = asked && (await within(remainingMs(run), run.sending.signal, async () => asked));
    if (wanted?.kind === 'stop') verdict = wanted;
    if (wanted?.kind !== 'retry' || !isMilliseconds(wanted.delayMs)) continue;
    if (run.attempts > limit) verdict = stop('limit');
    else if (!canRepeat(run, judged)) verdict = stop('not-replayable');
    else verdict = wanted.delayMs < remainingMs(run) ? wanted : stop('deadline');
  }
  return { ...judged, verdict };
};

const over = (kind: 'aborted' | 'thrown', error: unknown): Judged => ({
  outcome: { kind, error },
  classification: kind,
  verdict: stop('final'),
  unsent: false,
});

/** Class and verdict of an attempt. */
const judge = (run: Run, outcome: Outcome): Judged | Promise<Judged> => {
  const peeking = outcome.kind === 'answer' ? run.policy.peek?.(outcome.response, run) : undefined;
  return peeking ? peeking.then(peeked => judgeBy(run, outcome, peeked)) : judgeBy(run, outcome);
};

const judgeBy = (run: Run, outcome: Outcome, peeked?: Peeked): Judged | Promise<Judged> => {
  const { policy, attempt } = run;
  const judged = weigh(run, outcome, peeked);
  if (judged.classification === 'success') return judged;
  const isOver = /^(aborted|invalid|thrown)$/.test(outcome.kind);
  return attempt && !isOver && policy.use.some(({ verdict }) => verdict) ? judgeAnew(run, judged) : begun(run, judged);
};

const judgeAnew = async (run: Run, judged: Judged): Promise<Judged> => {
  try {
    return begun(run, await consult(run, judged));
  } catch (error) {
    // Nobody waits for longer than the call lasts. Else it is an abort, or an error of its own.
    if (isTimeout(error)) return { ...judged, verdict: stop('deadline') };
    return over(run.sending.signal?.aborted ? 'aborted' : 'thrown', error);
  }
};

/** A retry that was decided on begins. */
const begun = (run: Run, judged: Judged): Judged => {
  const { verdict } = judged;
  if (verdict.kind === 'retry') {
    run.previousMs = verdict.delayMs;
    emit(run, { type: 'retry', ...remember(run, judged, verdict), verdict });
  }
  return judged;
};

/** The wait before a retry; an outcome where it was cut short. The answer that is not wanted is drained beside it, and beside what follows. */
const rest = async (run: Run, { outcome, verdict }: Judged): Promise<Outcome | undefined> => {
  const { signal } = run.sending;
  const { delayMs } = verdict as RetryVerdict;
  if (outcome.kind === 'answer') run.drains.push(drain(outcome.response));
  try {
    await pause(run.policy, delayMs, signal);
    run.waitedMs += delayMs;
    return undefined;
  } catch (error) {
    return { kind: signal?.aborted ? 'aborted' : 'thrown', error };
  }
};

/** Attempts, until there is nothing to be repeated. */
export const carry = async (run: Run): Promise<Judged> => {
  try {
    let judged = await judge(run, await attempt(run));
    while (judged.verdict.kind === 'retry') {
      judged = await judge(run, (await rest(run, judged)) ?? (await attempt(run)));
    }
    return judged;
  } finally {
    // What is not drained by now is let go.
    for (const stop of run.drains) stop();
  }
};

const finish = async (run: Run): Promise<Response> => {
  const judged = await carry(run);
  const { outcome, classification } = judged;
  // A success that nobody watches leaves nothing behind.
  if (classification !== 'success' || run.policy.use.length > 0) ended(run, judged);
  if (outcome.kind === 'answer') return outcome.response;
  throw outcome.error;
};

/**
 * The platform's fetch, minus the transient failures: same arguments, same results, same rejections.
 *
 * @throws {TypeError | RangeError} at once, naming the option that is wrong
 * @example
 * const fetch = createFetch({ retry: { limit: 3 }, timeout: 5_000 });
 * const response = await fetch('https://api.example.com/v1/things', { method: 'POST', body: '{}' });
 */
export const createFetch = (options: FetchOptions = {}): Fetch => {
  checkOptions('createFetch', options);
  const sender = createSender(options.fetch);
  const policy = resolve(options, DEFAULTS.fetch, sender);
  // What only the runtime's fetch knows.
  const rest = Object.entries(options).filter(([name]) => !Object.hasOwn(COMMON, name));
  const defaults = rest.length > 0 ? Object.fromEntries(rest) : undefined;
  const { keys, limit, use, now } = policy;
  const waits = hasAround(use);

  const begin: Fetch = (input, init) => {
    sender.called(init);
    // Not a dictionary: the platform says so.
    if (init != null && Object(init) !== init) return sender.pick()(input, init);
    const sending = readRequest(input, init, defaults, keys, limit > 0 || waits, waits);
    // Nothing will be sent, and nobody told.
    if (sending.signal?.aborted && use.length === 0 && !sender.given) return sender.pick()(...sending.first);
    return finish(beginRun(policy, sending, now()));
  };

  // A method: it has fetch's name, and is called with any `this`.
  const { fetch } = {
    fetch(...args: Parameters<Fetch> | []): Promise<Response> {
      try {
        return args.length === 0 ? (sender.pick() as () => Promise<Response>)() : begin(...args);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
  return sender.own(fetch);
};
