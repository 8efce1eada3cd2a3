import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { StopReason } from '../../src/call.ts';
import { isRetryable } from '../../src/policy/classify.ts';
import { decide, type Situation } from '../../src/policy/decide.ts';
import { CLASSES } from './arbitraries.ts';

/** Everything speaks for a retry after 100 ms. */
const FINE: Situation = {
  classification: 'server-error',
  permanent: false,
  vetoed: false,
  attempt: 1,
  limit: 2,
  replayable: true,
  serverMs: undefined,
  maxRetryAfterMs: 60_000,
  delay: () => 100,
  remainingMs: Number.POSITIVE_INFINITY,
  isHeld: () => false,
};

const stop = (because: StopReason) => ({ kind: 'stop', because });
const retry = (delayMs: number, delayFrom: 'server' | 'backoff') => ({ kind: 'retry', delayMs, delayFrom });

describe('decide', () => {
  it.each<[string, Partial<Situation>, object]>([
    ['all is well', {}, retry(100, 'backoff')],
    ['success', { classification: 'success', vetoed: true, attempt: 9 }, { kind: 'accept' }],
    ['client error', { classification: 'client-error' }, stop('final')],
    ['aborted', { classification: 'aborted' }, stop('final')],
    ['invalid', { classification: 'invalid' }, stop('final')],
    ['an error of somebody’s own', { classification: 'thrown' }, stop('final')],
    ['throttled', { classification: 'throttled' }, retry(100, 'backoff')],
    ['network error', { classification: 'network-error' }, retry(100, 'backoff')],
    ['timeout', { classification: 'timeout' }, retry(100, 'backoff')],
    ['a network error that no repetition cures', { classification: 'network-error', permanent: true }, stop('final')],
    ['vetoed', { vetoed: true }, stop('vetoed')],
    ['the last retry', { attempt: 2 }, retry(100, 'backoff')],
    ['no retry left', { attempt: 3 }, stop('limit')],
    ['no retry at all', { limit: 0 }, stop('limit')],
    ['not replayable', { replayable: false }, stop('not-replayable')],
    ['the server gives a time', { serverMs: 700, delay: () => 700 }, retry(700, 'server')],
    ['the longest time obeyed', { serverMs: 60_000, delay: () => 60_000 }, retry(60_000, 'server')],
    ['a longer one', { serverMs: 60_001 }, stop('retry-after')],
    ['a time for ever', { serverMs: Number.POSITIVE_INFINITY }, stop('retry-after')],
    [
      'jitter after the longest time is no longer asking',
      { serverMs: 60_000, delay: () => 60_900 },
      retry(60_900, 'server'),
    ],
    ['just in time', { remainingMs: 101 }, retry(100, 'backoff')],
    ['just too late', { remainingMs: 100 }, stop('deadline')],
    ['the server asks for too long', { serverMs: 500, delay: () => 500, remainingMs: 500 }, stop('deadline')],
    ['time is over', { remainingMs: -5 }, stop('deadline')],
    ['the origin is down', { isHeld: () => true }, stop('outage')],
    ['no wait', { delay: () => 0 }, retry(0, 'backoff')],
  ])('%s', (_, situation, verdict) => {
    expect(decide({ ...FINE, ...situation })).toEqual(verdict);
  });

  /** The reasons in the order in which they are asked, and a situation in which each holds. */
  const REASONS: readonly (readonly [StopReason, Partial<Situation>])[] = [
    ['final', { classification: 'client-error' }],
    ['vetoed', { vetoed: true }],
    ['limit', { attempt: 3 }],
    ['not-replayable', { replayable: false }],
    ['retry-after', { serverMs: 60_001 }],
    ['deadline', { remainingMs: 50 }],
    ['outage', { isHeld: () => true }],
  ];

  it('stops for the first reason that holds', () => {
    fc.assert(
      fc.property(fc.subarray([...REASONS], { minLength: 1 }), reasons => {
        const situation = Object.assign({ ...FINE }, ...reasons.map(([, each]) => each));
        expect(decide(situation)).toEqual(stop(reasons[0]![0]));
      }),
      { numRuns: 300 },
    );
  });

  const situations = fc.record({
    classification: fc.constantFrom(...CLASSES),
    permanent: fc.boolean(),
    vetoed: fc.boolean(),
    attempt: fc.integer({ min: 1, max: 5 }),
    limit: fc.integer({ min: 0, max: 5 }),
    replayable: fc.boolean(),
    serverMs: fc.option(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { nil: undefined }),
    maxRetryAfterMs: fc.integer({ min: 0, max: 500_000 }),
    delayMs: fc.integer({ min: 0, max: 10_000 }),
    remainingMs: fc.oneof(fc.integer({ min: -10, max: 20_000 }), fc.constant(Number.POSITIVE_INFINITY)),
    held: fc.boolean(),
  });

  it('retries only a retryable class, within the limit and before the deadline', () => {
    fc.assert(
      fc.property(situations, ({ delayMs, held, ...rest }) => {
        const now: Situation = { ...rest, delay: () => delayMs, isHeld: () => held };
        const verdict = decide(now);
        expect(verdict.kind === 'accept').toBe(now.classification === 'success');
        if (verdict.kind !== 'retry') return;
        expect(isRetryable(now.classification) && !now.permanent).toBe(true);
        expect(now.attempt).toBeLessThanOrEqual(now.limit);
        expect(now.replayable && !now.vetoed).toBe(true);
        expect(held).toBe(false);
        expect(verdict.delayMs).toBeLessThan(now.remainingMs);
        expect(verdict.delayFrom).toBe(now.serverMs === undefined ? 'backoff' : 'server');
        expect(verdict.delayMs).toBe(delayMs);
        expect(now.serverMs ?? 0).toBeLessThanOrEqual(now.maxRetryAfterMs);
      }),
      { numRuns: 2000 },
    );
  });

  it('asks for the wait once, and only where the verdict depends on it', () => {
    const never = () => expect.unreachable();
    for (const [, reason] of REASONS.slice(0, 5)) decide({ ...FINE, ...reason, delay: never });
    decide({ ...FINE, classification: 'success', delay: never });
    const delay = vi.fn(() => 5);
    expect(decide({ ...FINE, delay })).toEqual(retry(5, 'backoff'));
    expect(delay).toHaveBeenCalledOnce();
  });

  it('asks last whether the origin is down: a probe is taken by asking', () => {
    const never = () => expect.unreachable();
    for (const [, reason] of REASONS.slice(0, -1)) decide({ ...FINE, ...reason, isHeld: never });
    decide({ ...FINE, classification: 'success', isHeld: never });
  });
});
