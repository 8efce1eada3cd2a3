import { MAX_MS } from '../../check.ts';

/** A number from 0 or 1 on: milliseconds where its name says so, else a whole one. What has this method; `call`: a function. */
export type Kind = 0 | 1 | string;

/**
 * The options of an extension, each name with its kind.
 *
 * @throws {TypeError | RangeError} naming the one that is wrong
 */
export const checked = <Options extends object>(
  where: string,
  given: Options | undefined,
  kinds: Readonly<Record<keyof Options & string, Kind>>,
  ...required: readonly (keyof Options)[]
): Options => {
  const options = Object(given) as Options;
  for (const name of Object.keys({ ...kinds, ...options }) as (keyof Options & string)[]) {
    const kind: Kind | undefined = kinds[name];
    if (kind === undefined)
      throw new TypeError(`${where}: \`${name}\` is no option, but ${Object.keys(kinds).join(', ')} are`);
    const value = options[name] as number & Record<string, unknown>;
    if (value === undefined && !required.includes(name)) continue;
    const isNumber = typeof value === 'number';
    const isTime = name.endsWith('Ms');
    const [isRight, expected] =
      typeof kind === 'string'
        ? [typeof value?.[kind] === 'function', kind === 'call' ? 'a function' : `an object with ${kind}()`]
        : [
            isNumber && value >= kind && value <= MAX_MS && (isTime || Number.isInteger(value)),
            `${isTime ? 'milliseconds' : 'a whole number'} from ${kind} to ${MAX_MS}`,
          ];
    if (isRight) continue;
    const Wrong = isNumber ? RangeError : TypeError;
    throw new Wrong(`${where}: \`${name}\` must be ${expected}, got ${isNumber ? value : typeof value}`);
  }
  return options;
};
