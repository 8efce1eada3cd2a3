/** `holdfast/opentelemetry`: spans and metrics of calls and of their attempts, made with the user's own API objects. */

import type { Extension } from '../../call.ts';
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
