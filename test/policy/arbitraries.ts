import fc from 'fast-check';
import type { Classification } from '../../src/call.ts';

/** Every class: the compiler sees to it. */
export const CLASSES = Object.keys({
  success: 1,
  throttled: 1,
  'server-error': 1,
  'client-error': 1,
  'network-error': 1,
  timeout: 1,
  aborted: 1,
  invalid: 1,
  thrown: 1,
} satisfies Record<Classification, 1>) as Classification[];

/** An answer with this status; a stand-in where no Response can be made with it (below 200, above 599). */
export const answer = (status: number, headers: HeadersInit = {}) => ({
  kind: 'answer' as const,
  status,
  response: { status, headers: new Headers(headers) } as Response,
});

/** Node's shape of a rejection: a TypeError that says nothing, with the reason as its cause. */
export const nodeFailure = (cause: object): TypeError =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('message' in cause ? String(cause.message) : ''), cause),
  });

/** A `random` that gives these numbers, the last one for ever. */
export const dice = (...numbers: number[]) => {
  let rolled = 0;
  return () => numbers[Math.min(rolled++, numbers.length - 1)]!;
};

/** What `Math.random` can give. */
export const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
