import fc from 'fast-check';
import * as pattern from 'ts-pattern';
import { describe, expect, it, vi } from 'vitest';
import { CLASSES, type Classification, type Outcome } from '../../src/call.ts';
import { classify, isRetryable } from '../../src/policy/classify.ts';
import { answer, nodeFailure } from './arbitraries.ts';

const expected = (status: number): Classification => {
  if (status === 429) return 'throttled';
  if (status >= 500 && status <= 599) return 'server-error';
  return status >= 400 && status <= 499 ? 'client-error' : 'success';
};

vi.mock('ts-pattern', { spy: true });

describe('classify', () => {
  it('looks into no table for an answer below 400: that costs (K14)', () => {
    const match = vi.mocked(pattern.match);
    match.mockClear();
    classify(answer(200));
    classify(answer(399));
    expect(match).not.toHaveBeenCalled();
    classify(answer(400));
    expect(match).toHaveBeenCalledTimes(1);
  });

  it('gives every status from 100 to 999 its class (rule 1)', () => {
    for (let status = 100; status <= 999; status++) {
      expect(classify(answer(status)), String(status)).toBe(expected(status));
    }
  });

  it.each([
    [0, 'success'], // an opaque answer hides its status
    [304, 'success'],
    [399, 'success'],
    [400, 'client-error'],
    [408, 'client-error'],
    [409, 'client-error'],
    [413, 'client-error'],
    [425, 'client-error'],
    [428, 'client-error'],
    [429, 'throttled'],
    [430, 'client-error'],
    [499, 'client-error'],
    [500, 'server-error'],
    [501, 'server-error'],
    [505, 'server-error'],
    [520, 'server-error'],
    [599, 'server-error'],
    [600, 'success'],
  ] as const)('%i is %s', (status, classification) => {
    expect(classify(answer(status))).toBe(classification);
  });

  it.each<[string, Outcome, Classification]>([
    ['a refused connection', { kind: 'failure', error: nodeFailure({ code: 'ECONNREFUSED' }) }, 'network-error'],
    ['a reset', { kind: 'failure', error: nodeFailure({ code: 'ECONNRESET' }) }, 'network-error'],
    [
      'a failure in words nobody knows',
      { kind: 'failure', error: new Error('Network connection lost.') },
      'network-error',
    ],
    ['a failure that is no error', { kind: 'failure', error: undefined }, 'network-error'],
    ['a TLS refusal', { kind: 'failure', error: nodeFailure({ code: 'CERT_HAS_EXPIRED' }) }, 'invalid'],
    ['an unknown scheme', { kind: 'failure', error: nodeFailure({ message: 'unknown scheme' }) }, 'invalid'],
    ['our timer', { kind: 'timeout', error: new DOMException('', 'TimeoutError') }, 'timeout'],
    ["the caller's abort", { kind: 'aborted', error: 'enough' }, 'aborted'],
    ['a request that cannot be built', { kind: 'invalid', error: new TypeError() }, 'invalid'],
  ])('%s', (_, outcome, classification) => {
    expect(classify(outcome)).toBe(classification);
  });

  it('is total: whatever rejects, a failure is a network error or invalid', () => {
    fc.assert(
      fc.property(fc.anything(), error => {
        expect(['network-error', 'invalid']).toContain(classify({ kind: 'failure', error }));
      }),
    );
  });

  it('does not look at the error of anything but a failure', () => {
    fc.assert(
      fc.property(fc.constantFrom('timeout', 'aborted', 'invalid'), fc.anything(), (kind, error) => {
        expect(classify({ kind, error })).toBe(kind);
      }),
    );
  });
});

describe('isRetryable', () => {
  it('is so for four classes and no other', () => {
    expect(CLASSES.filter(isRetryable)).toEqual(['throttled', 'server-error', 'network-error', 'timeout']);
  });
});
