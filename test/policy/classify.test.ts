import fc from 'fast-check';
import * as pattern from 'ts-pattern';
import { describe, expect, it, vi } from 'vitest';
import type { Classification, Outcome } from '../../src/call.ts';
import { checkedClass, classify, isRetryable } from '../../src/policy/classify.ts';
import { answer, CLASSES, nodeFailure } from './arbitraries.ts';

const expected = (status: number): Classification => {
  if (status === 429) return 'throttled';
  if (status >= 500) return 'server-error';
  return status >= 400 ? 'client-error' : 'success';
};

vi.mock('ts-pattern', { spy: true });

describe('classify', () => {
  it('looks into no table for an answer below 400: that costs', () => {
    const match = vi.mocked(pattern.match);
    match.mockClear();
    classify(answer(200));
    classify(answer(399));
    expect(match).not.toHaveBeenCalled();
    classify(answer(400));
    expect(match).toHaveBeenCalledTimes(1);
  });

  it('gives every status from 100 to 999 its class', () => {
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
    // RFC 9110 §15: what is no status counts as a 5xx.
    [600, 'server-error'],
    [999, 'server-error'],
    [1000, 'server-error'],
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
    ['a certificate', { kind: 'failure', error: nodeFailure({ code: 'CERT_HAS_EXPIRED' }) }, 'network-error'],
    ['an unknown scheme', { kind: 'failure', error: nodeFailure({ message: 'unknown scheme' }) }, 'network-error'],
    ['our timer', { kind: 'timeout', error: new DOMException('', 'TimeoutError') }, 'timeout'],
    ["the caller's abort", { kind: 'aborted', error: 'enough' }, 'aborted'],
    ['a request that cannot be built', { kind: 'invalid', error: new TypeError() }, 'invalid'],
    ['an error of somebody’s own', { kind: 'thrown', error: new RangeError() }, 'thrown'],
  ])('%s', (_, outcome, classification) => {
    expect(classify(outcome)).toBe(classification);
  });

  it('does not look at the error', () => {
    const kinds = {
      failure: 'network-error',
      timeout: 'timeout',
      aborted: 'aborted',
      invalid: 'invalid',
      thrown: 'thrown',
    } as const;
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])), fc.anything(), (kind, error) => {
        expect(classify({ kind, error })).toBe(kinds[kind]);
      }),
    );
  });
});

describe('isRetryable', () => {
  it('is so for four classes and no other', () => {
    expect(CLASSES.filter(isRetryable)).toEqual(['throttled', 'server-error', 'network-error', 'timeout']);
    for (const name of ['', 'Success', 'toString', '__proto__'])
      expect(isRetryable(name as Classification)).toBe(false);
  });
});

describe('checkedClass', () => {
  it.each(CLASSES)('%s', classification => expect(checkedClass(classification)).toBe(classification));

  it.each<[string, unknown, string]>([
    ['a promise', Promise.resolve('success'), '[object Promise]'],
    ['nothing', undefined, '[object Undefined]'],
    ['another word', 'retry', '[object String]'],
    ['a name that every object has', 'constructor', '[object String]'],
    ['a list with a class in it', ['success'], '[object Array]'],
    ['a boolean', true, '[object Boolean]'],
  ])('refuses %s, and lists what is right', (_, given, shown) => {
    const run = () => checkedClass(given as Classification);
    expect(run).toThrow(TypeError);
    expect(run).toThrow(`got ${shown}`);
    for (const each of ['`retry.classify` must return', 'timeout, success', ...CLASSES]) expect(run).toThrow(each);
  });
});
