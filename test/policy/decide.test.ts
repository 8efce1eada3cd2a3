import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLASSES, type StopReason } from '../../src/call.ts';
import { isRetryable } from '../../src/policy/classify.ts';
import { decide, type Situation } from '../../src/policy/decide.ts';

/** Everything speaks for a retry after 100 ms. */
const FINE: Situation = {
  classification: 'server-error',
  vetoed: false,
  attempt: 1,
  limit: 2,
  replayable: true,
  serverMs: undefined,
  maxRetryAfterMs: 60_000,
  afterServerMs: ms => ms,
  backoffMs: () => 100,
  remainingMs: Number.POSITIVE_INFINITY,
  tokens: Number.POSITIVE_INFINITY,
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
    [
      'a client error that somebody wants retried',
      { classification: 'client-error', retryable: true },
      retry(100, 'backoff'),
    ],
    ['a success that somebody wants retried', { classification: 'success', retryable: true }, retry(100, 'backoff')],
    ['a server error that somebody wants final', { retryable: false }, stop('final')],
    ['a success, and nobody wants it retried', { classification: 'success', retryable: false }, { kind: 'accept' }],
    ['vetoed', { vetoed: true }, stop('vetoed')],
    ['the last retry', { attempt: 2 }, retry(100, 'backoff')],
    ['no retry left', { attempt: 3 }, stop('limit')],
    ['no retry at all', { limit: 0 }, stop('limit')],
    ['not replayable', { replayable: false }, stop('not-replayable')],
    ['the server gives a time', { serverMs: 700 }, retry(700, 'server')],
    ['the longest time obeyed', { serverMs: 60_000 }, retry(60_000, 'server')],
    ['a longer one', { serverMs: 60_001 }, stop('retry-after')],
    ['a time for ever', { serverMs: Number.POSITIVE_INFINITY }, stop('retry-after')],
    [
      'jitter after the longest time is no longer asking',
      { serverMs: 60_000, afterServerMs: ms => ms + 900 },
      retry(60_900, 'server'),
    ],
    ['just in time', { remainingMs: 101 }, retry(100, 'backoff')],
    ['just too late', { remainingMs: 100 }, stop('deadline')],
    ['the server asks for too long', { serverMs: 500, remainingMs: 500 }, stop('deadline')],
    ['time is over', { remainingMs: -5 }, stop('deadline')],
    ['the last token', { tokens: 1 }, retry(100, 'backoff')],
    ['a part of a token', { tokens: 0.9 }, stop('budget')],
    ['no wait', { backoffMs: () => 0 }, retry(0, 'backoff')],
  ])('%s', (_, situation, verdict) => {
    expect(decide({ ...FINE, ...situation })).toEqual(verdict);
  });

  /** The reasons in the order of rule 4, and a situation in which each holds. */
  const REASONS: readonly (readonly [StopReason, Partial<Situation>])[] = [
    ['final', { classification: 'client-error' }],
    ['vetoed', { vetoed: true }],
    ['limit', { attempt: 3 }],
    ['not-replayable', { replayable: false }],
    ['retry-after', { serverMs: 60_001 }],
    ['deadline', { remainingMs: 50 }],
    ['budget', { tokens: 0 }],
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
    vetoed: fc.boolean(),
    attempt: fc.integer({ min: 1, max: 5 }),
    limit: fc.integer({ min: 0, max: 5 }),
    replayable: fc.boolean(),
    serverMs: fc.option(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { nil: undefined }),
    maxRetryAfterMs: fc.integer({ min: 0, max: 500_000 }),
    jitterMs: fc.integer({ min: 0, max: 1000 }),
    delayMs: fc.integer({ min: 0, max: 10_000 }),
    remainingMs: fc.oneof(fc.integer({ min: -10, max: 20_000 }), fc.constant(Number.POSITIVE_INFINITY)),
    tokens: fc.double({ min: 0, max: 100, noNaN: true }),
  });

  it('retries only a retryable class, within the limit and before the deadline, and never undercuts the server', () => {
    fc.assert(
      fc.property(situations, ({ jitterMs, delayMs, ...rest }) => {
        const now: Situation = { ...rest, afterServerMs: ms => ms + jitterMs, backoffMs: () => delayMs };
        const verdict = decide(now);
        expect(verdict.kind === 'accept').toBe(now.classification === 'success');
        if (verdict.kind !== 'retry') return;
        expect(isRetryable(now.classification)).toBe(true);
        expect(now.attempt).toBeLessThanOrEqual(now.limit);
        expect(now.replayable && !now.vetoed).toBe(true);
        expect(now.tokens).toBeGreaterThanOrEqual(1);
        expect(verdict.delayMs).toBeLessThan(now.remainingMs);
        expect(verdict.delayFrom).toBe(now.serverMs === undefined ? 'backoff' : 'server');
        expect(verdict.delayMs).toBeGreaterThanOrEqual(now.serverMs ?? delayMs);
        expect(now.serverMs ?? 0).toBeLessThanOrEqual(now.maxRetryAfterMs);
      }),
      { numRuns: 2000 },
    );
  });

  it('asks for a backoff only where the wait depends on it', () => {
    const backoffMs = () => expect.unreachable();
    for (const [, reason] of REASONS.slice(0, 5)) decide({ ...FINE, ...reason, backoffMs });
    decide({ ...FINE, serverMs: 5, backoffMs });
    decide({ ...FINE, classification: 'success', backoffMs });
  });
});
