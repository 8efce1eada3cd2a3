import type { Call, CallEvent } from '../../call.ts';
import { type Attributes, methodAttributes, peerAttributes, resultAttributes } from './attributes.ts';

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

/** As for `http.client.request.duration`, and a minute. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** Counts attempts, and measures waits and calls. */
export const metering = (meter: MeterLike) => {
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
    const peer = {
      ...peerAttributes(call),
      'http.request.method': methodAttributes(call.method)['http.request.method']!,
    };
    const attributes = { ...peer, ...resultAttributes(event) };
    // An abort in a wait ends no attempt.
    if (running.delete(call)) attempts.add(1, attributes);
    if (event.type === 'end') calls.record(event.durationMs / 1000, attributes);
    else waits.record(event.verdict.delayMs / 1000, { ...peer, 'holdfast.delay_from': event.verdict.delayFrom });
  };
};
