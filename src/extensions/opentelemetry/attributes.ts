/** Attributes that spans, metrics and log records of OpenTelemetry share (semantic conventions for HTTP). */

import type { Call, Result } from '../../call.ts';
import { clean } from '../../errors/text.ts';
import { failureName } from '../../policy/failure.ts';

export type Attributes = Record<string, string | number>;

const METHODS = /^(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE)$/;

/** A method that nobody knows must not make a name of its own. */
export const methodAttributes = (method: string): Record<string, string> =>
  METHODS.test(method)
    ? { 'http.request.method': method }
    : { 'http.request.method': '_OTHER', 'http.request.method_original': method };

/** What a span is called: the method, which says nothing of one's data. */
export const spanName = (method: string): string => (METHODS.test(method) ? method : 'HTTP');

/** A success is no error, and neither is a caller who left. */
export const isError = ({ classification }: Result): boolean =>
  classification !== 'success' && classification !== 'aborted';

/** How an attempt, or a call, came out. */
export const resultAttributes = (result: Result): Attributes => {
  const { outcome, classification } = result;
  const status = outcome.kind === 'answer' ? outcome.status : 0;
  return {
    'holdfast.kind': classification,
    // An opaque answer of a browser has no status.
    ...(status && { 'http.response.status_code': status }),
    ...(isError(result) && {
      'error.type': outcome.kind === 'answer' ? `${status}` : clean(failureName(outcome.error), 100),
    }),
  };
};

/** Whom a call asks. */
export const peerAttributes = ({ service, url }: Call): Attributes => {
  const peer: Attributes = service === undefined ? {} : { 'service.peer.name': service };
  try {
    const { hostname, port, protocol } = new URL(url, (globalThis as { location?: Location }).location?.href);
    // An address stands without the brackets that a URL needs.
    const address = hostname.replace(/^\[|\]$/g, '');
    return { ...peer, 'server.address': address, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
  } catch {
    return peer; // the platform is going to refuse it
  }
};
