import ky, { ForceRetryError, type KyInstance } from 'ky';
import { drain } from './body.ts';
import type { Outcome } from './call.ts';
import { withDiagnostics } from './diagnostics.ts';
import {
  beginAttempt,
  beginRun,
  begunRetry,
  ended,
  FINAL,
  type Judgement,
  judge,
  originOf,
  type Run,
  remainingMs,
} from './engine.ts';
import { DEFAULTS, type FetchOptions, resolve } from './options.ts';
import { type Fetch, mark, platformFetch } from './platform.ts';
import { stop } from './policy/decide.ts';
import { type Args, again, amend, readRequest, type Sending } from './request.ts';
import { COMMON_RULES, checkFetchOptions } from './rules.ts';
import { hold, onAbort, sendWithin, within } from './signal.ts';

/** What the options hold for the runtime's fetch. */
const runtimeDefaults = (options: FetchOptions): RequestInit | undefined => {
  const entries = Object.entries(options).filter(([name]) => !Object.hasOwn(COMMON_RULES, name));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
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
  const policy = resolve(checkFetchOptions(options), DEFAULTS.fetch);
  const { budget, keys, now, limit } = policy;
  const defaults = runtimeDefaults(options);
  const firstMs = Math.min(policy.timeout || Number.POSITIVE_INFINITY, policy.totalTimeout || Number.POSITIVE_INFINITY);

  const holdfast: Fetch = async (input, init) => {
    const platform = policy.fetch ?? platformFetch;
    // Not a dictionary: the platform says so.
    if (init != null && typeof init !== 'object' && typeof init !== 'function') return platform(input, init);
    const startedAt = now();
    const sending = readRequest(input, init, defaults, keys, limit > 0);
    const watched = withDiagnostics(policy);
    if (watched.use.length > 0) return persist(beginRun(watched, startedAt, sending), sending, platform);

    let outcome: Outcome;
    try {
      const response = await sendWithin(platform, sending.first, firstMs, sending.signal);
      outcome = answered(sending, response);
    } catch (error) {
      outcome = failed(sending, error, firstMs);
    }
    if (outcome.kind === 'answer' && policy.classify(outcome) === 'success') {
      if (budget && !budget.full) budget.giveBack(originOf(sending.url));
      return outcome.response;
    }
    const run = beginRun(policy, startedAt, sending);
    run.attempts = 1;
    return persist(run, sending, platform, { judged: settle(run, outcome) });
  };
  return mark(holdfast);
};

/** Why a fetch rejected: the caller's abort, our timer, a request that can't be built, or a failure (FACTS K16). */
const failed = ({ method, signal, first: [input, init], oneShot }: Sending, error: unknown, ms: number): Outcome => {
  if (signal?.aborted) return { kind: 'aborted', error };
  if (ms !== Number.POSITIVE_INFINITY && (error as Error | undefined)?.name === 'TimeoutError')
    return { kind: 'timeout', error };
  const [url, body] = typeof input === 'string' ? [input, init?.body] : [input.url, init?.body ?? input.body];
  const blank = oneShot && init?.body ? new ReadableStream() : '';
  try {
    new Request(url, { method, ...init, body: body == null ? null : blank });
    return { kind: 'failure', error };
  } catch {
    return { kind: 'invalid', error };
  }
};

const answered = ({ first: [input] }: Sending, response: Response): Outcome => {
  if (typeof input === 'object') hold(input, response);
  return { kind: 'answer', status: response.status, response };
};

/** What will be sent, for the extensions; `undefined` where the platform will refuse it. */
const headersOf = ([input, init]: Args): Headers | undefined => {
  try {
    return new Headers(init?.headers === undefined && typeof input === 'object' ? input.headers : init?.headers);
  } catch {
    return undefined;
  }
};

const outcomeOf = async (sending: Sending, platform: Fetch, args: Args, ms: number): Promise<Outcome> => {
  try {
    return answered(sending, await sendWithin(platform, args, ms, sending.signal));
  } catch (error) {
    return failed(sending, error, ms);
  }
};

/** Judges, and pays for a retry in the same breath: a hundred answers at once must not spend one token each. */
const settle = (run: Run, outcome: Outcome): Judgement => {
  const judged = judge(run, outcome);
  if (judged.verdict.kind === 'retry') begunRetry(run, judged, judged.verdict);
  return judged;
};

/** One attempt through extensions and timers. Never rejects. */
const send = async (run: Run, sending: Sending, platform: Fetch): Promise<Judgement> => {
  const { policy, signal } = run;
  run.attempts++;
  let args = run.attempts === 1 ? sending.first : again(sending);
  const headers = policy.use.length > 0 ? headersOf(args) : undefined;
  try {
    if (headers) {
      args = amend(args, { headers });
      const begin = (managed = signal) => beginAttempt(run, headers, managed);
      const leftMs = Math.max(0, remainingMs(run));
      await (leftMs === Number.POSITIVE_INFINITY ? begin() : within(leftMs, signal, begin));
    }
    const ms = Math.min(policy.timeout || Number.POSITIVE_INFINITY, Math.max(0, remainingMs(run)));
    return settle(run, await outcomeOf(sending, platform, args, ms));
  } catch (error) {
    // An extension refused, or its wait was cut short: the end, whatever `classify` thinks.
    const isLate = policy.totalTimeout !== false && (error as Error | undefined)?.name === 'TimeoutError';
    const kind = signal?.aborted ? 'aborted' : isLate ? 'timeout' : 'invalid';
    return { outcome: { kind, error }, classification: kind, verdict: kind === 'timeout' ? stop('deadline') : FINAL };
  }
};

/** What is to be acted on next; empty while a call waits, so that no answer is kept for nothing. */
interface Hand {
  judged?: Judgement | undefined;
}

/** ky by its retry limit: merging its options at every call would cost more than the call. */
const engines = new Map<number, KyInstance>();
const engineOf = (limit: number): KyInstance => {
  const engine = engines.get(limit) ?? ky.create({ retry: limit, timeout: false, throwHttpErrors: false });
  engines.set(limit, engine);
  return engine;
};

/**
 * Carries a call to its end: judges the outcome in hand and, only where it is to be repeated, wakes ky, whose first
 * `fetch` answers with that outcome and which then runs the waits and the further attempts (FACTS K17, K21).
 */
const persist = async (run: Run, sending: Sending, platform: Fetch, hand: Hand = {}): Promise<Response> => {
  hand.judged ??= await send(run, sending, platform);
  if (hand.judged.verdict.kind === 'retry') {
    // Nothing of ky's hangs on the caller's signal, which may outlive the call by far (FACTS K19).
    const waiting = run.signal && new AbortController();
    const over = new AbortController();
    const release = run.signal && onAbort(run.signal, () => waiting?.abort(run.signal?.reason));
    const repeat = new ForceRetryError();
    try {
      // The url stands for the call: what is sent was built by the platform, out of `sending`.
      await engineOf(run.policy.limit)('http://localhost', {
        ...(waiting && { signal: waiting.signal }),
        fetch: async () => {
          hand.judged ??= await send(run, sending, platform);
          const { outcome, verdict } = hand.judged;
          // ky is done; what it is given has no part in the result.
          if (verdict.kind !== 'retry') return new Response(null);
          hand.judged = undefined;
          if (outcome.kind === 'answer') void drain(outcome.response, over.signal);
          const { sleep } = run.policy;
          if (sleep) await sleep(verdict.delayMs, waiting?.signal);
          repeat.customDelay = sleep ? 0 : verdict.delayMs;
          throw repeat;
        },
      });
    } catch (error) {
      if (!run.signal?.aborted) throw error;
      const outcome = { kind: 'aborted', error: run.signal.reason } as const;
      hand.judged = { outcome, classification: 'aborted', verdict: FINAL };
    } finally {
      release?.();
      over.abort('over');
    }
  }
  return conclude(run, hand.judged!);
};

const conclude = (run: Run, judged: Judgement): Response => {
  ended(run, judged);
  if (judged.outcome.kind === 'answer') return judged.outcome.response;
  throw judged.outcome.error;
};
