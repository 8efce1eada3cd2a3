import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/call.ts';
import { type Delivery, deliveryAfter } from '../../src/policy/delivery.ts';
import { answer, nodeFailure } from './arbitraries.ts';

const REFUSED: Outcome = { kind: 'failure', error: nodeFailure({ code: 'ECONNREFUSED' }) };
const RESET: Outcome = { kind: 'failure', error: nodeFailure({ code: 'ECONNRESET' }) };
const stored = (status: number) => answer(status, { 'idempotent-replayed': 'true' });

describe('delivery of one attempt', () => {
  it.each<[string, Outcome, Delivery]>([
    ['200', answer(200), 'unknown'],
    ['399', answer(399), 'unknown'],
    ['400', answer(400), 'rejected'],
    ['409', answer(409), 'rejected'],
    ['429', answer(429), 'rejected'],
    ['499', answer(499), 'rejected'],
    ['500', answer(500), 'unknown'],
    ['503', answer(503), 'unknown'],
    ['refused connection', REFUSED, 'not-sent'],
    ['reset', RESET, 'unknown'],
    ['failure of TLS', { kind: 'failure', error: nodeFailure({ code: 'CERT_HAS_EXPIRED' }) }, 'unknown'],
    ['timeout', { kind: 'timeout', error: nodeFailure({ code: 'ECONNREFUSED' }) }, 'unknown'],
    ['abort', { kind: 'aborted', error: nodeFailure({ code: 'ECONNREFUSED' }) }, 'unknown'],
    ['invalid request', { kind: 'invalid', error: new TypeError() }, 'not-sent'],
  ])('%s', (_, outcome, delivery) => {
    expect(deliveryAfter(undefined, outcome)).toBe(delivery);
    expect(deliveryAfter('not-sent', outcome)).toBe(delivery);
  });
});

describe('delivery of a call', () => {
  it.each<[string, Outcome[], Delivery]>([
    ['refused twice', [REFUSED, REFUSED], 'not-sent'],
    ['refused, then rejected', [REFUSED, answer(400)], 'rejected'],
    ['rejected, then refused', [answer(429), REFUSED], 'rejected'],
    ['rejected, then rejected', [answer(429), answer(400)], 'rejected'],
    ['rejected, then a reset', [answer(429), RESET], 'unknown'],
    ['a reset, then refused', [RESET, REFUSED], 'unknown'],
    ['a reset, then rejected', [RESET, answer(409)], 'unknown'],
    ['a reset, then told not to ask again', [RESET, answer(400, { 'x-should-retry': 'false' })], 'unknown'],
    ['a reset, then the stored refusal', [RESET, stored(400)], 'rejected'],
    ['a reset, then a stored failure', [RESET, stored(500)], 'unknown'],
    ['a reset, the stored refusal, then refused', [RESET, stored(400), REFUSED], 'rejected'],
  ])('%s', (_, outcomes, delivery) => {
    expect(outcomes.reduce<Delivery | undefined>(deliveryAfter, undefined)).toBe(delivery);
  });

  it('says that nothing was applied only if no attempt may have been', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(REFUSED, RESET, answer(429), answer(503)), { minLength: 1 }), outcomes => {
        const sure = !outcomes.some(
          outcome => outcome === RESET || (outcome.kind === 'answer' && outcome.status === 503),
        );
        expect(outcomes.reduce<Delivery | undefined>(deliveryAfter, undefined) !== 'unknown').toBe(sure);
      }),
    );
  });
});
