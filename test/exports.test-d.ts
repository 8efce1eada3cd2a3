/** Types alone: compiled by `tsc --noEmit`, never run. An assertion that is wrong does not compile. */
import type { KyInstance, Options } from 'ky';
import { type ClientError, type ClientOptions, createClient, defineErrorFormat } from '../src/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_ extends true>(): void => {};

// Where a ky instance is expected, a client will do, and so will what extends it.
export const bare: KyInstance = createClient();
const client = createClient({ service: 'docs' });
export const instance: KyInstance = client;
export const extended: KyInstance = client
  .extend({ headers: { a: '1' } })
  .extend(parent => ({ prefix: `${parent.prefix}/v2` }));
export const created: KyInstance = client.create({ retry: 0 });

// Options written for ky are options of a client, and so are those that an instance of ky hands to a function.
declare const options: Options;
export const made = createClient(options);
export const called = client.get('things', options);
export const own: ClientOptions = options;

// A body has the type that was asked for.
holds<Equal<Awaited<ReturnType<typeof json>>, { id: number }>>();
const json = () => client.post<{ id: number }>('things', { json: { a: 1 } }).json();
holds<Equal<Awaited<ReturnType<typeof asked>>, { id: number }>>();
const asked = () => client.get('things').json<{ id: number }>();

// Codes of the formats type the codes of the errors.
const docs = defineErrorFormat({ name: 'docs', codes: ['parameter_missing', 'gone'], terminal: ['gone'] });
const other = defineErrorFormat({ name: 'other', codes: ['slow'] });
const typed = createClient({ errors: [docs, other] });
export const narrow = (error: unknown): string => {
  if (!typed.isError(error)) return 'not ours';
  switch (error.kind) {
    case 'network':
    case 'timeout':
      return error.kind;
    default:
      holds<Equal<typeof error.code, 'parameter_missing' | 'gone' | 'slow' | undefined>>();
      return error.code ?? error.kind;
  }
};
export const narrowed = (error: unknown): string | undefined => {
  if (typed.extend({}).isError(error) && error.kind === 'rate_limit') {
    holds<Equal<typeof error.code, 'parameter_missing' | 'gone' | 'slow' | undefined>>();
    return error.retryAt?.toISOString();
  }
  return undefined;
};
export const untyped = (error: ClientError): string | undefined => ('code' in error ? error.code : undefined);

// What every member of the union has can be asked of it whole.
export const facts = (error: ClientError): unknown => [error.data, error.response?.status, error.request.url];

// @ts-expect-error: a terminal code is one of the codes
defineErrorFormat({ name: 'docs', codes: ['a'], terminal: ['b'] });
// @ts-expect-error: a limit is a number
createClient({ retry: { limit: '3' } });
// @ts-expect-error: headers are no number
client.get('things', { headers: 1 });
