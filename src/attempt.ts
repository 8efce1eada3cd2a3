import type { Attempt, Outcome } from './call.ts';
import type { Policy } from './options.ts';
import { isNetworkError } from './policy/failure.ts';
import { type Args, again, amend, takeApart } from './request.ts';
import { emit, type Run, remainingMs } from './run.ts';
import { isPlatform } from './sender.ts';

// A DOM that is emulated may put a class of its own in this place, whose signals the platform's fetch refuses.
const Controller = globalThis.AbortController;

/** The reason of an aborted signal; older and polyfilled ones have none. */
export const reasonOf = ({ reason }: AbortSignal): unknown =>
  reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;

/** Our own time-outs, known by identity. */
const timeouts = new WeakSet<object>();
export const isTimeout = (error: unknown): boolean => timeouts.has(error as object);
const timeoutError = (ms: number): DOMException => {
  const error = new DOMException(`No answer within ${ms} ms`, 'TimeoutError');
  timeouts.add(error);
  return error;
};

/**
 * Gives a task a signal that aborts as the caller's does, or after `ms`; the task is over then, too, whether it listens or
 * not (who surely does, `isHeard`, need not be raced), with the caller's reason or a `TimeoutError`. Once it has settled, the
 * caller's abort still reaches what it gave.
 */
export const within = <T>(
  ms: number,
  signal: AbortSignal | undefined,
  task: (signal: AbortSignal) => PromiseLike<T>,
  controller = new Controller(),
  isHeard = false,
): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    let managed = controller.signal;
    const relay = (): void => controller.abort(reasonOf(signal!));
    try {
      // Node 22 takes any target for a signal, and then hears nothing of it.
      if (signal && !(signal instanceof AbortSignal)) throw signal;
      if (signal) managed = AbortSignal.any([signal, managed]);
    } catch {
      // Of another make.
      signal!.addEventListener('abort', relay);
      if (signal!.aborted) relay();
    }
    const timer = ms < Number.POSITIVE_INFINITY ? setTimeout(() => controller.abort(timeoutError(ms)), ms) : undefined;
    const cut = (): void => settled(reject)(reasonOf(managed));
    const settled =
      <V>(settle: (value: V) => void) =>
      (value: V): void => {
        clearTimeout(timer);
        managed.removeEventListener('abort', cut);
        signal?.removeEventListener('abort', relay);
        settle(value);
      };
    if (managed.aborted && !isHeard) return cut();
    if (!isHeard) managed.addEventListener('abort', cut);
    // Not every platform rejects with the reason itself.
    new Promise<T>(made => made(task(managed))).then(settled(resolve), error =>
      settled(reject)(isHeard && managed.aborted ? reasonOf(managed) : error),
    );
  });

/** A wait that an abort ends at once, with its reason. */
export const pause = async ({ sleep }: Policy, ms: number, signal: AbortSignal | undefined): Promise<void> => {
  const wait = (managed?: AbortSignal): Promise<void> =>
    sleep ? sleep(ms, managed) : new Promise(resolve => setTimeout(resolve, ms));
  if (!signal) return wait();
  if (sleep) return within(Number.POSITIVE_INFINITY, signal, wait);
  try {
    await within(ms, signal, () => new Promise(() => {}));
  } catch (error) {
    if (!isTimeout(error) || signal.aborted) throw error;
  }
};

/** What must live as long as an answer's body: nothing else holds a Request's signal, and an abort would be lost. */
const held = new WeakMap<object, unknown>();

/** Sends once, within the time-outs. What it gives or throws is the sender's, but for an abort or a time-out of ours. */
const send = (
  run: Run,
  args: Args,
  signal: AbortSignal | undefined,
  controller?: AbortController,
): Promise<Response> => {
  const { policy, method } = run;
  const { sender, timeout } = policy;
  const fetch = sender.pick();
  const call = ([input, init]: Args): Promise<Response> => {
    run.sent = true;
    sender.made(init);
    // Called as the caller did.
    return init === undefined ? fetch(input) : fetch(input, init);
  };
  const ms = Math.min(timeout, remainingMs(run));
  const isHeard = isPlatform(fetch);
  // Frameworks answer equal reads from memory, unless they have a signal.
  const isOwn = run.attempts > 1 && !isHeard && /^(GET|HEAD)$/.test(method);
  // A Request that was meant for a fetch of the caller's own may hold what nobody can read.
  const isApart = isOwn && (!sender.given || run.sending.built);
  const isSigned = isOwn || ms < Number.POSITIVE_INFINITY || controller !== undefined;
  // What is no signal the platform refuses.
  if ((!signal && args[1]?.signal != null) || (!isSigned && (isHeard || !signal))) return call(args);
  run.cut = controller ?? new Controller();
  return within(
    ms,
    signal,
    managed => call(isApart ? takeApart(args, managed) : isSigned ? amend(args, { signal: managed }) : args),
    run.cut,
    isHeard,
  );
};

/** An attempt as extensions see it; what nobody looks at is not made. */
const describe = (run: Run, [input, init]: Args, signal: AbortSignal | undefined) => {
  const { policy } = run;
  let headers: Headers | undefined;
  let never: AbortSignal | undefined;
  const attempt: Attempt = {
    call: run,
    number: run.attempts,
    get headers() {
      const given = init?.headers === undefined && typeof input === 'object' ? input.headers : init?.headers;
      try {
        headers ??= new Headers(given);
      } catch {
        return new Headers(); // none at all: the platform is going to say so
      }
      return headers;
    },
    get signal() {
      never ??= signal ?? new Controller().signal;
      return never;
    },
    get remainingMs() {
      return remainingMs(run);
    },
    runtime: {
      now: policy.now,
      random: policy.random,
      sleep: async ms => {
        const leftMs = remainingMs(run);
        await pause(policy, ms, signal);
        if (!policy.sleep) return;
        // A clock of tests may stand still.
        run.waitedMs += ms;
        if (ms >= leftMs) throw timeoutError(policy.totalTimeout);
      },
    },
  };
  return { attempt, more: (): RequestInit | undefined => headers && { headers: new Headers(headers) } };
};

/** What an extension may drop must not end the process. */
const handled = (make: () => Promise<Response>) => (): Promise<Response> => {
  const made = make();
  made.catch(() => {});
  return made;
};

/** An attempt with extensions around it. `passed` takes what the sender threw, which may be thrown on. */
const sendThrough = async (run: Run, args: Args, passed: Set<unknown>, signal?: AbortSignal): Promise<Response> => {
  const { use } = run.policy;
  const pending = new Set<AbortController>();
  const { attempt, more } = describe(run, args, signal);
  run.attempt = attempt;
  const once = async (): Promise<Response> => {
    const headers = more();
    if (run.sent && run.sending.oneShot) throw new TypeError('a body that can be read once can be sent once');
    const [input, init] = run.sent ? again(run.sending) : args;
    if (!run.sent) emit(run, { type: 'attempt', call: run, attempt });
    const controller = hasAround(use) ? new Controller() : undefined;
    if (controller) pending.add(controller);
    try {
      const response = await send(run, headers ? amend([input, init], headers) : [input, init], signal, controller);
      // Of several, the one that answered is what a deadline ends.
      if (controller) run.cut = controller;
      return response;
    } catch (error) {
      passed.add(error);
      throw error;
    } finally {
      pending.delete(controller!);
    }
  };
  try {
    return await use.reduceRight(
      (inner, extension) => (extension.around ? handled(async () => extension.around!(attempt, inner)) : inner),
      handled(once),
    )();
  } finally {
    // Who has lost the race.
    for (const each of pending) each.abort();
  }
};

export const hasAround = (use: Policy['use']): boolean => use.some(({ around }) => around);

/** Whether the platform would take these arguments at all; what is no HTTP fails for other reasons than the network's. */
const isSendable = ({ sending: { method, url, spent, first } }: Run): boolean => {
  const [input, init] = first;
  const body = init?.body ?? (typeof input === 'object' && input.body ? '' : undefined);
  try {
    // A stream that was sent would be refused for that.
    const blank = Object(body) === body && 'getReader' in Object(body) ? new ReadableStream() : body && '';
    return !spent && /^https?:/.test(new Request(url, { ...init, method, body: blank ?? null }).url);
  } catch {
    return false;
  }
};

/** Why there is no answer. */
const failed = (run: Run, error: unknown, passed: Set<unknown> | undefined): Outcome => {
  const { given } = run.policy.sender;
  if (isTimeout(error)) return { kind: 'timeout', error };
  if (run.sending.signal?.aborted) return { kind: 'aborted', error };
  if (!run.sent) return { kind: 'invalid', error };
  const isNetwork = (!passed || passed.has(error)) && (!given || isNetworkError(error));
  return { kind: !isNetwork ? 'thrown' : given || isSendable(run) ? 'failure' : 'invalid', error };
};

/** One attempt: extensions, timers, the sender. Never rejects. */
export const attempt = async (run: Run): Promise<Outcome> => {
  const { policy, sending } = run;
  const { signal, keeps } = sending;
  let passed: Set<unknown> | undefined;
  run.attempts++;
  run.sent = false;
  try {
    const leftMs = remainingMs(run);
    if (Math.min(policy.timeout, leftMs) <= 0) throw timeoutError(0);
    const args = run.fresh ? sending.first : again(sending);
    run.fresh = false;
    if (policy.use.length > 0) passed = new Set();
    const response = await (!passed
      ? send(run, args, signal)
      : hasAround(policy.use)
        ? within(leftMs, signal, managed => sendThrough(run, args, passed!, managed))
        : sendThrough(run, args, passed, signal));
    if (typeof response?.status !== 'number') {
      return { kind: 'thrown', error: new TypeError(`fetch must give a Response, got ${response}`) };
    }
    if (keeps && Object(response.body) === response.body) held.set(response.body!, keeps);
    return { kind: 'answer', status: response.status, response };
  } catch (error) {
    return failed(run, error, passed);
  }
};
