import type { StopReason } from '../call.ts';
import type { Delivery } from '../policy/delivery.ts';
import { duration } from './text.ts';

/** What an error says of the call that ended in it. */
export interface Facts {
  readonly service: string;
  /** Attempts made. */
  readonly attempts: number;
  readonly stopped: StopReason | undefined;
  readonly delivery: Delivery;
  readonly idempotencyKey: string | undefined;
  readonly durationMs: number;
}

/** The same in every copy of this package. */
export const BRAND = Symbol.for('holdfast.ApiError');

/** An Error's own words, which nothing prints as members. */
export const hide = (error: object, members: object): void => {
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(error, name, { value, enumerable: false, writable: true, configurable: true });
  }
};

/**
 * Members that are there for whoever asks: they hold headers, URLs and bodies (K12). Nothing prints them, not even what
 * prints hidden members (`%o`), since an accessor's value is not looked at.
 */
export const veil = (error: object, members: object): void => {
  for (const [name, value] of Object.entries(members)) {
    const set = (next: unknown): void => veil(error, { [name]: next });
    Object.defineProperty(error, name, { get: () => value, set, enumerable: false, configurable: true });
  }
};

/** What prints: what is enumerable, and the two that never are on an Error. */
export const toJSON = (error: Error): Record<string, unknown> => ({
  ...error,
  name: error.name,
  message: error.message,
});

/** `, gave up after 3 attempts in 4.1 s: limit`; nothing where there was one attempt and no question of another. */
const ending = ({ attempts, stopped, durationMs }: Facts): string => {
  const why = stopped && stopped !== 'final' ? `: ${stopped}` : '';
  if (attempts > 1) return `, gave up after ${attempts} attempts in ${duration(durationMs)}${why}`;
  return why && stopped !== 'limit' ? `, not retried${why}` : '';
};

/** `rate_limit` → `RateLimitError`; a class's own name does not survive minification. */
const nameOf = (kind: string): string => `${kind.replace(/(?:^|_)(.)/g, (_, first) => first.toUpperCase())}Error`;

/**
 * Makes an error of ky's ours: says what happened and hides what ky shows, also in the stack, which begins with ky's message
 * and so with the URL. `idempotencyKey` is a header's value, and hidden too.
 */
export const describe = (error: Error, kind: string, prefix: string, what: string, facts: Facts, rest = {}): void => {
  const { service, attempts, stopped, delivery, idempotencyKey } = facts;
  const shown = { kind, ...rest, service, attempts, stopped, delivery };
  Object.assign(error, Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined)));
  const name = prefix + nameOf(kind);
  const message = `${service} ${what}${ending(facts)}`;
  const stack = String(error.stack);
  const at = stack.indexOf(error.message);
  // Some engines keep no message in the stack.
  const frames = at < 0 ? `\n${stack}` : stack.slice(at + error.message.length);
  hide(error, { name, message, stack: `${name}: ${message}${frames}` });
  veil(error, { idempotencyKey });
  Object.defineProperty(error, BRAND, { value: true });
};
