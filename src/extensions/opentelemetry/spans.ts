import type { Attempt, Call, CallEvent, Result } from '../../call.ts';
import { clean } from '../../errors/text.ts';
import { type RedactOptions, redactUrl } from '../../log/redact.ts';
import {
  type Attributes,
  isError,
  methodAttributes,
  peerAttributes,
  resultAttributes,
  spanName,
} from './attributes.ts';

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
    options: { kind: number; attributes: Attributes; startTime?: number },
    context: unknown,
  ): SpanLike;
}
export interface TraceLike {
  setSpan(context: unknown, span: SpanLike): unknown;
}
export interface ContextLike {
  active(): unknown;
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
  /** Adds `traceparent` (and what else the user's propagator knows) to each attempt; without it no header is added. */
  readonly propagation?: PropagationLike | undefined;
  /** A child span for each attempt; `false` where an HTTP instrumentation makes them. @default true */
  readonly attemptSpans?: boolean | undefined;
  /** What the spans may show of a URL's query. */
  readonly redact?: Pick<RedactOptions, 'query' | 'mask'> | undefined;
}

const INTERNAL = 0;
const CLIENT = 2;
const ERROR = { code: 2 };

/** One span a call, with the spans of its attempts as children. */
interface Open {
  readonly span: SpanLike;
  readonly context: unknown;
  attempt: SpanLike | undefined;
}

const finish = (span: SpanLike, result: Result, more: Attributes = {}): void => {
  span.setAttributes({ ...resultAttributes(result), ...more });
  if (isError(result)) span.setStatus(ERROR);
  span.end();
};

/** Opens and ends the spans of calls and of their attempts. */
export const tracing = ({ tracer, trace, context, propagation, attemptSpans = true, redact }: TracingOptions) => {
  const calls = new WeakMap<Call, Open>();

  const describe = (call: Call): Attributes => ({
    ...methodAttributes(clean(call.method, 40)),
    'url.full': redactUrl(call.url, redact),
    ...peerAttributes(call),
  });

  const open = (call: Call, began: { startTime?: number } = {}): Open => {
    const parent = context.active();
    const name = [call.service, spanName(call.method)].filter(Boolean).join(' ');
    const span = tracer.startSpan(name, { kind: INTERNAL, attributes: describe(call), ...began }, parent);
    const opened = { span, context: trace.setSpan(parent, span), attempt: undefined };
    calls.set(call, opened);
    return opened;
  };

  const begin = ({ call, number, headers }: Attempt): void => {
    const current = calls.get(call) ?? open(call);
    // A hook of ky's can force a retry that no event tells of.
    current.attempt?.end();
    if (attemptSpans) {
      const resent: Attributes = number > 1 ? { 'http.request.resend_count': number - 1 } : {};
      const attributes = { ...describe(call), ...resent };
      current.attempt = tracer.startSpan(spanName(call.method), { kind: CLIENT, attributes }, current.context);
    }
    const { attempt } = current;
    propagation?.inject(attempt ? trace.setSpan(current.context, attempt) : current.context, headers, {
      set: (carrier, name, value) => carrier.set(name, value),
    });
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
      return;
    }
    const { stopped, delivery } = event;
    finish(current.span, event, {
      'holdfast.attempts': call.attempts,
      ...(stopped && { 'holdfast.stopped': stopped, 'holdfast.delivery': delivery }),
    });
  };

  return { begin, watch };
};
