/**
 * Options are checked when an instance is made: a wrong one is named at once, with its value and what would be right.
 */

/** What a value must satisfy, and the words for it. */
export type Rule = readonly [ok: (value: unknown) => boolean, expected: string];

/** A rule for each name; `undefined` for a name that is known and somebody else's to check; a group for a nested one. */
export interface Rules {
  readonly [name: string]: Rule | Rules | undefined;
}

/** A longer timer fires at once. */
export const MAX_MS = 2_147_483_647;

export const between =
  (low: number, high: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= low && value <= high;

export const milliseconds: Rule = [between(0, MAX_MS), `milliseconds from 0 to ${MAX_MS}`];
export const aFunction: Rule = [value => typeof value === 'function', 'a function'];

/** A value as it stands in a message: short, on one line. */
export const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
};

/** Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
};

/** The known name that `name` most likely stands for, and how far off it is. */
const nearest = (name: string, known: readonly string[]): readonly [name: string, distance: number] => {
  const ranked = known.map(each => {
    const [a, b] = [name.toLowerCase(), each.toLowerCase()];
    return [each, a.startsWith(b) || a.slice(0, 4) === b.slice(0, 4) ? 0 : distance(a, b)] as const;
  });
  return ranked.reduce((best, each) => (each[1] < best[1] ? each : best));
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Short forms of groups: `retry: 0`, `idempotency: false`, `budget: false`. */
const SHORT: Readonly<Record<string, string>> = {
  retry: 'a number or ',
  idempotency: 'false or ',
  'retry.budget': 'false or ',
};

/** What ky's `replaceOption` wraps, the value itself otherwise. */
const unwrap = (value: unknown): unknown =>
  isObject(value) && Object.getOwnPropertySymbols(value).length > 0 && 'value' in value ? value.value : value;

const fail = (where: string, name: string, expected: string, value: unknown): never => {
  const Wrong = typeof value === 'number' && /number|milliseconds/.test(expected) ? RangeError : TypeError;
  throw new Wrong(`${where}: \`${name}\` must be ${expected}, got ${show(value)}`);
};

/**
 * Checks options against rules. At the top level unknown names pass (only a runtime's fetch may know them), unless they
 * are a near miss of a known one; inside a group every unknown name is refused.
 *
 * @throws {TypeError | RangeError}
 */
export const check = (where: string, options: unknown, rules: Rules, path = ''): void => {
  if (!isObject(options))
    return void fail(where, path.slice(0, -1) || 'options', `${SHORT[path.slice(0, -1)] ?? ''}an object`, options);
  for (const [name, given] of Object.entries(options)) {
    const value = unwrap(given);
    const full = path + name;
    if (!Object.hasOwn(rules, name)) {
      const [near, off] = nearest(name, Object.keys(rules));
      if (path === '' && off > (name.length > 5 ? 2 : 1)) continue;
      throw new TypeError(`${where}: \`${full}\` is no option; did you mean \`${path}${near}\`?`);
    }
    const rule = rules[name];
    if (rule === undefined || value === undefined) continue;
    if (!Array.isArray(rule)) {
      const isLimit = full === 'retry' && typeof value === 'number';
      const isOff = value === false && SHORT[full] === 'false or ';
      if (!isOff) check(where, isLimit ? { limit: value } : value, rule as Rules, `${full}.`);
    } else if (!rule[0](value)) fail(where, full, rule[1], value);
  }
};
