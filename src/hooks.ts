import {
  type BeforeErrorHook,
  HTTPError,
  type Options as KyOptions,
  type RetryOptions as KyRetryOptions,
  NetworkError,
  TimeoutError,
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
} from './engine.ts';
import { boundBody } from './error-body.ts';
import { ApiNetworkError, ApiTimeoutError, apiError } from './errors/api-error.ts';
import { isTerminal, readDetails } from './errors/formats/index.ts';
import { requestIdOf } from './errors/request-id.ts';
import { kyRules } from './ky-retry.ts';
import { type ClientOptions, DEFAULTS, type Policy, resolve, retryGroup } from './options.ts';
import { platformFetch } from './platform.ts';
import type { Budget } from './policy/budget.ts';
import { isRetryable } from './policy/classify.ts';
import { retryAfterMs } from './policy/retry-after.ts';
import { ownKey, withHeader } from './request.ts';

/** Ours, which the platform's fetch must not see. */
const OWN: ReadonlySet<string> = new Set(['service', 'idempotency', 'log', 'redact', 'use', 'errors', 'runtime']);

/** ky asks `shouldRetry` only for methods it is told of (K3). */
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'query', 'options', 'trace', 'connect'];

/** How much of an error's body is read, and for how long: less where the answer may be thrown away (rule 7). */
const FINAL_BODY = { bytes: 1_048_576, ms: 5_000 };
const RETRIED_BODY = { bytes: 65_536, ms: 500 };

const policyOf = (options: ClientOptions, budget: Budget | undefined): Policy => {
  const policy = resolve(options, DEFAULTS.client, budget);
  const ky = kyRules(retryGroup(options.retry) as KyRetryOptions);
  if (!ky) return policy;
  return {
    ...policy,
    ky,
    backoff: ky.backoff ?? policy.backoff,
    maxRetryAfterMs: ky.maxRetryAfterMs ?? policy.maxRetryAfterMs,
  };
};

/**
 * Makes ky's merged options of one call (K8) do what ours say: the attempt, the verdict, the wait and the error of a
 * client's call are the closures below, and everything else is ky's.
 */
export const holdFast = (options: KyOptions, budget: Budget | undefined): void => {
  const { errors: formats, ...own } = options as ClientOptions;
  const policy = policyOf(own, budget);
  const { keys, ky: rules } = policy;
  const run = beginRun(policy, policy.now(), {
    method: options.method ?? '',
    url: '',
    idempotencyKey: undefined,
    signal: options.signal ?? undefined,
    oneShot: isOneShot(options.body),
  });
  let sent: Request | undefined;
  let judged: Judgement | undefined;
  /** What the platform's fetch, or an extension, threw at the last attempt. */
  let failure: { error: unknown; refused: boolean } | undefined;

  const isThrown = ({ ok, status, type }: Response): boolean => {
    const throws = options.throwHttpErrors ?? true;
    return !ok && type !== 'opaque' && (typeof throws === 'function' ? throws(status) : throws);
  };

  /** What the call turned out to be; read when something went wrong, or somebody watches. */
  const identify = (request = sent): void => {
    if (!request) return;
    run.method = request.method;
    run.url = request.url;
    run.signal = options.signal ?? request.signal;
    run.idempotencyKey = (keys && request.headers.get(keys.header)) ?? undefined;
  };

  const attempt = async (request: Request, init: RequestInit): Promise<Response> => {
    run.attempts++;
    sent = request;
    judged = failure = undefined;
    if (keys?.methods.has(request.method) && !request.headers.has(keys.header)) {
      run.idempotencyKey ??= keys.value(() => request);
      request.headers.set(keys.header, run.idempotencyKey);
    }
    let refused = true;
    try {
      if (policy.use.length > 0) {
        identify();
        await beginAttempt(run, request.headers);
      }
      refused = false;
      const response = await (policy.fetch ?? platformFetch)(request, runtimeInit(init));
      answered(response);
      return response;
    } catch (error) {
      failure = { error, refused };
      throw error;
    }
  };

  /** An error that ky will throw is judged there; any other answer ends the call here. */
  const answered = (response: Response): void => {
    const outcome: Outcome = { kind: 'answer', status: response.status, response };
    if (isThrown(response)) {
      const repeats = run.attempts <= policy.limit && isRetryable(policy.classify(outcome));
      boundBody(response, repeats ? RETRIED_BODY : FINAL_BODY);
    } else if (run.attempts > 1 || response.status >= 400 || policy.use.length > 0) {
      identify();
      const classification = policy.classify(outcome);
      ended(run, { outcome, classification, verdict: { kind: 'accept' } });
    } else if (budget && !budget.full) budget.giveBack(originOf(response.url || sent!.url));
  };

  const judgeError = (error: unknown, said?: boolean): Judgement => {
    const outcome = outcomeOf(error, run.signal);
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
    begunRetry(run, judged, verdict);
    return true;
  };

  const beforeError: BeforeErrorHook = ({ error, request }) => {
    const known = error instanceof HTTPError || error instanceof NetworkError || error instanceof TimeoutError;
    identify(sent ?? request);
    // A hook's own error, an extension's refusal, and an abort in the wait are not ours to reword.
    if (!known && (error !== failure?.error || failure.refused)) {
      const kind = run.signal?.aborted ? 'aborted' : 'invalid';
      if (kind === 'aborted' || error === failure?.error)
        ended(run, { outcome: { kind, error }, classification: kind, verdict: FINAL });
      return error;
    }
    const final = judged?.verdict.kind === 'stop' ? judged : judgeError(error);
    const { outcome, classification, details = {} } = final;
    const stopped = ended(run, final);
    if (classification === 'aborted' || (classification === 'invalid' && !known)) return error;
    const facts = {
      service: policy.service ?? new URL(request.url).host,
      attempts: run.attempts,
      stopped,
      delivery: run.delivery!,
      idempotencyKey: run.idempotencyKey,
      durationMs: policy.now() - run.startedAt,
    };
    if (outcome.kind !== 'answer') {
      return outcome.kind === 'timeout'
        ? new ApiTimeoutError(request, facts)
        : new ApiNetworkError(request, outcome.error, facts);
    }
    const nowMs = Date.now();
    const askedMs = retryAfterMs(outcome.response.headers, nowMs, classification === 'throttled');
    return apiError(error as HTTPError, details, askedMs === undefined ? undefined : new Date(nowMs + askedMs), facts);
  };

  if (keys && !keys.generated && keys.methods.has((options.method ?? '').toUpperCase())) {
    // Where all that the key depends on is known by now, our user's hooks see it.
    const headers = options.headers as HeadersInit | undefined;
    if (ownKey(headers, keys.header) === undefined) {
      options.headers = withHeader(
        headers,
        keys.header,
        keys.value(() => ({ method: '', url: '', headers: new Headers() })),
      );
    }
  }
  options.fetch = attempt as NonNullable<KyOptions['fetch']>;
  options.hooks = { ...options.hooks, beforeError: [beforeError, ...(options.hooks?.beforeError ?? [])] };
  options.retry = {
    limit: run.oneShot ? 0 : policy.limit,
    methods: options.method ? [...METHODS, options.method as 'get'] : (METHODS as 'get'[]),
    shouldRetry,
    // Asked by ky after our verdict, or after a retry that a hook forced with `ky.retry()`.
    delay: () => (judged?.verdict.kind === 'retry' ? judged.verdict.delayMs : backoffMs(run)),
  };
};

const outcomeOf = (error: unknown, signal: AbortSignal | undefined): Outcome => {
  if (error instanceof HTTPError) return { kind: 'answer', status: error.response.status, response: error.response };
  // ky's own timer aborts the signal of the request, too.
  if (error instanceof TimeoutError) return { kind: 'timeout', error };
  if (signal?.aborted) return { kind: 'aborted', error };
  return { kind: 'failure', error: error instanceof NetworkError ? error.cause : error };
};

/** What only the runtime's fetch knows (`dispatcher`, `next`, `cf`), without ours. */
const runtimeInit = (init: RequestInit): RequestInit | undefined => {
  const rest = Object.entries(init).filter(([name]) => !OWN.has(name));
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
};
