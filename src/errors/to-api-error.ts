import { HTTPError } from 'ky';
import { boundBody } from '../error-body.ts';
import { retryAfterMs } from '../policy/retry-after.ts';
import { type AnswerError, apiError } from './api-error.ts';
import { endings } from './endings.ts';
import type { CodeOf, ErrorFormat } from './format.ts';
import { readDetails } from './formats/index.ts';
import { requestIdOf } from './request-id.ts';

/** How much of the body is read, and for how long. */
const BOUND = { bytes: 1_048_576, ms: 5_000 };

/** What `toApiError` can be told. */
export interface ToApiErrorOptions<Formats extends readonly ErrorFormat[] = readonly ErrorFormat[]> {
  /** The service's name in message and error. @default what the call was made with, or the host */
  readonly service?: string | undefined;
  /** How this service words its errors; asked before the built-in formats. */
  readonly errors?: Formats | undefined;
}

/** The body's text, as far as the bound goes; empty where it is broken, or somebody else's. */
const textOf = async (response: Response): Promise<string> => {
  try {
    const { body } = response;
    if (!body || response.bodyUsed || body.locked) return '';
    const bounded = new Response(body);
    boundBody(bounded, BOUND);
    return await new Response(bounded.body).text();
  } catch {
    return '';
  }
};

const requestTo = (url: string): Request => {
  try {
    return new Request(url || 'about:blank');
  } catch {
    return { method: 'GET', url } as Request;
  }
};

const hostOf = (url: string): string => (URL.canParse(url) && new URL(url).host) || 'the service';

/**
 * The error that a client would have thrown for this answer, for those who use `fetch`. Reads the body, at most 1 MiB and
 * 5 seconds of it; never rejects.
 *
 * Attempts, `stopped` and `delivery` are known where the answer came from a fetch of ours; of any other one, `delivery` is
 * `unknown`.
 *
 * @example
 * const response = await fetch(url);
 * if (!response.ok) throw await toApiError(response);
 */
export const toApiError = async <const Formats extends readonly ErrorFormat[] = readonly ErrorFormat[]>(
  response: Response,
  request: Request = requestTo(response.url),
  { service, errors }: ToApiErrorOptions<Formats> = {},
): Promise<AnswerError<CodeOf<Formats>>> => {
  const nowMs = Date.now();
  const { status, headers } = response;
  const askedMs = retryAfterMs(headers, nowMs, status === 429);
  const error = new HTTPError(response, request as HTTPError['request'], {} as HTTPError['options']);
  error.data = await textOf(response);
  const details = readDetails(error.data, response, errors);
  const { call, stopped, delivery = 'unknown', durationMs = 0 } = endings.get(response) ?? {};
  return apiError(
    error,
    { ...details, requestId: details.requestId ?? requestIdOf(headers) },
    askedMs === undefined ? undefined : new Date(nowMs + askedMs),
    {
      service: service ?? call?.service ?? hostOf(request.url),
      attempts: call?.attempts ?? 1,
      stopped,
      delivery,
      idempotencyKey: call?.idempotencyKey,
      durationMs,
    },
  ) as AnswerError<CodeOf<Formats>>;
};
