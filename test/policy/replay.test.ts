import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRead, isReplayable } from '../../src/policy/replay.ts';

const PLAIN = { method: 'POST', keyed: false, oneShot: false, unapplied: false };
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'];

describe('isReplayable', () => {
  it.each(IDEMPOTENT)('%s always', method => {
    expect(isReplayable({ ...PLAIN, method })).toBe(true);
    expect(isReplayable({ ...PLAIN, method: method.toLowerCase() })).toBe(true);
  });

  it.each(['POST', 'PATCH', 'patch', 'CONNECT', 'PURGE', ''])(
    '%j only with a key, or where nothing was applied',
    method => {
      expect(isReplayable({ ...PLAIN, method })).toBe(false);
      expect(isReplayable({ ...PLAIN, method, keyed: true })).toBe(true);
      expect(isReplayable({ ...PLAIN, method, unapplied: true })).toBe(true);
    },
  );

  it('a one-shot body never', () => {
    fc.assert(
      fc.property(fc.constantFrom(...IDEMPOTENT, 'POST'), fc.boolean(), fc.boolean(), (method, keyed, unapplied) => {
        expect(isReplayable({ method, keyed, unapplied, oneShot: true })).toBe(false);
      }),
    );
  });
});

describe('isRead', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])('%s', method => expect(isRead(method)).toBe(true));
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'LOCK', ''])('not %j', method => expect(isRead(method)).toBe(false));
});
