import {
  type BeforeErrorHook,
  type BeforeRequestHook,
  HTTPError,
  type Input,
  type Options as KyOptions,
  type RetryOptions as KyRetryOptions,
} from 'ky';
import { isOneShot } from './body.ts';
import type { Outcome } from './call.ts';
import {
  backoffMs,
  beginAttempt,
  beginRun,
  begunRetry,
  ended,
  FINAL,
  type Judgement,
  judge,
  originOf,
  remainingMs,
} from './engine.ts';
import { boundBody } from './error-body.ts';
import { ApiNetworkError, ApiTimeoutError, apiError } from './errors/api-error.ts';
import type { ErrorFormat } from './errors/format.ts';
import { isTerminal, readDetails } from './errors/formats/index.ts';
import { requestIdOf } from './errors/request-id.ts';
import { askedOnce, isKys, listening, outcomeOf, runtimeInit, throws } from './ky.ts';
import { kyRules } from './ky-retry.ts';
import { type ClientOptions, DEFAULTS, type Policy, resolve, retryGroup } from './options.ts';
import { platformFetch } from './platform.ts';
import type { Budget } from './policy/budget.ts';
import { isRetryable } from './policy/classify.ts';
import { ownKey, withHeader } from './request.ts';

/** ky asks `shouldRetry` only for methods it is told of (K3): those that a replaced request may have. */
const METHODS: string[] = ['get', 'post', 'put', 'patch', 'delete', 'head', 'query', 'options', 'trace', 'connect'];

/** How much of an error's body is read, and for how long: less where the answer may be thrown away (rule 7). */
const FINAL_BODY = { bytes: 1_048_576, ms: 5_000 };
const RETRIED_BODY = { bytes: 65_536, ms: 500 };

/** Requests whose answers are still being read: an abort passes through them only while they live (K15). */
const reading = new WeakMap<ReadableStream, readonly unknown[]>();

/** A policy, and what only a client has. */
export interface ClientPolicy extends Policy {
  readonly formats: readonly ErrorFormat[] | undefined;
}

/** The policy of a client, or of one call of it. */
export const clientPolicy = (options: ClientOptions, budget: Budget | undefined): ClientPolicy => {
  const policy = { ...resolve(options, DEFAULTS.client, budget), formats: options.errors };
  const ky = kyRules(retryGroup(options.retry) as KyRetryOptions);
  if (!ky) return policy;
  return {
    ...policy,
    ky,
    backoff: ky.backoff ?? policy.backoff,
    maxRetryAfterMs: ky.maxRetryAfterMs ?? policy.maxRetryAfterMs,
  };
};

/** To be told how ky's promise settles, where somebody watches: not every end passes through a hook (K13). */
export interface Settle {
  resolved(response: Response | undefined): void;
  rejected(error: unknown): void;
}

/**
 * Makes ky's merged options of one call (K8) do what ours say: the attempt, the verdict, the wait and the error of a
 * client's call are the closures below, and everything else is ky's.
 */
export const holdFast = (options: KyOptions, policy: ClientPolicy, input: Input): Settle | undefined => {
  const { keys, ky: rules, budget, formats } = policy;
  const given = input instanceof Request ? input : undefined;
  const method = options.method ?? given?.method ?? 'GET';
  const run = beginRun(policy, policy.now(), {
    method,
    url: '',
    idempotencyKey: undefined,
    signal: options.signal ?? given?.signal,
    oneShot: isOneShot(options.body),
  });
  const watched = policy.use.length > 0 || policy.record !== undefined;
  const { beforeRequest, beforeRetry, afterResponse } = options.hooks ?? {};
  /** Whether a hook of our user's may put another request in the place of the one that was asked for. */
  const replaceable = Boolean(beforeRequest?.length || beforeRetry?.length || afterResponse?.length);
  /** Whether the key stands in the headers already. */
  let keyed = false;
  let done = false;
  let sent: Request | undefined;
  /** The request that ky built; it sends copies of it later, until its own timer has ended this one. */
  let built: Request | undefined;
  let judged: Judgement | undefined;
  /** What the platform's fetch threw at the last attempt, or whoever refused it: an extension, or a key's `generate`. */
  let failure: { error: unknown; refused: boolean } | undefined;

  const end = (how: Judgement) => {
    done = true;
    return ended(run, how);
  };

  const isThrown = ({ ok, status, type }: Response): boolean =>
    !ok && type !== 'opaque' && throws(options.throwHttpErrors, status);

  /** What the call turned out to be; read when something went wrong, or somebody watches. */
  const identify = (request = sent): void => {
    if (!request) return;
    run.method = request.method;
    run.url = request.url;
    run.idempotencyKey = (keys && request.headers.get(keys.header)) ?? undefined;
  };

  const addKey = (request: Request): void => {
    if ((keyed && !replaceable) || !keys?.methods.has(request.method) || request.headers.has(keys.header)) return;
    run.idempotencyKey ??= keys.value(() => request);
    request.headers.set(keys.header, run.idempotencyKey);
  };

  const attempt = async (request: Request, init: RequestInit): Promise<Response> => {
    run.attempts++;
    sent = request;
    judged = failure = undefined;
    let refused = true;
    try {
      addKey(request);
      if (policy.use.length > 0) {
        identify();
        await beginAttempt(run, request.headers, request.signal);
      }
      refused = false;
      if (!built || built.signal.aborted) built = request;
      const live = built === request ? request : listening(request, built.signal);
      const own = runtimeInit(init);
      const response = await (policy.fetch ? policy.fetch(live, own ?? {}) : platformFetch(live, own));
      if (run.signal && response.body) reading.set(response.body, [given, built, live]);
      answered(response);
      return response;
    } catch (error) {
      failure = { error, refused };
      throw error;
    }
  };

  /** An error that ky will throw is judged there; any other answer ends the call. */
  const answered = (response: Response): void => {
    if (isThrown(response)) {
      const outcome: Outcome = { kind: 'answer', status: response.status, response };
      const classification = policy.classify(outcome);
      const retryable = rules?.retries(outcome, classification) ?? isRetryable(classification);
      const { bytes, ms } = retryable && run.attempts <= policy.limit ? RETRIED_BODY : FINAL_BODY;
      // Sooner than ky's own timers end the read, and the answer with it.
      const kyMs = Math.min(policy.timeout || 10_000, remainingMs(run));
      boundBody(response, { bytes, ms: Math.min(ms, kyMs * 0.9) });
    } else if (!watched && budget && !budget.full && response.status < 400) {
      budget.giveBack(originOf(response.url || sent!.url));
    }
  };

  const judgeError = (error: unknown, said?: boolean): Judgement => {
    const outcome = outcomeOf(error, run.signal?.aborted || sent?.signal.aborted);
    if (!(error instanceof HTTPError)) return judge(run, outcome, { said });
    const { response, data } = error;
    const details = readDetails(data, response, formats);
    const requestId = details.requestId ?? requestIdOf(response.headers);
    return judge(run, outcome, { said, terminal: isTerminal(details, formats), details: { ...details, requestId } });
  };

  const shouldRetry: NonNullable<KyRetryOptions['shouldRetry']> = async state => {
    if (failure?.refused) return false;
    identify();
    const said = rules?.replays(run.method) === false ? undefined : await rules?.shouldRetry?.(state);
    judged = judgeError(state.error, typeof said === 'boolean' ? said : undefined);
    const { verdict } = judged;
    if (verdict.kind !== 'retry') return false;
    const clamped = { ...verdict, delayMs: rules?.clamp(verdict) ?? verdict.delayMs };
    judged = { ...judged, verdict: clamped };
    begunRetry(run, judged, clamped);
    if (policy.sleep) await policy.sleep(clamped.delayMs, run.signal);
    return true;
  };

  const beforeError: BeforeErrorHook = ({ error, request }) => {
    identify(sent ?? request);
    const thrown = error === failure?.error && !failure.refused;
    // A hook's own error, an extension's refusal, and an abort in the wait are not ours to reword.
    if (!thrown && !isKys(error, [sent, request])) return error;
    const final = judged?.verdict.kind === 'stop' ? judged : judgeError(error);
    const { outcome, classification, details = {}, askedMs } = final;
    if (classification === 'aborted') return error;
    // A body that stalls fails a call that has been answered.
    const stopped = done ? 'final' : end(final);
    if (classification === 'invalid' && thrown) return error;
    const facts = {
      service: policy.service ?? new URL(request.url).host,
      attempts: run.attempts,
      stopped,
      delivery: run.delivery ?? 'not-sent',
      idempotencyKey: run.idempotencyKey,
      durationMs: policy.now() - run.startedAt,
    };
    if (outcome.kind !== 'answer') {
      return outcome.kind === 'timeout'
        ? new ApiTimeoutError(request, facts)
        : new ApiNetworkError(request, outcome.error, facts);
    }
    const retryAt = askedMs === undefined ? undefined : new Date(Date.now() + askedMs);
    return apiError(error as HTTPError, details, retryAt, facts);
  };

  const hooks = { ...options.hooks, beforeError: [beforeError, ...(options.hooks?.beforeError ?? [])] };
  if (keys?.methods.has(method.toUpperCase())) {
    // Early, so that our user's hooks see the key.
    const headers = options.headers as HeadersInit | undefined;
    if (keys.generated) {
      const stamp: BeforeRequestHook = ({ request }) => addKey(request);
      if (beforeRequest?.length) hooks.beforeRequest = [stamp, ...beforeRequest];
    } else if (ownKey(headers, keys.header) === undefined && !given?.headers.has(keys.header)) {
      run.idempotencyKey = keys.value(() => ({ method, url: '', headers: new Headers() }));
      options.headers = withHeader(headers, keys.header, run.idempotencyKey);
      keyed = true;
    }
  }
  options.timeout = policy.timeout;
  options.totalTimeout = policy.totalTimeout;
  options.fetch = attempt as NonNullable<KyOptions['fetch']>;
  options.hooks = hooks;
  if (typeof options.throwHttpErrors === 'function') options.throwHttpErrors = askedOnce(options.throwHttpErrors);
  options.retry = {
    limit: run.oneShot ? 0 : policy.limit,
    methods: replaceable ? [...METHODS, method] : [method],
    shouldRetry,
    // Asked by ky after our verdict, or after a retry that a hook forced with `ky.retry()`.
    delay: () => (policy.sleep ? 0 : judged?.verdict.kind === 'retry' ? judged.verdict.delayMs : backoffMs(run)),
  };
  if (!watched) return undefined;
  return {
    resolved: response => {
      if (done || run.attempts === 0) return;
      identify();
      // `ky.stop`: a hook refused the retry that had begun.
      if (!response) return void (judged && end({ ...judged, verdict: { kind: 'stop', because: 'vetoed' } }));
      const outcome: Outcome = { kind: 'answer', status: response.status, response };
      end({ outcome, classification: policy.classify(outcome), verdict: { kind: 'accept' } });
    },
    rejected: error => {
      if (done) return;
      identify();
      if (run.signal?.aborted || (error === failure?.error && sent?.signal.aborted))
        return void end({ outcome: { kind: 'aborted', error }, classification: 'aborted', verdict: FINAL });
      const kind = run.attempts === 0 || failure?.refused ? 'invalid' : 'failure';
      end({ outcome: { kind, error }, classification: 'invalid', verdict: FINAL });
    },
  };
};
