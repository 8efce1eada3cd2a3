import type { Attempt, Call, CallEvent, Result } from '../../call.ts';
import type { RedactOptions } from '../../log/redact.ts';
import { type Attributes, callAttributes, resultAttributes, spanName } from './attributes.ts';

/** What is used of a span. */
export interface SpanLike {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { code: number }): unknown;
  addEvent(name: string, attributes: Attributes): unknown;
  end(): void;
}

/** What is used of a `Tracer`, and of the objects that `@opentelemetry/api` exports as `trace`, `context` and `propagation`. */
export interface TracerLike {
  startSpan(
    name: string,
    options: { kind?: number; attributes: Attributes; startTime?: number },
    context: unknown,
  ): SpanLike;
}
export interface TraceLike {
  setSpan(context: unknown, span: SpanLike): unknown;
}
export interface ContextLike {
  active(): unknown;
  with(context: unknown, run: () => void): unknown;
}
export interface PropagationLike {
  inject(
    context: unknown,
    carrier: Headers,
    setter: { set(carrier: Headers, name: string, value: string): void },
  ): void;
}

/** What spans need. */
export interface TracingOptions {
  readonly tracer: TracerLike;
  readonly trace: TraceLike;
  readonly context: ContextLike;
  /**
   * Adds `traceparent` (and what else the user's propagator knows) to each attempt, in the place of one that is there; without
   * it no header is added. Leave it out where an HTTP instrumentation adds its own: undici's appends, and two would go out.
   */
  readonly propagation?: PropagationLike | undefined;
  /** A child span for each attempt; `false` where an HTTP instrumentation makes them. @default true */
  readonly attemptSpans?: boolean | undefined;
  /** What the spans may show of a URL. */
  readonly redact?: Omit<RedactOptions, 'headers'> | undefined;
}

const CLIENT = 2;
const ERROR = 2;

/** One span a call, with the spans of its attempts as children. */
interface Open {
  readonly span: SpanLike;
  readonly context: unknown;
  readonly attributes: Attributes;
  attempt: SpanLike | undefined;
}

const finish = (span: SpanLike, result: Result): void => {
  const attributes = resultAttributes(result);
  span.setAttributes(attributes);
  if (attributes['error.type']) span.setStatus({ code: ERROR });
  span.end();
};

/** Opens and ends the spans of calls and of their attempts. */
export const tracing = ({ tracer, trace, context, propagation, attemptSpans = true, redact }: TracingOptions) => {
  const calls = new WeakMap<Call, Open>();

  const open = (call: Call, began: { startTime?: number } = {}): Open => {
    const parent = context.active();
    const attributes = callAttributes(call, redact);
    const name = `${call.service ?? ''} ${spanName(call.method)}`.trim();
    const span = tracer.startSpan(name, { attributes, ...began }, parent);
    const opened = { span, context: trace.setSpan(parent, span), attributes, attempt: undefined };
    calls.set(call, opened);
    return opened;
  };

  /** Sends an attempt in the context of its span. */
  const around = ({ call, number, headers }: Attempt, send: () => void): void => {
    const current = calls.get(call) ?? open(call);
    let within = current.context;
    // A hook of ky's can force a retry that no event tells of.
    current.attempt?.end();
    if (attemptSpans) {
      const attributes = { ...current.attributes, 'http.request.resend_count': number > 1 ? number - 1 : undefined };
      current.attempt = tracer.startSpan(spanName(call.method), { kind: CLIENT, attributes }, within);
      within = trace.setSpan(within, current.attempt);
    }
    propagation?.inject(within, headers, { set: (carrier, name, value) => carrier.set(name, value) });
    context.with(within, send);
  };

  const watch = (event: CallEvent): void => {
    if (event.type === 'attempt') return;
    const { call, durationMs } = event;
    // The platform, or another extension, may have refused the call before it came to us.
    const current = calls.get(call) ?? open(call, { startTime: Date.now() - durationMs });
    if (current.attempt) finish(current.attempt, event);
    current.attempt = undefined;
    if (event.type === 'retry') {
      const { delayMs, delayFrom } = event.verdict;
      current.span.addEvent('holdfast.retry', { 'holdfast.delay_ms': delayMs, 'holdfast.delay_from': delayFrom });
    } else {
      current.span.setAttributes({
        'holdfast.attempts': call.attempts,
        'holdfast.stopped': event.stopped,
        'holdfast.delivery': event.delivery,
      });
      finish(current.span, event);
    }
  };

  return { around, watch };
};
