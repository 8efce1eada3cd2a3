import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Classification } from '../../src/call.ts';
import {
  decorrelated,
  type ExponentialOptions,
  equal,
  exponential,
  full,
  type Jitter,
  none,
} from '../../src/policy/backoff.ts';
import { chance, dice } from './arbitraries.ts';

const wait = (options: ExponentialOptions, attempt: number, random = 0.5, previousMs?: number): number =>
  exponential(options)({ attempt, previousMs, random: () => random });

describe('exponential', () => {
  it('doubles from 500 ms up to 8 s by default, with full jitter', () => {
    const waits = [1, 2, 3, 4, 5, 6, 50].map(attempt =>
      exponential()({ attempt, previousMs: undefined, random: () => 0.5 }),
    );
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
  });

  it('begins at 1 s where the server throttles, unless it is told where', () => {
    const after = (classification: Classification, options: ExponentialOptions = {}) => {
      const outcome = { kind: 'timeout', error: 0, classification } as const;
      return [1, 2, 5].map(attempt =>
        exponential(options)({ attempt, previousMs: undefined, random: () => 0.5, outcome }),
      );
    };
    expect(after('throttled')).toEqual([500, 1000, 4000]);
    for (const other of ['server-error', 'network-error', 'timeout'] as const)
      expect(after(other)).toEqual([250, 500, 4000]);
    expect(after('throttled', { baseMs: 100 })).toEqual([50, 100, 800]);
  });

  it('takes base, factor and cap', () => {
    const options = { baseMs: 100, factor: 3, capMs: 1000, jitter: none };
    expect([1, 2, 3, 4, 5].map(attempt => wait(options, attempt))).toEqual([100, 300, 900, 1000, 1000]);
    expect(wait({ baseMs: 100, factor: 1, jitter: none }, 1000)).toBe(100);
    expect(wait({ baseMs: 900, capMs: 100, jitter: none }, 1)).toBe(100);
  });

  it('takes a jitter by its name, or `undefined` for the default', () => {
    for (const [name, jitter] of Object.entries({ full, equal, decorrelated, none }))
      for (const attempt of [1, 3])
        expect(wait({ jitter: name as 'full' }, attempt, 0.3, 700)).toBe(wait({ jitter }, attempt, 0.3, 700));
    expect(wait({ jitter: undefined, baseMs: undefined, factor: undefined, capMs: undefined }, 2)).toBe(500);
  });

  it('waits for nothing from nothing, however often', () => {
    expect(wait({ baseMs: 0, jitter: none }, 1)).toBe(0);
    expect(wait({ baseMs: 0, jitter: none }, 5000)).toBe(0);
  });

  it('hands the jitter the capped delay, the bounds and the state', () => {
    const seen: unknown[] = [];
    const jitter: Jitter = (...args) => seen.push(args);
    const outcome = { kind: 'timeout', error: 0, classification: 'timeout' } as const;
    const state = { attempt: 7, previousMs: 5, random: Math.random, outcome };
    expect(exponential({ baseMs: 2, capMs: 99, jitter })(state)).toBe(1);
    expect(seen).toEqual([[99, { ...state, baseMs: 2, capMs: 99 }]]);
  });

  it.each<[string, unknown, ErrorConstructor, RegExp]>([
    ['no options', null, TypeError, /exponential: .*must be an object, got null/],
    ['a number', 500, TypeError, /must be an object, got 500/],
    ['a negative base', { baseMs: -1 }, RangeError, /baseMs.* must be milliseconds from 0 to 2147483647, got -1/],
    ['a base of NaN', { baseMs: Number.NaN }, RangeError, /baseMs/],
    ['a base in words', { baseMs: '1s' }, TypeError, /baseMs.*got "1s"/],
    ['a cap too long for a timer', { capMs: 2 ** 31 }, RangeError, /capMs.*got 2147483648/],
    ['an endless cap', { capMs: Number.POSITIVE_INFINITY }, RangeError, /capMs/],
    ['a shrinking factor', { factor: 0.9 }, RangeError, /factor.* must be a number from 1, got 0.9/],
    ['an endless factor', { factor: Number.POSITIVE_INFINITY }, RangeError, /factor/],
    [
      'a jitter of another name',
      { jitter: 'half' },
      TypeError,
      /`backoff.jitter` must be a function or one of full, equal, decorrelated, none, got "half"/,
    ],
    ['a jitter by a name that every object has', { jitter: 'toString' }, TypeError, /jitter.*got "toString"/],
    ['no jitter', { jitter: null }, TypeError, /jitter.*got null/],
    [
      'an unknown name',
      { base: 100 },
      TypeError,
      /exponential: `backoff.base` is no option.* baseMs, factor, capMs, jitter/,
    ],
  ])('refuses %s', (_, options, Wrong, message) => {
    const run = () => exponential(options as ExponentialOptions);
    expect(run).toThrow(Wrong);
    expect(run).toThrow(message);
  });

  it('takes the longest timer there is', () => {
    expect(wait({ baseMs: 2 ** 31 - 1, capMs: 2 ** 31 - 1, jitter: none }, 3)).toBe(2 ** 31 - 1);
  });

  const bounds = fc.record({
    baseMs: fc.integer({ min: 0, max: 100_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    capMs: fc.integer({ min: 0, max: 100_000 }),
    jitter: fc.constantFrom(full, equal, decorrelated, none),
  });

  it('is never negative nor above the cap, with any jitter', () => {
    const attempts = fc.integer({ min: 1, max: 5000 });
    const previous = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined });
    fc.assert(
      fc.property(bounds, attempts, chance, previous, (options, attempt, random, previousMs) => {
        const ms = wait(options, attempt, random, previousMs);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(options.capMs);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('jitters', () => {
  const state = { attempt: 3, previousMs: 400, baseMs: 100, capMs: 1000, random: () => 0.25 };

  it.each([
    ['full', full, 200],
    ['equal', equal, 500],
    ['decorrelated', decorrelated, 325], // 100 + ¼ of (1000 − 100): three times 400 is above the cap
    ['none', none, 800],
  ])('%s', (_, jitter, ms) => {
    expect(jitter(800, state)).toBe(ms);
  });

  it('full spreads evenly, and is not piled up at the cap', () => {
    const backoff = exponential();
    const tenths = Array<number>(10).fill(0);
    for (let i = 0; i < 1000; i++) {
      const ms = backoff({ attempt: 8, previousMs: 8000, random: () => (i + 0.5) / 1000 });
      tenths[Math.floor(ms / 800)]!++;
    }
    expect(tenths).toEqual(Array(10).fill(100));
  });

  it('equal keeps half of the delay', () => {
    fc.assert(
      fc.property(chance, fc.integer({ min: 0, max: 100_000 }), (random, delayMs) => {
        const ms = equal(delayMs, { ...state, random: () => random });
        expect(ms).toBeGreaterThanOrEqual(delayMs / 2);
        expect(ms).toBeLessThanOrEqual(delayMs);
      }),
    );
  });

  it('decorrelated stays between the base and three times the previous wait, the cap above all', () => {
    const ms = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(chance, ms, ms, ms, (random, baseMs, capMs, previousMs) => {
        const delay = decorrelated(5, { attempt: 1, previousMs, baseMs, capMs, random: () => random });
        expect(delay).toBeGreaterThanOrEqual(Math.min(baseMs, capMs));
        expect(delay).toBeLessThanOrEqual(Math.min(capMs, Math.max(baseMs, previousMs * 3)));
      }),
      { numRuns: 500 },
    );
  });

  it('decorrelated begins between the base and three times the base, and can reach both ends', () => {
    const first = { attempt: 1, previousMs: undefined, baseMs: 100, capMs: 1000 };
    expect(decorrelated(0, { ...first, random: dice(0) })).toBe(100);
    expect(decorrelated(0, { ...first, random: dice(0.5) })).toBe(200);
    expect(decorrelated(0, { ...first, previousMs: 10, random: dice(0.9) })).toBe(100);
  });
});
