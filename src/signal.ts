import type { Fetch } from './platform.ts';
import { type Args, amend } from './request.ts';

/** One listener a signal, however many calls share it: Node warns at the eleventh (and leaks on AbortSignal.any, K19). */
const hubs = new WeakMap<AbortSignal, Set<() => void>>();

/** Runs `run` when `signal` aborts; what is returned takes that back and leaves no listener behind. */
export const onAbort = (signal: AbortSignal, run: () => void): (() => void) => {
  if (signal.aborted) {
    run();
    return () => {};
  }
  let hub = hubs.get(signal);
  if (!hub) {
    hub = new Set();
    hubs.set(signal, hub);
    signal.addEventListener('abort', fire, { once: true });
  }
  const runs = hub;
  runs.add(run);
  return () => {
    if (!runs.delete(run) || runs.size > 0 || hubs.get(signal) !== runs) return;
    hubs.delete(signal);
    signal.removeEventListener('abort', fire);
  };
};

/** The listener itself: one function for all signals. Older workerds call it without `this`, Node at times without `currentTarget`. */
const fire = ({ target }: Event): void => {
  const signal = target as AbortSignal;
  const runs = hubs.get(signal);
  hubs.delete(signal);
  for (const run of runs ?? []) run();
};

/** When a body that the caller's signal still governs is gone, so is our interest in the signal. Older workerds have none. */
const bodies = globalThis.FinalizationRegistry && new FinalizationRegistry<() => void>(release => release());

/** What a signal hangs on, by the body that it can still abort. */
const held = new WeakMap<ReadableStream, Request>();

/** Keeps a Request as long as the body of its answer: nothing else holds its signal, and the abort would be lost (K15). */
export const hold = (request: Request, { body }: Response): void => {
  if (body) held.set(body, request);
};

/**
 * Sends with a signal that aborts as the caller's does, or after `ms` with a `TimeoutError`. The timer ends with the
 * headers; the caller's abort reaches the body too. Where time has no end, or the caller's signal needs no timer (it has
 * aborted, or is none and will be refused), nothing is made at all.
 */
export const sendWithin = (fetch: Fetch, args: Args, ms: number, signal: AbortSignal | undefined): Promise<Response> =>
  ms === Number.POSITIVE_INFINITY || signal?.aborted || (!signal && args[1]?.signal != null)
    ? fetch(...args)
    : within(ms, signal, managed => fetch(...amend(args, { signal: managed })));

/**
 * Gives a task a signal that aborts as the caller's does, or after `ms`; then the task is over, too, with a `TimeoutError`.
 * Where the task's answer has a body, the caller's abort goes on reaching it.
 */
export const within = async <T>(
  ms: number,
  signal: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  const release = signal && onAbort(signal, () => controller.abort(signal.reason));
  let late: DOMException | undefined;
  const timer = setTimeout(() => {
    late = new DOMException(`No answer within ${ms} ms`, 'TimeoutError');
    controller.abort(late);
  }, ms);
  let body: ReadableStream | null | undefined;
  try {
    const result = await task(controller.signal);
    body = (result as Response | undefined)?.body;
    if (body && release) bodies?.register(body, release);
    return result;
  } catch (error) {
    throw late ?? error;
  } finally {
    clearTimeout(timer);
    if (!body) release?.();
  }
};
