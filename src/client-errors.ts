import { type BeforeErrorHook, HTTPError } from 'ky';
import { type ClientCall, fail } from './client-call.ts';
import { ApiNetworkError, ApiTimeoutError, apiError } from './errors/api-error.ts';
import type { Facts } from './errors/describe.ts';
import { readDetails } from './errors/details.ts';

const factsOf = ({ policy, run, ending }: ClientCall, { url }: Request): Facts => ({
  service: policy.service ?? new URL(url).host,
  attempts: run?.attempts ?? 0,
  stopped: ending?.stopped,
  delivery: ending?.delivery,
  idempotencyKey: run?.idempotencyKey,
  durationMs: ending?.durationMs ?? 0,
  answered: run?.history.at(-1)?.status !== undefined,
});

/** The error that stands for a call without an answer, or without its body; nothing where it ended otherwise. */
export const unanswered = (call: ClientCall, request: Request): Error | undefined => {
  const { outcome } = call.judged!;
  if (outcome.kind === 'timeout') return new ApiTimeoutError(request, factsOf(call, request));
  const isRefused = outcome.kind === 'invalid' && call.run!.sent;
  if (outcome.kind !== 'failure' && !isRefused) return undefined;
  return new ApiNetworkError(request, outcome.error, factsOf(call, request));
};

/** Types what is ours to type. A hook's own error, and what an own fetch threw, stays the same object. */
export const typed =
  (call: ClientCall): BeforeErrorHook =>
  ({ error, request, options }) => {
    const { run, judged, failed, policy } = call;
    // Without a run a hook answered in the network's place.
    const answer = error === failed?.error ? failed : !run && error instanceof HTTPError ? error : undefined;
    if (answer) {
      const { response, data } = answer;
      const details = call.details ?? readDetails(data, response, policy.formats, request);
      const retryAt = judged?.askedMs === undefined ? undefined : new Date(Date.now() + judged.askedMs);
      return apiError({ response, data, request, options }, details, retryAt, factsOf(call, request));
    }
    if (!run) return error;
    if (!call.ending) fail(call, 'thrown', error);
    const { outcome } = call.judged!;
    if (!('error' in outcome) || (error !== outcome.error && error.cause !== outcome.error)) return error;
    return unanswered(call, request) ?? (outcome.error as Error);
  };
