/** `holdfast/opentelemetry`: spans and metrics of calls and of their attempts, made with the user's own API objects. */

import type { Extension } from '../../call.ts';
import { needs } from '../../log/check.ts';
import { type MeterLike, metering } from './metrics.ts';
import { type TracingOptions, tracing } from './spans.ts';

export type { MeterLike } from './metrics.ts';
export type { ContextLike, PropagationLike, SpanLike, TraceLike, TracerLike, TracingOptions } from './spans.ts';

/** Spans where there is a tracer, metrics where there is a meter. */
export type OpenTelemetryOptions = { readonly meter?: MeterLike | undefined } & (
  | TracingOptions
  | { readonly tracer?: undefined }
);

/**
 * An extension that makes one span a call and one child span an attempt, and counts attempts, waits and calls. What is not
 * the caller's error (a retry that helped, an abort) is none on the span of the call. An attempt is sent in the context of
 * its span (of the call's, without spans of attempts), so that those of an HTTP instrumentation are its children. Put it
 * last in `use`, so that the waits of other extensions are no part of an attempt.
 *
 * @throws {TypeError} at once, where a part is missing, by its name
 * @example
 * import { context, metrics, propagation, trace } from '@opentelemetry/api';
 * const otel = openTelemetry({ tracer: trace.getTracer('shop'), trace, context, propagation, meter: metrics.getMeter('shop') });
 * const fetch = createFetch({ use: [otel] });
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
export const openTelemetry = (options: OpenTelemetryOptions): Extension => {
  const given = Object(options) as TracingOptions & { readonly meter?: MeterLike };
  const isMeasured = given.meter !== undefined;
  const isTraced = given.tracer !== undefined || !isMeasured;
  if (isTraced) needs('openTelemetry', given, 'tracer.startSpan trace.setSpan context.active context.with');
  if (given.propagation !== undefined) needs('openTelemetry', given, 'propagation.inject');
  if (isMeasured) needs('openTelemetry', given, 'meter.createCounter meter.createHistogram');
  const spans = isTraced ? tracing(given) : undefined;
  const measure = isMeasured ? metering(given.meter!) : undefined;
  return {
    name: 'opentelemetry',
    around: (attempt, send) => {
      let sent: Promise<Response> | undefined;
      try {
        spans?.around(attempt, () => {
          sent = send();
        });
      } catch {} // what is thrown there would refuse the call
      return sent ?? send();
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
