import type { BeforeErrorState, ResponsePromise } from 'ky';
import { isTimeout, reasonOf, within } from './attempt.ts';
import { type ClientCall, cut, end, fail, transferOf } from './client-call.ts';
import { unanswered } from './client-errors.ts';
import { remainingMs } from './run.ts';

/** A body that fails where nothing of it comes for so long. */
const unsilenced = (body: ReadableStream<Uint8Array>, ms: number): ReadableStream<Uint8Array> => {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await within(ms, undefined, () => reader.read());
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: reason => reader.cancel(reason),
  });
};

/** Has the body read under our eyes: what its reading fails with, and not what becomes of its text, is the network's. */
const watch = (call: ClientCall, response: Response, shortcut: string): void => {
  const name = (shortcut === 'json' ? 'text' : shortcut) as 'text';
  const read = response?.[name];
  if (!call.run || typeof read !== 'function') return;
  const { timeout, totalTimeout } = call.policy;
  const isBounded = totalTimeout < Number.POSITIVE_INFINITY || timeout === Number.POSITIVE_INFINITY;
  response[name] = async () => {
    const { bodyUsed } = response;
    try {
      if (isBounded || !response.body) return await read.call(response);
      return await new Response(unsilenced(response.body, timeout), response)[name]();
    } catch (error) {
      // Who reads it twice has lost nothing.
      call.lost = !bodyUsed;
      throw error;
    }
  };
};

/** The end of a shortcut is the call's. */
const finish = async <T>(call: ClientCall, answered: Promise<void>, value: Promise<T>): Promise<T> => {
  value.catch(() => {});
  await answered;
  const { run } = call;
  if (!run) return value;
  const { signal, first } = run.sending;
  const leftMs = remainingMs(run);
  const isEndless = leftMs === Number.POSITIVE_INFINITY && !signal;
  try {
    // What ends the wait ends the transfer, too.
    const result = await (isEndless ? value : within(leftMs, signal, () => value, transferOf(run)));
    end(call, call.judged!);
    return result;
  } catch (error) {
    if (isTimeout(error)) cut(call, error);
    else if (signal?.aborted) cut(call, reasonOf(signal));
    else if (call.lost) fail(call, 'failure', error);
    else end(call, call.judged!);
    const { outcome } = call.judged!;
    const request = first[0] as Request;
    let typed = unanswered(call, request);
    if (!typed) throw 'error' in outcome ? outcome.error : error;
    for (const hook of call.beforeError) {
      const other = await hook({ request, options: call.options, error: typed, retryCount: 0 } as BeforeErrorState);
      if (other instanceof Error) typed = other;
    }
    throw typed;
  }
};

/** ky's promise, whose shortcuts end the call when the body has been read. */
export const shorten = (result: ResponsePromise, call: ClientCall): ResponsePromise => {
  const shortcuts = result as unknown as Record<string, (schema?: unknown) => Promise<unknown>>;
  for (const name in shortcuts) {
    const read = shortcuts[name]!;
    shortcuts[name] = schema => {
      call.reading = true;
      // Before ky reads it.
      const answered = result.then(response => watch(call, response, name));
      return finish(call, answered, read(schema));
    };
  }
  return result;
};
