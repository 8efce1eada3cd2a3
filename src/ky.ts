import { HTTPError, type Options as KyOptions, NetworkError, TimeoutError } from 'ky';
import type { Outcome } from './call.ts';

/** Ours, which the platform's fetch must not see. */
const OWN: ReadonlySet<string> = new Set(['service', 'idempotency', 'log', 'redact', 'use', 'errors', 'runtime']);

type Throws = KyOptions['throwHttpErrors'];

/** Whether ky is going to throw this status. A function that throws itself is ky's to run into. */
export const throws = (option: Throws = true, status: number): boolean => {
  try {
    return typeof option === 'function' ? option(status) : option;
  } catch {
    return true;
  }
};

/** We ask about each answer just before ky does. */
export const askedOnce = (option: (status: number) => boolean): ((status: number) => boolean) => {
  let known: { status: number; throws: boolean } | undefined;
  return status => {
    const result = known?.status === status ? known : { status, throws: option(status) };
    known = known === result ? undefined : result;
    return result.throws;
  };
};

/** An error that ky made for this call, rather than one that a hook of our user's brought from elsewhere. */
export const isKys = (error: Error, requests: readonly (Request | undefined)[]): boolean =>
  (error.constructor === HTTPError || error.constructor === NetworkError || error.constructor === TimeoutError) &&
  requests.includes((error as HTTPError).request);

/** What an error that ky gives to its hooks says of the attempt. */
export const outcomeOf = (error: unknown, aborted = false): Outcome => {
  if (error instanceof HTTPError) return { kind: 'answer', status: error.response.status, response: error.response };
  // ky's own timer aborts the signal of the request, too.
  if (error instanceof TimeoutError) return { kind: 'timeout', error };
  if (aborted) return { kind: 'aborted', error };
  return { kind: 'failure', error: error instanceof NetworkError ? error.cause : error };
};

/** The request with an ear for this signal: in undici a copy goes deaf at the next garbage collection (K15). */
export const listening = (request: Request, signal: AbortSignal): Request => {
  if (!AbortSignal.any) return request;
  const { referrer, referrerPolicy } = request; // K23
  return new Request(request, { referrer, referrerPolicy, signal: AbortSignal.any([signal, request.signal]) });
};

/** What only the runtime's fetch knows (`dispatcher`, `next`, `cf`), without ours. */
export const runtimeInit = (init: RequestInit): RequestInit | undefined => {
  let rest: Record<string, unknown> | undefined;
  for (const name in init) {
    if (OWN.has(name)) continue;
    rest ??= {};
    rest[name] = init[name as keyof RequestInit];
  }
  return rest;
};
