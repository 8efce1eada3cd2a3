import ky, { type AfterResponseHook, type Input, type Options as KyOptions } from 'ky';
import { hasAround, isTimeout, pause, within } from './attempt.ts';
import { isStream } from './body.ts';
import { type ClientCall, carried, conclude, fail, stamp } from './client-call.ts';
import { typed } from './client-errors.ts';
import type { ClientPolicy } from './client-policy.ts';
import { isRead } from './policy/replay.ts';
import { isStreamed, readBuilt } from './request.ts';
import { beginRun, remainingMs } from './run.ts';

/** A hook of our user's: it lasts no longer than the call, and what it throws ends the call and stays what it is. */
const own =
  <State extends { readonly request: Request }, Value>(call: ClientCall, hook: (state: State) => Value) =>
  async (state: State): Promise<Awaited<Value>> => {
    const { policy, startedAt } = call;
    const { signal } = call.built;
    const leftMs = call.run ? remainingMs(call.run) : policy.totalTimeout - (policy.now() - startedAt);
    try {
      return await within(Math.max(0, leftMs), signal, async () => hook(state));
    } catch (error) {
      if (!call.run) {
        call.run = beginRun(policy, readBuilt(state.request, undefined, { ...call.built, repeats: false }), startedAt);
        if (!isRead(call.run.method)) call.run.delivery = 'not-sent';
      }
      fail(call, isTimeout(error) ? 'timeout' : signal?.aborted ? 'aborted' : 'thrown', error);
      throw error;
    }
  };

const Marker = /* @__PURE__ */ (() => ky.retry().constructor)() as new () => ReturnType<typeof ky.retry>;

/** `ky.retry()` is a retry like any other: within the limit and the deadline, and after the backoff unless it says otherwise. */
const retried =
  (call: ClientCall, hook: AfterResponseHook): AfterResponseHook =>
  async state => {
    const value: unknown = await hook(state);
    const { run, judged, policy } = call;
    if (!(value instanceof Marker) || !run) return value as Response;
    const { random, limit } = policy;
    const { attempts, previousMs } = run;
    const left = limit + 1 - attempts;
    // ky looks here before it begins one.
    (state.options.retry as { limit: number }).limit = state.retryCount + Math.max(0, left);
    if (left <= 0) return value as never;
    const outcome = { ...judged!.outcome, classification: judged!.classification };
    const delayMs = value.options?.delay ?? policy.backoff({ attempt: attempts, previousMs, random, outcome });
    // Never a wait whose end is known to be too late.
    if (delayMs >= remainingMs(run)) await within(0, undefined, () => new Promise<never>(() => {}));
    await pause(policy, delayMs, call.built.signal);
    if (policy.sleep) run.waitedMs += delayMs;
    return ky.retry({ ...value.options, delay: 0 });
  };

/** Makes ky send one call, whose merged options these are, through the engine. */
export const arm = (policy: ClientPolicy, input: Input, options: KyOptions): ClientCall => {
  const { body, json, mode, throwHttpErrors = true } = options;
  const { beforeRequest = [], afterResponse = [], beforeError = [] } = options.hooks ?? {};
  const isHooked = beforeRequest.length > 0;
  const isWatched = afterResponse.length > 0;
  const repeats = policy.limit > 0 || hasAround(policy.use);
  const given = typeof input === 'object' && 'clone' in input ? input : undefined;
  const isInherited = body == null && json === undefined && given?.body != null;
  const oneShot = isInherited
    ? repeats && (given.bodyUsed || isStreamed(given))
    : typeof body === 'object' && body !== null && isStream(body);
  const keys = mode === 'no-cors' ? undefined : policy.keys;
  const call: ClientCall = {
    policy,
    startedAt: policy.now(),
    throws: typeof throwHttpErrors === 'function' ? throwHttpErrors : () => throwHttpErrors,
    options,
    beforeError,
    isHooked: isHooked || isWatched,
    built: { keys, key: undefined, signal: options.signal ?? given?.signal, input: given, oneShot, repeats },
  };
  const mark = ({ request }: { request: Request }): void => stamp(call, request);
  const send = async (request: Request, init: RequestInit): Promise<Response> => {
    if (!isHooked) mark({ request });
    const response = await carried(call, request, init);
    // ky shows its hooks no answer of another make.
    const isSeen = isWatched && Object.prototype.toString.call(response) === '[object Response]';
    return isSeen ? response : conclude(call, response);
  };
  if (typeof body === 'string') call.text = body;
  if (json !== undefined) {
    const { stringifyJson } = options;
    options.stringifyJson = data => {
      call.text = stringifyJson?.(data) ?? JSON.stringify(data);
      return call.text;
    };
  }
  options.fetch = send as NonNullable<KyOptions['fetch']>;
  // Only `ky.retry()` is ky's to do.
  options.retry = { limit: isWatched && !oneShot ? policy.limit : 0, shouldRetry: () => false };
  options.timeout = false;
  options.totalTimeout = false;
  // Of what never came to us.
  options.throwHttpErrors = status => !call.run && status >= 400 && call.throws(status);
  options.hooks = {
    beforeRequest: isHooked ? [mark, ...beforeRequest.map(hook => own(call, hook))] : [],
    afterResponse: isWatched
      ? [
          ...afterResponse.map(hook => own(call, retried(call, hook))),
          async ({ response }) => void (call.run && (await conclude(call, response))),
        ]
      : [],
    beforeError: [typed(call), ...beforeError],
  };
  return call;
};
