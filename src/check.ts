/**
 * Options are checked when an instance is made: a wrong one is named at once, with its value and what would be right.
 */

/** What a value must satisfy, and the words for it. */
export type Rule = readonly [ok: (value: unknown) => boolean, expected: string];

/** A rule for each name; words for a name that is refused, rules for a group. */
export interface Rules {
  readonly [name: string]: Rule | Rules | string | undefined;
}

/** A longer timer fires at once. */
export const MAX_MS = 2_147_483_647;

export const between =
  (low: number, high: number) =>
  (value: unknown): value is number =>
    typeof value === 'number' && value >= low && value <= high;

export const isMilliseconds = /* @__PURE__ */ between(0, MAX_MS);
export const milliseconds: Rule = [isMilliseconds, `milliseconds from 0 to ${MAX_MS}`];
export const aFunction: Rule = [value => typeof value === 'function', 'a function'];
export const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as it stands in a message: short, on one line. */
export const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'function' || Object(value) === value ? `a ${value?.constructor?.name}` : String(value);
};

/**
 * Checks options against rules. At the top level unknown names pass (only a runtime's fetch may know them); inside a group
 * they are refused.
 *
 * @throws {TypeError | RangeError}
 */
export const check = (where: string, options: unknown, rules: Rules, path = ''): void => {
  const fail = (name: string, what: string, Wrong = TypeError): never => {
    throw new Wrong(`${where}: \`${name}\` ${what}`);
  };
  if (!isObject(options)) return void fail(path.slice(0, -1) || 'options', `must be an object, got ${show(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const others = Object.keys(rules).filter(each => typeof rules[each] !== 'string');
    const rule = Object.hasOwn(rules, name) ? rules[name] : path ? `use ${others.join(', ')}` : undefined;
    if (value === undefined || rule === undefined) continue;
    if (typeof rule === 'string') fail(path + name, `is no option here: ${rule}`);
    else if (!Array.isArray(rule)) check(where, value, rule as Rules, `${path}${name}.`);
    else if (!rule[0](value))
      fail(path + name, `must be ${rule[1]}, got ${show(value)}`, typeof value === 'number' ? RangeError : TypeError);
  }
};
