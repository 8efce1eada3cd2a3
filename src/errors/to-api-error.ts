import type { HTTPError } from 'ky';
import { isRead } from '../policy/replay.ts';
import { headersOf } from '../policy/retry-after.ts';
import { endings, type Run } from '../run.ts';
import { type AnswerError, ApiNetworkError, ApiTimeoutError, apiError } from './api-error.ts';
import { BODY_MS, dataOf, readText } from './body.ts';
import type { Facts } from './describe.ts';
import { readDetails } from './details.ts';
import { type CodeOf, type ErrorFormat, safely } from './format.ts';
import { sentBy } from './mask.ts';

/** What `toApiError` can be told. */
export interface ToApiErrorOptions<Formats extends readonly ErrorFormat[] = readonly ErrorFormat[]> {
  /** The service's name in message and error. @default what the call was made with, or the host */
  readonly service?: string | undefined;
  /** How this service words its errors; asked before the built-in format. */
  readonly errors?: Formats | undefined;
  /** What the body said, where you have read it: its value, or its text. @default the body is read */
  readonly data?: unknown;
  /** What was sent, where that was not by a fetch of ours. */
  readonly request?: Request | undefined;
}

/** The request of a call; one that the platform would refuse looks like one. */
const requestOf = (run: Run | undefined, url = run?.url ?? ''): Request => {
  const { method = 'GET', sending } = run ?? {};
  const input = sending?.first[0];
  if (typeof input === 'object') return input;
  return safely(() => new Request(url || 'about:blank', { method })) ?? ({ method, url } as Request);
};

const isAnswer = (value: unknown): value is Response =>
  !(value instanceof Error) && typeof (Object(value) as Response).status === 'number';

/**
 * The error that a client would have thrown, for those who use `fetch`: for an answer, or for what a fetch rejected with. What
 * is no failure of the network, as an abort's reason or an error of your own, comes back as the same object. Never rejects.
 *
 * The body of an answer is read, at most 10 MiB and 2 seconds of it, from a clone: it can be read again where it was whole.
 * Attempts, `stopped` and `delivery` are known where a fetch of ours made the call; of any other, `delivery` is `unknown`.
 *
 * @example
 * try {
 *   const response = await fetch(url);
 *   if (!response.ok) throw response;
 * } catch (problem) {
 *   throw await toApiError(problem);
 * }
 */
export function toApiError<const Formats extends readonly ErrorFormat[] = readonly ErrorFormat[]>(
  response: Response,
  options?: ToApiErrorOptions<Formats>,
): Promise<AnswerError<CodeOf<Formats>>>;
export function toApiError<E>(
  error: E,
  options?: ToApiErrorOptions,
): Promise<E extends Error ? ApiNetworkError | ApiTimeoutError | E : unknown>;
export async function toApiError(what: unknown, options: ToApiErrorOptions = {}): Promise<unknown> {
  const ending = Object(what) === what ? endings.get(what as object) : undefined;
  const run = ending?.call as Run | undefined;
  const answer = isAnswer(what) ? what : undefined;
  const request = options.request ?? requestOf(run, answer?.url);
  const method = options.request?.method ?? run?.method ?? '';
  const facts: Facts = {
    service: options.service ?? run?.service ?? (safely(() => new URL(request.url).host) || 'the service'),
    // What ended several calls says nothing of any of them. An answer, whoever asked for it, took an attempt.
    attempts: run?.attempts ?? (answer ? 1 : undefined),
    stopped: ending?.stopped,
    delivery: ending ? ending.delivery : isRead(method) ? undefined : 'unknown',
    idempotencyKey: run?.idempotencyKey,
    durationMs: ending?.durationMs ?? 0,
  };
  if (!answer) {
    // An object that ended several calls was rejected with by each of them: what the platform's fetch does with a TypeError.
    const kind = ending === null ? what instanceof TypeError && 'failure' : ending?.outcome.kind;
    if (kind === 'timeout') return new ApiTimeoutError(request, facts);
    return kind === 'failure' || (kind === 'invalid' && run!.sent) ? new ApiNetworkError(request, what, facts) : what;
  }
  const seconds = Number(headersOf(answer).get('retry-after') || Number.NaN);
  const askedMs = ending ? ending.retryAfterMs : seconds * 1000;
  const data = options.data ?? dataOf((await readText(answer, BODY_MS)).text);
  const sent = options.request ?? (run ? sentBy(run) : request);
  return apiError(
    { response: answer, request, options: {}, data } as Pick<HTTPError, 'response' | 'request' | 'options' | 'data'>,
    readDetails(data, answer, options.errors, sent),
    askedMs === undefined ? undefined : new Date(Date.now() + askedMs),
    facts,
  );
}
