import { clean } from './text.ts';

/** Where services put the id of a request, the most telling first. */
const HEADERS =
  'x-request-id request-id x-amzn-requestid x-amz-request-id x-ms-request-id x-correlation-id x-trace-id x-vercel-id cf-ray';

/** The id to quote to the service's support. */
export const requestIdOf = (headers: Headers): string | undefined => {
  const value = HEADERS.split(' ')
    .map(name => headers.get(name))
    .find(Boolean);
  return value ? clean(value, 100) : undefined;
};
