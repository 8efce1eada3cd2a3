import type { StopReason } from '../call.ts';
import type { Delivery } from '../policy/delivery.ts';
import { duration } from './text.ts';

/** What an error says of its call. */
export interface CallFacts {
  /** The name of the service, or its host. */
  readonly service: string;
  /** Attempts made; `undefined` where nobody can tell. */
  readonly attempts: number | undefined;
  /** Why the call was not repeated. */
  readonly stopped: StopReason | undefined;
  /** Whether a write was applied; `undefined` for a read. */
  readonly delivery: Delivery | undefined;
  /** The key that every attempt carried. Hidden. */
  readonly idempotencyKey: string | undefined;
}

export interface Facts extends CallFacts {
  readonly durationMs: number;
  /** The server answered, but its answer's body was lost. */
  readonly answered?: boolean | undefined;
}

/** The same in every copy of this package. */
export const BRAND = Symbol.for('holdfast.ApiError');

/**
 * Members that are not enumerable. What holds headers, URLs or bodies goes behind an accessor (`isVeiled`): its value is not
 * even looked at by what prints hidden members, such as `%o`.
 */
export const hide = (error: object, members: object, isVeiled = false): void => {
  for (const [name, given] of Object.entries(members)) {
    let value: unknown = given;
    const set = (next: unknown): void => {
      value = next;
    };
    const member = isVeiled ? { get: () => value, set } : { value, writable: true };
    Object.defineProperty(error, name, { ...member, enumerable: false, configurable: true });
  }
};

/** `, gave up after 3 attempts in 4.1 s: limit`; nothing where there was one attempt and no question of another. */
const ending = ({ attempts = 0, stopped, durationMs }: Facts): string => {
  const why = stopped && stopped !== 'final' ? `: ${stopped}` : '';
  if (attempts > 1) return `, ${why && 'gave up '}after ${attempts} attempts in ${duration(durationMs)}${why}`;
  return why && stopped !== 'limit' ? `, not retried${why}` : '';
};

/**
 * Makes an error of ky's ours: says what happened, and hides what ky shows, also in the stack, which begins with ky's message
 * and so with the URL.
 */
export const describe = (error: Error, what: string, facts: Facts, hidden: object, shown: object): void => {
  const { service, attempts, stopped, delivery, idempotencyKey } = facts;
  for (const [name, value] of Object.entries({ ...shown, service, attempts, stopped, delivery }))
    if (value !== undefined) Object.assign(error, { [name]: value });
  const { name } = error.constructor;
  const message = `${service} ${what}${ending(facts)}`;
  // Some engines keep no message in the stack.
  const [, frames = `\n${error.stack}`] = `${error.stack}`.split(error.message);
  hide(error, { name, message, stack: `${name}: ${message}${frames}` });
  hide(error, { ...hidden, idempotencyKey }, true);
  Object.defineProperty(error, BRAND, { value: true });
};
