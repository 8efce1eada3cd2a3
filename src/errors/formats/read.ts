/** An object's own member, whatever the object is: a stranger's JSON may hold `__proto__` or anything else. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** The first of these members that is a string (or a number) and not empty. */
export const words = (value: unknown, ...names: string[]): string | undefined => {
  for (const name of names) {
    const found = member(value, name);
    if (typeof found === 'number' || (typeof found === 'string' && found !== '')) return String(found);
  }
  return undefined;
};
