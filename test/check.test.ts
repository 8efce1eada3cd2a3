import { describe, expect, it } from 'vitest';
import { aFunction, between, check, MAX_MS, milliseconds, type Rules, show } from '../src/check.ts';

const RULES: Rules = {
  limit: [between(0, 9), 'a number from 0 to 9'],
  run: aFunction,
  waitMs: milliseconds,
  theirs: undefined,
  group: { inner: aFunction, deeper: { most: milliseconds } },
};

describe('check', () => {
  it('passes what follows the rules, and what is not its own', () => {
    for (const options of [
      {},
      { limit: 0 },
      { limit: 9, run: () => {}, waitMs: MAX_MS },
      { theirs: Symbol('x') },
      { other: 1 },
      { group: { deeper: { most: 1 } } },
    ]) {
      expect(() => check('here', options, RULES)).not.toThrow();
    }
  });

  it.each<[object, ErrorConstructor, string]>([
    [{ limit: 10 }, RangeError, 'here: `limit` must be a number from 0 to 9, got 10'],
    [{ limit: '1' }, TypeError, 'here: `limit` must be a number from 0 to 9, got "1"'],
    [{ run: 1 }, TypeError, 'here: `run` must be a function, got 1'],
    [{ waitMs: MAX_MS + 1 }, RangeError, 'here: `waitMs` must be milliseconds from 0 to 2147483647, got 2147483648'],
    [{ group: 1 }, TypeError, 'here: `group` must be an object, got 1'],
    [{ group: false }, TypeError, 'here: `group` must be an object, got false'],
    [{ group: { inner: 1 } }, TypeError, 'here: `group.inner` must be a function, got 1'],
    [
      { group: { deeper: { most: -1 } } },
      RangeError,
      'here: `group.deeper.most` must be milliseconds from 0 to 2147483647, got -1',
    ],
    [{ group: { other: 1 } }, TypeError, 'here: `group.other` is no option; did you mean `group.inner`?'],
    [
      { group: { deeper: { mots: 1 } } },
      TypeError,
      'here: `group.deeper.mots` is no option; did you mean `group.deeper.most`?',
    ],
    [{ limits: 1 }, TypeError, 'here: `limits` is no option; did you mean `limit`?'],
    [{ rum: 1 }, TypeError, 'here: `rum` is no option; did you mean `run`?'],
  ])('%j', (options, Wrong, message) => {
    expect(() => check('here', options, RULES)).toThrow(new Wrong(message));
  });

  it('the further off a name may be, the longer it is', () => {
    const passes = (name: string) => {
      try {
        check('here', { [name]: 1 }, { thing: undefined, container: undefined });
        return true;
      } catch {
        return false;
      }
    };
    expect(['thong', 'thin', 'thinggy', 'Thing', 'konteiner', 'containers'].filter(passes)).toEqual([]);
    expect(['song', 'through', 'konteineer', 'hung'].filter(passes)).toEqual(['song', 'through', 'konteineer', 'hung']);
  });
});

describe('show', () => {
  it.each<[unknown, string]>([
    ['a', '"a"'],
    ['a\n"b"', '"a\\n\\"b\\""'],
    ['x'.repeat(40), `"${'x'.repeat(40)}"`],
    ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
    [1, '1'],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
    [10n, '10'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [[1, 2], 'a list of 2'],
    [{ secret: 's' }, 'an object'],
    [Object.create(null), 'an object'],
    [() => 'secret', 'a function'],
  ])('%o', (value, shown) => expect(show(value)).toBe(shown));
});
