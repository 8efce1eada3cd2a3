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
    ...[
      'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_INVALID_URL', 'UND_ERR_INVALID_ARG', 'InvalidURL',
    ].map((code): [string, Outcome, Delivery] => [code, { kind: 'failure', error: nodeFailure({ code }) }, 'not-sent']), // biome-ignore format: a list
    ...[
      'unknown scheme', 'bad port', "Url scheme 'ftp' not supported", 'protocol must be http:, https: or s3:',
      'invalid peer certificate: UnknownIssuer', 'unable to get local issuer certificate',
    ].map((message): [string, Outcome, Delivery] => [message, { kind: 'failure', error: nodeFailure({ message }) }, 'not-sent']), // biome-ignore format: a list
    // Permanent, but known only once there was an answer.
    ...['HPE_HEADER_OVERFLOW', 'UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED',
      'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'TooManyRedirects', 'UnexpectedRedirect',
    ].map((code): [string, Outcome, Delivery] => [code, { kind: 'failure', error: nodeFailure({ code }) }, 'unknown']), // biome-ignore format: a list
    ...['redirect count exceeded', 'unexpected redirect', 'integrity mismatch', 'redirect loop at https://x.example/certificate',
    ].map((message): [string, Outcome, Delivery] => [message, { kind: 'failure', error: nodeFailure({ message }) }, 'unknown']), // biome-ignore format: a list
    [
      'a refusal after a redirect',
      { ...answer(404), response: { ...answer(404).response, redirected: true } },
      'unknown',
    ],
    ['a failure that is no error', { kind: 'failure', error: 'certificate' }, 'unknown'],
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
    expect(
      outcomes.reduce<Delivery | undefined>((earlier, outcome) => deliveryAfter(earlier, outcome), undefined),
    ).toBe(delivery);
  });

  it('says that nothing was applied only if no attempt may have been', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(REFUSED, RESET, answer(429), answer(503)), { minLength: 1 }), outcomes => {
        const sure = !outcomes.some(
          outcome => outcome === RESET || (outcome.kind === 'answer' && outcome.status === 503),
        );
        expect(
          outcomes.reduce<Delivery | undefined>((earlier, outcome) => deliveryAfter(earlier, outcome), undefined) !==
            'unknown',
        ).toBe(sure);
      }),
    );
  });
});
