import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { instantly } from '../../src/extensions/testing.ts';
import { createFetch } from '../../src/index.ts';
import { expectSameWrite, holdsFast, json, standIn } from '../support/sdk.ts';
import { STALL, status } from '../support/server.ts';

const server = await standIn();
const sdk = (fetch: typeof globalThis.fetch, origin = server.origin) => {
  const { hostname: host, port } = new URL(origin);
  const httpClient = Stripe.createFetchHttpClient(fetch);
  return new Stripe('sk_test_1', { httpClient, maxNetworkRetries: 0, telemetry: false, protocol: 'http', host, port });
};
const refusals = {
  400: Stripe.errors.StripeInvalidRequestError,
  429: Stripe.errors.StripeRateLimitError,
  500: Stripe.errors.StripeAPIError,
};

holdsFast(
  {
    write: (fetch, origin) => sdk(fetch, origin).customers.create({ name: 'Ann' }),
    answer: json({ id: 'cus_1', object: 'customer' }),
    result: { id: 'cus_1' },
    refusal: (code, headers) =>
      json({ error: { type: 'api_error', message: 'No.', code: 'refused', param: 'name' } }, code, {
        'request-id': 'req_1',
        ...headers,
      }),
    refused: code =>
      expect.toSatisfy(error => {
        expect(error).toBeInstanceOf(refusals[code as keyof typeof refusals]);
        expect(error).toMatchObject({ code: 'refused', param: 'name', requestId: 'req_1', statusCode: code });
        return true;
      }),
    key: /^stripe-node-retry-/,
  },
  server,
);

test('the key that the caller gives wins', async () => {
  server.script(status(503), json({ id: 'cus_1' }));
  await sdk(createFetch(instantly())).customers.create({ name: 'Ann' }, { idempotencyKey: 'mine' });
  expectSameWrite(server.seen, 2, /^mine$/);
});

test('Stripe-Should-Retry: false is heeded', async () => {
  server.script(json({ error: { message: 'No.' } }, 500, { 'stripe-should-retry': 'false' }));
  await expect(sdk(createFetch(instantly())).customers.create({ name: 'Ann' })).rejects.toThrow('No.');
  expect(server.seen).toHaveLength(1);
});

test('the timeout of the SDK is one for all attempts', async () => {
  server.script(status(503), STALL);
  const write = sdk(createFetch(instantly())).customers.create({ name: 'Ann' }, { timeout: 300 });
  await expect(write).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
  expect(server.seen).toHaveLength(2);
});
