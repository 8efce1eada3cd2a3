/** What `typeOf` says of a value that is right, or the beginning of that; rules for a group. */
export interface Rules {
  readonly [name: string]: string | Rules;
}

const typeOf = (value: unknown): string =>
  Array.isArray(value)
    ? `list of ${[...new Set(value.map(typeOf))]}`
    : value instanceof RegExp
      ? 'RegExp'
      : typeof value;

/**
 * As the core checks its own options, in less: a subpath is to be small.
 *
 * @throws {TypeError} that names the option, and what would be right
 */
export const check = (where: string, given: object, rules: Rules, path = ''): void => {
  for (const [name, value] of Object.entries(given)) {
    const rule = rules[name];
    if (value === undefined) continue;
    if (value && typeof value === 'object' && typeof rule === 'object') check(where, value, rule, `${name}.`);
    else if (!`${rule}`.startsWith(typeOf(value)))
      throw new TypeError(
        `${where}: \`${path}${name}\` is wrong, expected ${typeof rule === 'string' ? rule : Object.keys(rule ?? rules)}`,
      );
  }
};

/** @throws {TypeError} where something that was given lacks one of these methods: `logger.info logger.warn` */
export const needs = (where: string, given: object, methods: string): void => {
  for (const path of methods.split(' ')) {
    const [part, method] = path.split('.') as [never, never];
    if (typeof Object(given[part])[method] !== 'function') throw new TypeError(`${where} needs \`${path}\``);
  }
};
