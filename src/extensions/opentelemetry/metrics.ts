import type { CallEvent } from '../../call.ts';
import { type Attributes, peerAttributes, resultAttributes } from './attributes.ts';

interface MetricOptions {
  unit: string;
  advice?: { explicitBucketBoundaries: number[] };
}

/** What is used of a `Meter`. */
export interface MeterLike {
  createCounter(name: string, options: MetricOptions): { add(value: number, attributes: Attributes): void };
  createHistogram(name: string, options: MetricOptions): { record(value: number, attributes: Attributes): void };
}

/** As for `http.client.request.duration`, and a minute. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** Counts attempts that ended, and measures waits before retries and whole calls, waits included. */
export const metering = (meter: MeterLike) => {
  const measure = (name: string) =>
    meter.createHistogram(`holdfast.${name}.duration`, {
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    });
  const attempts = meter.createCounter('holdfast.attempts', { unit: '{attempt}' });
  const waits = measure('wait');
  const calls = measure('call');

  return (event: CallEvent): void => {
    if (event.type === 'attempt') return;
    const { call } = event;
    const peer = peerAttributes(call);
    const attributes = { ...peer, ...resultAttributes(event) };
    const isRetry = event.type === 'retry';
    // Where a wait was the last thing that happened, the call ended in it, and no attempt did.
    if (isRetry || call.history.at(-1)?.delayMs === undefined) attempts.add(1, attributes);
    if (isRetry)
      waits.record(event.verdict.delayMs / 1000, { ...peer, 'holdfast.delay_from': event.verdict.delayFrom });
    else calls.record(event.durationMs / 1000, attributes);
  };
};
