/** `holdfast/opentelemetry`: spans and metrics of calls and of their attempts, made with the user's own API objects. */

import type { Attempt, Call, CallEvent, Extension, Result } from '../call.ts';
import { clean } from '../errors/text.ts';
import { type RedactOptions, redactUrl } from '../log/redact.ts';
import { failureName } from '../policy/failure.ts';
import { methodAttributes, spanName } from './semantic.ts';

type Attributes = Record<string, string | number>;

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

interface MetricOptions {
  description: string;
  unit: string;
  advice?: { explicitBucketBoundaries: number[] };
}

/** What is used of a `Meter`. */
export interface MeterLike {
  createCounter(name: string, options: MetricOptions): { add(value: number, attributes: Attributes): void };
  createHistogram(name: string, options: MetricOptions): { record(value: number, attributes: Attributes): void };
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

/** Spans where there is a tracer, metrics where there is a meter. */
export type OpenTelemetryOptions = { readonly meter?: MeterLike | undefined } & (
  | TracingOptions
  | { readonly tracer?: undefined }
);

const INTERNAL = 0;
const CLIENT = 2;
const ERROR = { code: 2 };

/** A success is no error, and neither is a caller who left. */
const isError = ({ classification }: Result): boolean => classification !== 'success' && classification !== 'aborted';

const attributesOf = (result: Result): Attributes => {
  const { outcome, classification } = result;
  const status = outcome.kind === 'answer' ? outcome.status : 0;
  return {
    'holdfast.kind': classification,
    // An opaque answer of a browser has no status.
    ...(status && { 'http.response.status_code': status }),
    ...(isError(result) && {
      'error.type': outcome.kind === 'answer' ? `${status}` : clean(failureName(outcome.error), 100),
    }),
  };
};

const peerOf = ({ service, url }: Call): Attributes => {
  const peer: Attributes = service === undefined ? {} : { 'service.peer.name': service };
  try {
    const { hostname, port, protocol } = new URL(url, (globalThis as { location?: Location }).location?.href);
    return { ...peer, 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
  } catch {
    return peer; // the platform is going to refuse it
  }
};

/** One span a call, with the spans of its attempts as children. */
interface Open {
  readonly span: SpanLike;
  readonly context: unknown;
  attempt: SpanLike | undefined;
  /** More than one end must not make more than one span. */
  over: boolean;
}

const finish = (span: SpanLike, result: Result, more: Attributes = {}): void => {
  span.setAttributes({ ...attributesOf(result), ...more });
  if (isError(result)) span.setStatus(ERROR);
  span.end();
};

const tracing = ({ tracer, trace, context, propagation, attemptSpans = true, redact }: TracingOptions) => {
  const calls = new WeakMap<Call, Open>();

  const describe = (call: Call): Attributes => ({
    ...methodAttributes(call.method),
    'url.full': redactUrl(call.url, redact),
    ...peerOf(call),
  });

  const open = (call: Call, began: { startTime?: number } = {}): Open => {
    const parent = context.active();
    const name = [call.service, spanName(call.method)].filter(Boolean).join(' ');
    const span = tracer.startSpan(name, { kind: INTERNAL, attributes: describe(call), ...began }, parent);
    const opened = { span, context: trace.setSpan(parent, span), attempt: undefined, over: false };
    calls.set(call, opened);
    return opened;
  };

  const begin = ({ call, number, headers }: Attempt): void => {
    let current = calls.get(call);
    // A hook of ky's can force a retry of a call that was over.
    if (!current || current.over) current = open(call);
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
    if (current.over) return;
    if (current.attempt) finish(current.attempt, event);
    current.attempt = undefined;
    if (event.type === 'retry') {
      const { delayMs, delayFrom } = event.verdict;
      current.span.addEvent('holdfast.retry', { 'holdfast.delay_ms': delayMs, 'holdfast.delay_from': delayFrom });
      return;
    }
    const { stopped, delivery } = event;
    current.over = true;
    finish(current.span, event, {
      'holdfast.attempts': call.attempts,
      ...(stopped && { 'holdfast.stopped': stopped, 'holdfast.delivery': delivery }),
    });
  };

  return { begin, watch };
};

/** As for `http.client.request.duration`, and a minute. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

const metering = (meter: MeterLike) => {
  const advice = { explicitBucketBoundaries: SECONDS };
  const attempts = meter.createCounter('holdfast.attempts', { description: 'Attempts that ended', unit: '{attempt}' });
  const waits = meter.createHistogram('holdfast.wait.duration', {
    description: 'Waits before retries',
    unit: 's',
    advice,
  });
  const calls = meter.createHistogram('holdfast.call.duration', {
    description: 'Whole calls, waits included',
    unit: 's',
    advice,
  });
  const running = new WeakSet<Call>();

  return (event: CallEvent): void => {
    const { call } = event;
    if (event.type === 'attempt') return void running.add(call);
    const peer = { ...peerOf(call), 'http.request.method': methodAttributes(call.method)['http.request.method']! };
    const attributes = { ...peer, ...attributesOf(event) };
    // An abort in a wait ends no attempt.
    if (running.delete(call)) attempts.add(1, attributes);
    if (event.type === 'end') calls.record(event.durationMs / 1000, attributes);
    else waits.record(event.verdict.delayMs / 1000, { ...peer, 'holdfast.delay_from': event.verdict.delayFrom });
  };
};

/**
 * An extension that makes one span a call and one child span an attempt, and counts attempts, waits and calls. What is not
 * the caller's error (a retry that helped, an abort) is none on the span of the call. Put it last in `use`, so that the
 * waits of other extensions are no part of an attempt.
 *
 * @example
 * import { context, metrics, propagation, trace } from '@opentelemetry/api';
 * const otel = openTelemetry({ tracer: trace.getTracer('shop'), trace, context, propagation, meter: metrics.getMeter('shop') });
 * const fetch = createFetch({ use: [otel] });
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
export const openTelemetry = (options: OpenTelemetryOptions): Extension => {
  const spans = options.tracer && tracing(options);
  const measure = options.meter && metering(options.meter);
  return {
    name: 'opentelemetry',
    beforeAttempt: attempt => {
      try {
        spans?.begin(attempt);
      } catch {} // what is thrown here would refuse the call
    },
    on: event => {
      try {
        spans?.watch(event);
      } finally {
        measure?.(event);
      }
    },
  };
};
