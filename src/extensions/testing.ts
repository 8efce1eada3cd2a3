/** `holdfast/testing`: for the tests of code that calls through holdfast. msw and the test runner stay yours. */

import type { Attempt, Call, CallEvent, Extension } from '../call.ts';
import type { Runtime } from '../options.ts';

/** One answer of a script: a status without a body, a connection that breaks, a Response, or what makes one. */
export type ScriptStep<Info = unknown> =
  | number
  | 'network-error'
  | Response
  | ((info: Info) => Response | Promise<Response>);

const answerOf = <Info>(step: ScriptStep<Info>): Response | ((info: Info) => Response | Promise<Response>) => {
  if (typeof step === 'number') return new Response(null, { status: step });
  if (step === 'network-error') return Response.error();
  if (typeof step === 'function' || typeof (step as Response | null)?.clone === 'function') return step;
  throw new TypeError(`flaky: a step is a status, 'network-error', a Response or a function, got ${String(step)}`);
};

/**
 * An msw resolver that plays a script, one step a request; the last step goes on. Each `flaky()` has a place of its own in
 * its script.
 *
 * @throws {RangeError} for a number that is no status from 200 to 599
 * @throws {TypeError} for what is no step, or where there is none
 * @example
 * server.use(http.get('https://api.example.com/things/1', flaky(503, 429, HttpResponse.json({ id: 1 }))));
 */
export const flaky = <Info = unknown>(
  ...script: readonly [ScriptStep<Info>, ...ScriptStep<Info>[]]
): ((info: Info) => Promise<Response>) => {
  const answers = script.map(answerOf);
  const last = answers.pop();
  if (!last) throw new TypeError('flaky: a script has at least one step');
  return async info => {
    const answer = answers.shift();
    if (answer) return typeof answer === 'function' ? answer(info) : answer;
    return typeof last === 'function' ? last(info) : last.clone();
  };
};

/** What a call did, for a test to look at. */
export interface Recorder extends Extension {
  /** Everything, in order. The `call` of an event is as it was then. */
  readonly events: readonly CallEvent[];
  /** What was sent: the number of the attempt, its headers. */
  readonly attempts: readonly Attempt[];
  /** The wait before each retry, in milliseconds. */
  readonly waits: readonly number[];
  /** One word an event: `attempt`, `retry`, and at the end `success`, or why there was no further retry. */
  readonly story: readonly string[];
  /** Forgets all of it. */
  clear(): void;
}

const copyOf = ({ service, method, url, idempotencyKey, attempts, history }: Call): Call => ({
  service,
  method,
  url,
  idempotencyKey,
  attempts,
  history: [...history],
});

const asItWas = (event: CallEvent): CallEvent => {
  const call = copyOf(event.call);
  if (event.type !== 'attempt') return { ...event, call };
  const { number, headers, signal, remainingMs, runtime } = event.attempt;
  return { ...event, call, attempt: { call, number, headers: new Headers(headers), signal, remainingMs, runtime } };
};

/**
 * An extension that remembers what it sees. Put it last in `use`, so that it sees the headers that others set.
 *
 * @example
 * const seen = recorder();
 * const fetch = createFetch({ ...instantly(), use: [seen] });
 * await fetch('https://api.example.com/things/1');
 * expect(seen.story).toEqual(['attempt', 'retry', 'attempt', 'success']);
 */
export const recorder = (): Recorder => {
  const events: CallEvent[] = [];
  return {
    name: 'recorder',
    on: event => void events.push(asItWas(event)),
    events,
    get attempts() {
      return events.flatMap(event => (event.type === 'attempt' ? event.attempt : []));
    },
    get waits() {
      return events.flatMap(event => (event.type === 'retry' ? event.verdict.delayMs : []));
    },
    get story() {
      return events.map(event => (event.type === 'end' ? (event.stopped ?? 'success') : event.type));
    },
    clear: () => void events.splice(0),
  };
};

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Every one of a runtime's parts. */
export type WholeRuntime = { readonly [Part in keyof Runtime]-?: NonNullable<Runtime[Part]> };

/**
 * Options under which no retry waits and no timer is set for one: the clock stands still, and each call counts its own waits,
 * so that deadlines hold and waits side by side don't add up. Jitter and keys are the same in every run. A `timeout` still
 * is a real timer.
 *
 * @example
 * const client = createClient({ ...instantly(), baseUrl: 'https://api.example.com/' });
 * const docs = theirs.extend(instantly());
 */
export const instantly = (seed = 1): { readonly runtime: WholeRuntime } => {
  const digit = seeded(~seed);
  return {
    runtime: {
      now: () => 0,
      random: seeded(seed),
      uuid: () => 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(digit() * 16).toString(16)),
      sleep: async (_ms, signal) => signal?.throwIfAborted(),
    },
  };
};
