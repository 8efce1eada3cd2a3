import type { BeforeErrorHook, Input, Options as KyOptions } from 'ky';
import { isTimeout, within } from './attempt.ts';
import type { Ending, Outcome } from './call.ts';
import type { ClientPolicy } from './client-policy.ts';
import { BODY_MS, dataOf, readText } from './errors/body.ts';
import { readDetails } from './errors/details.ts';
import type { ErrorDetails } from './errors/format.ts';
import { deliverySaid } from './errors/kinds.ts';
import { sentBy } from './errors/mask.ts';
import { carry } from './fetch.ts';
import { checkedClass } from './policy/classify.ts';
import { stop } from './policy/decide.ts';
import { type Args, amend, type Built, readBuilt, type Sending } from './request.ts';
import { beginRun, ended, type Judged, type Run, remainingMs, remember } from './run.ts';

/** One call of a client, however often ky sends for it: one key, one clock, one history, one end. */
export interface ClientCall {
  readonly policy: ClientPolicy;
  readonly startedAt: number;
  readonly built: { -readonly [Name in keyof Built]: Built[Name] };
  readonly throws: (status: number) => boolean;
  /** As ky has merged them. */
  readonly options: Readonly<KyOptions>;
  /** Our user's hooks. */
  readonly beforeError: readonly BeforeErrorHook[];
  /** Hooks see requests or answers. */
  readonly isHooked: boolean;
  /** The body, where it is a text. */
  text?: string | undefined;
  run?: Run;
  judged?: Judged;
  ending?: Ending;
  details?: ErrorDetails;
  /** An answer that is an error, and what stands for it on its way through ky. */
  failed?: { readonly error: Error; readonly response: Response; readonly data: unknown };
  /** A shortcut reads the body, and the call ends with that. */
  reading?: boolean;
  /** The body could not be read. */
  lost?: boolean;
}

export const end = (call: ClientCall, judged: Judged): void => {
  call.judged = judged;
  const { outcome } = judged;
  if (call.details && outcome.kind === 'answer') {
    remember(call.run!, judged);
    call.run!.delivery = deliverySaid(call.run!.delivery, outcome.status, call.details);
  }
  // A success that nobody watches leaves nothing behind.
  if (judged.classification !== 'success' || call.policy.use.length > 0)
    call.ending ??= ended(call.run!, judged, call.details);
};

/** Ends a call that ky could not even build a Request for. */
export const refuse = (call: ClientCall, input: Input, error: unknown): void => {
  const { policy, built, options, startedAt } = call;
  const given = typeof input === 'object' && 'method' in input ? input : undefined;
  const method = (options.method ?? given?.method ?? 'GET').toUpperCase();
  const args: Args = [given?.url ?? String(input), undefined];
  const sending = { method, url: args[0] as string, idempotencyKey: built.key, signal: built.signal };
  call.run = beginRun(
    policy,
    { ...sending, oneShot: true, spent: true, keeps: undefined, first: args, later: args },
    startedAt,
  );
  call.run.attempts++;
  end(call, { outcome: { kind: 'invalid', error }, classification: 'invalid', verdict: stop('final'), unsent: true });
};

/** Ends a call with something else than the answer that it may have. */
export const fail = (call: ClientCall, kind: 'failure' | 'timeout' | 'aborted' | 'thrown', error: unknown): void => {
  if (call.judged) remember(call.run!, call.judged);
  const classification = kind === 'failure' ? 'network-error' : kind;
  const verdict = stop(kind === 'timeout' ? 'deadline' : 'final');
  end(call, { outcome: { kind, error }, classification, verdict, unsent: false });
};

/** What ends the transfer of the answer: the last attempt's, unless that was the loser of a race. */
export const transferOf = ({ cut: last }: Run): AbortController | undefined =>
  last?.signal.aborted ? undefined : last;

/** Ends a call whose time ran out, or that its caller aborted, and ends the transfer. */
export const cut = (call: ClientCall, error: unknown): void => {
  fail(call, isTimeout(error) ? 'timeout' : 'aborted', error);
  call.run!.cut?.abort(error);
};

/** Puts the key where hooks see it. What a hook brings without one, `readBuilt` adds it to. */
export const stamp = ({ built }: ClientCall, { headers, method, url }: Request): void => {
  const { keys } = built;
  if (!keys?.methods.has(method.toUpperCase())) return;
  built.key = headers.get(keys.header) ?? built.key ?? keys.make(() => ({ method, url, headers }));
  headers.set(keys.header, built.key);
};

/** An answer that nobody puts another in the place of any more: a result, or an error. */
export const conclude = async (call: ClientCall, response: Response): Promise<Response> => {
  const { policy, throws } = call;
  const run = call.run!;
  const { status, type } = response;
  const { outcome } = call.judged!;
  if (outcome.kind !== 'answer' || outcome.status !== status) {
    // A hook's own.
    const answer: Outcome = { kind: 'answer', status, response };
    const classification = checkedClass(policy.classify(answer));
    call.judged = { ...call.judged!, outcome: answer, classification, verdict: stop('final') };
  }
  const judged = call.judged!;
  if (status < 400 || type === 'opaque' || !throws(status)) {
    if (!call.reading) end(call, judged);
    return response;
  }
  const { text } = await within(
    remainingMs(run),
    run.sending.signal,
    () => readText(response, BODY_MS),
    transferOf(run),
  ).catch(error => {
    cut(call, error);
    throw error;
  });
  const data = dataOf(text);
  call.details = judged.details ?? readDetails(data, response, policy.formats, sentBy(run));
  const parse = Object(data) === data && call.options.parseJson;
  const request = run.sending.first[0] as Request;
  const parsed = parse ? await (async () => parse(text, { request, response }))().catch(() => undefined) : data;
  call.failed = { error: new Error(), response, data: parsed };
  end(call, judged);
  throw call.failed.error;
};

/** What `readBuilt` gives, for a body that we know as text. */
const anew = ({ built }: ClientCall, request: Request, init: RequestInit | undefined, text: string): Sending => {
  const sending = readBuilt(request, init, { ...built, repeats: false });
  const [, amended] = sending.first;
  return {
    ...sending,
    get later(): Args {
      return [new Request(...amend([request, undefined], { body: text })), amended];
    },
  };
};

/** Sends what ky asks for: once, and once more for each `ky.retry()`. */
export const carried = async (call: ClientCall, request: Request, init: RequestInit): Promise<Response> => {
  const { policy, built, isHooked } = call;
  const { signal } = built;
  // A hook may have put another request, with a signal of its own, in the place of ky's.
  const both = isHooked
    ? { ...built, signal: signal ? AbortSignal.any([signal, request.signal]) : request.signal }
    : built;
  const rest = policy.sender.given || Object.keys(init).length > 0 ? init : undefined;
  const { text } = call;
  // Of a text a body is made anew for each attempt: no clone.
  const sending = isHooked || text === undefined ? readBuilt(request, rest, both) : anew(call, request, rest, text);
  if (call.run) {
    remember(call.run, call.judged!);
    Object.assign(call.run, { sending, fresh: true });
  } else call.run = beginRun(policy, sending, call.startedAt);
  call.judged = await carry(call.run);
  const { outcome } = call.judged;
  if (outcome.kind === 'answer') return outcome.response;
  end(call, call.judged);
  throw outcome.error;
};
