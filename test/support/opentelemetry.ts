import { context, propagation, type Span, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** The real SDK, with all that it exports kept in memory. */
export const sdk = () => {
  const exporter = new InMemorySpanExporter();
  const open = new Set<string>();
  const watcher = {
    onStart: (span: Span) => void open.add(span.spanContext().spanId),
    onEnd: (span: ReadableSpan) => void open.delete(span.spanContext().spanId),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter }), watcher] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());

  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 });
  const meters = new MeterProvider({ readers: [reader] });

  return {
    tracer: provider.getTracer('test'),
    meter: meters.getMeter('test'),
    /** Spans that have ended, in the order of their end. */
    spans: () => exporter.getFinishedSpans(),
    /** How many spans have begun and not ended. */
    open: () => open.size,
    /** By name: unit, and of each series its attributes and value. */
    metrics: async () => {
      await meters.forceFlush();
      const all =
        metricExporter
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
      return Object.fromEntries(
        all.map(({ descriptor, dataPoints }) => [descriptor.name, { unit: descriptor.unit, points: dataPoints }]),
      );
    },
    reset: () => {
      exporter.reset();
      open.clear();
    },
    close: async () => {
      await Promise.all([provider.shutdown(), meters.shutdown()]);
      for (const api of [context, propagation, trace]) api.disable();
    },
  };
};
