import { describe, expect, it } from 'vitest';
import { aFunction, between, check, MAX_MS, milliseconds, type Rules, show } from '../src/check.ts';

const RULES: Rules = {
  limit: [between(0, 9), 'a number from 0 to 9'],
  run: aFunction,
  waitMs: milliseconds,
  theirs: undefined,
  gone: 'use `run`',
  group: { inner: aFunction, deeper: { most: milliseconds }, gone: 'use `group.inner`', theirs: undefined },
};

describe('check', () => {
  it('passes what follows the rules, and what is not its own', () => {
    for (const options of [
      {},
      { limit: 0 },
      { limit: 9, run: () => {}, waitMs: MAX_MS },
      { theirs: Symbol('x') },
      { other: 1, limits: 1, toString: 1 },
      { group: { deeper: { most: 1 } } },
      { group: { theirs: 1 } },
      { limit: undefined, group: undefined, gone: undefined },
      { group: { inner: undefined, other: undefined } },
      Object.create(null),
    ]) {
      expect(() => check('here', options, RULES)).not.toThrow();
    }
  });

  it.each<[object, ErrorConstructor, string]>([
    [{ limit: 10 }, RangeError, 'here: `limit` must be a number from 0 to 9, got 10'],
    [{ limit: '1' }, TypeError, 'here: `limit` must be a number from 0 to 9, got "1"'],
    [{ run: '1' }, TypeError, 'here: `run` must be a function, got "1"'],
    [{ waitMs: MAX_MS + 1 }, RangeError, 'here: `waitMs` must be milliseconds from 0 to 2147483647, got 2147483648'],
    [{ group: 1 }, TypeError, 'here: `group` must be an object, got 1'],
    [{ group: false }, TypeError, 'here: `group` must be an object, got false'],
    [{ group: { inner: null } }, TypeError, 'here: `group.inner` must be a function, got null'],
    [
      { group: { deeper: { most: -1 } } },
      RangeError,
      'here: `group.deeper.most` must be milliseconds from 0 to 2147483647, got -1',
    ],
    [{ gone: 1 }, TypeError, 'here: `gone` is no option here: use `run`'],
    [{ group: { gone: null } }, TypeError, 'here: `group.gone` is no option here: use `group.inner`'],
  ])('%j', (options, Wrong, message) => {
    expect(() => check('here', options, RULES)).toThrow(new Wrong(message));
  });

  it.each([
    [{ group: { other: 1 } }, 'group.other', 'inner, deeper, theirs'],
    [{ group: { toString: 1 } }, 'group.toString', 'inner, deeper, theirs'],
    [{ group: { deeper: { mots: 1 } } }, 'group.deeper.mots', 'most'],
  ])('an unknown name in a group, and the right ones: %j', (options, name, right) => {
    const run = () => check('here', options, RULES);
    expect(run).toThrow(TypeError);
    expect(run).toThrow(`here: \`${name}\` is no option`);
    expect(run).toThrow(right);
    // What is refused there is no way out.
    expect(run).not.toThrow(/\bgone\b/);
  });

  it('names where an option stands', () => {
    expect(() => check('here', { run: null }, RULES, 'a.b.')).toThrow('here: `a.b.run` must be');
    expect(() => check('here', null, RULES, 'a.b.')).toThrow('here: `a.b` must be an object, got null');
    expect(() => check('here', [], RULES)).toThrow('here: `options` must be an object, got a');
  });
});

describe('show', () => {
  it.each<[unknown, string]>([
    ['a', '"a"'],
    ['a\n"b"', '"a\\n\\"b\\""'],
    ['x'.repeat(40), `"${'x'.repeat(40)}"`],
    ['x'.repeat(41), `"${'x'.repeat(40)}"`],
    [1, '1'],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
    [10n, '10'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%o', (value, shown) => expect(show(value)).toBe(shown));

  it.each([[['secret']], [{ secret: 'secret' }], [Object.create(null)], [new Map([['secret', 1]])], [() => 'secret']])(
    'tells of an object what kind it is, and no more: %o',
    value => {
      expect(show(value)).toMatch(/^an? \w+( of \d+)?$/);
      expect(show(value)).not.toContain('secret');
    },
  );
});
