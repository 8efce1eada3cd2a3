import { match } from 'ts-pattern';
import { expectTypeOf, test } from 'vitest';
import {
  type AnswerError,
  type ApiErrorKind,
  type ApiNetworkError,
  type ClientError,
  createClient,
  defineErrorFormat,
  isApiError,
  type RateLimitError,
  toApiError,
} from '../src/index.ts';

const docsErrors = defineErrorFormat({
  name: 'docs',
  codes: ['parameter_missing', 'quota_exceeded'],
  terminal: ['quota_exceeded'],
});
const driveErrors = defineErrorFormat({ name: 'drive', codes: ['NOT_FOUND'] });
type DocsCode = 'parameter_missing' | 'quota_exceeded';

test('a kind narrows to its class', (error: unknown = undefined) => {
  if (isApiError(error)) expectTypeOf(error).toEqualTypeOf<ClientError>();
  if (isApiError(error, 'rate_limit')) {
    expectTypeOf(error).toEqualTypeOf<RateLimitError>();
    expectTypeOf(error.retryAt).toEqualTypeOf<Date | undefined>();
    expectTypeOf(error.kind).toEqualTypeOf<'rate_limit'>();
  }
  if (isApiError(error, 'network')) expectTypeOf(error).toEqualTypeOf<ApiNetworkError>();
  // @ts-expect-error: no such kind
  isApiError(error, 'rate-limit');
});

test('kinds are a closed union, so that a match is exhaustive', () => {
  const wordFor = (error: ClientError) =>
    match(error)
      .with({ kind: 'rate_limit' }, ({ retryAt }) => retryAt)
      .with({ kind: 'invalid_request' }, ({ param }) => param)
      .with({ kind: 'authentication' }, { kind: 'permission' }, { kind: 'quota' }, ({ status }) => status)
      .with({ kind: 'not_found' }, { kind: 'conflict' }, { kind: 'server' }, ({ requestId }) => requestId)
      .with({ kind: 'network' }, { kind: 'timeout' }, ({ delivery }) => delivery)
      .exhaustive();
  expectTypeOf(wordFor).returns.toEqualTypeOf<string | number | Date | undefined>();
  const incomplete = (error: ClientError) =>
    match(error)
      .with({ kind: 'network' }, () => 1)
      // @ts-expect-error: the other kinds are missing
      .exhaustive();
  expectTypeOf(incomplete).parameter(0).toEqualTypeOf<ClientError>();
  expectTypeOf<ClientError['kind']>().toEqualTypeOf<ApiErrorKind | 'network' | 'timeout'>();
});

test("a service's codes type its errors", (error: unknown = undefined) => {
  const docs = createClient({ errors: [docsErrors] });
  if (docs.isError(error)) {
    expectTypeOf(error.code).toEqualTypeOf<DocsCode | undefined>();
    expectTypeOf(error.param).toEqualTypeOf<string | undefined>();
    // @ts-expect-error: no such code
    error.code === 'parameter_mising';
  }
  const both = createClient({ errors: [docsErrors, driveErrors] });
  if (both.isError(error)) expectTypeOf(error.code).toEqualTypeOf<DocsCode | 'NOT_FOUND' | undefined>();
  const plain = createClient();
  if (plain.isError(error)) expectTypeOf(error.code).toEqualTypeOf<string | undefined>();
  const extended = docs.extend({ headers: { a: 'b' } });
  if (extended.isError(error)) expectTypeOf(error.code).toEqualTypeOf<DocsCode | undefined>();
});

test('terminal codes are among the codes', () => {
  // @ts-expect-error: not one of them
  defineErrorFormat({ name: 'docs', codes: ['a', 'b'], terminal: ['c'] });
});

test('after isApiError every member can be asked for', (error: unknown = undefined) => {
  if (!isApiError(error)) return;
  expectTypeOf(error.status).toEqualTypeOf<number | undefined>();
  expectTypeOf(error.code).toEqualTypeOf<string | undefined>();
  expectTypeOf(error.retryAt).toEqualTypeOf<Date | undefined>();
  expectTypeOf(error.response?.headers).toEqualTypeOf<Headers | undefined>();
  expectTypeOf(error.delivery).toEqualTypeOf<'not-sent' | 'rejected' | 'accepted' | 'unknown' | undefined>();
  expectTypeOf(error.idempotencyKey).toEqualTypeOf<string | undefined>();
});

test('toApiError gives an answered error, with the codes of its formats', () => {
  const plain = () => toApiError(new Response());
  expectTypeOf(plain).returns.resolves.toEqualTypeOf<AnswerError>();
  const coded = () => toApiError(new Response(), { errors: [docsErrors] });
  expectTypeOf(coded).returns.resolves.toEqualTypeOf<AnswerError<DocsCode>>();
});
