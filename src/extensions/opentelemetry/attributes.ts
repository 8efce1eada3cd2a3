/** Attributes that spans, metrics and log records of OpenTelemetry share (semantic conventions for HTTP). */

import type { Call, Result } from '../../call.ts';
import { maskPath, maskQuery, type RedactOptions } from '../../log/redact.ts';

/** What is `undefined` is no attribute (OpenTelemetry API, `Attributes`). */
export type Attributes = Record<string, string | number | undefined>;

/** A method that nobody knows must not make a name of its own. */
const methodOf = (method: string): string =>
  /^(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE)$/.test(method) ? method : '_OTHER';

export const methodAttributes = (method: string): Attributes => {
  const known = methodOf(method);
  return {
    'http.request.method': known,
    ...(known !== method && { 'http.request.method_original': method }),
  };
};

/** What a span is called: the method, which says nothing of one's data. */
export const spanName = (method: string): string => methodOf(method).replace('_OTHER', 'HTTP');

/** How an attempt, or a call, came out. A success is no error, and neither is a caller who left. */
export const resultAttributes = ({ call, outcome, classification }: Result): Attributes => {
  // An opaque answer of a browser has no status.
  const status = (outcome.kind === 'answer' && outcome.status) || undefined;
  return {
    'holdfast.classification': classification,
    ...(status && { 'http.response.status_code': status }),
    ...(!/success|aborted/.test(classification) && {
      'error.type': `${status ?? call.history.at(-1)?.failure ?? classification}`,
    }),
  };
};

/** Where a call goes, as far as that is a place: what is none, the platform is going to refuse. */
const placeOf = ({ url }: Call): URL | undefined => {
  const base = (globalThis as { location?: Location }).location?.href;
  return URL.canParse(url, base) ? new URL(url, base) : undefined;
};

/** Whom a call asks, and how. */
export const peerAttributes = (call: Call, place = placeOf(call)): Attributes => ({
  'http.request.method': methodOf(call.method),
  ...(call.service && { 'service.peer.name': call.service }),
  ...(place && {
    // An address stands without the brackets that a URL needs.
    'server.address': place.hostname.replace(/[[\]]/g, ''),
    'server.port': Number(place.port) || (place.protocol === 'https:' ? 443 : 80),
  }),
});

/** The same, and what it asks for, as far as that is safe to print. */
export const callAttributes = (call: Call, redact: RedactOptions = {}): Attributes => {
  const place = placeOf(call);
  const query = place?.search && `?${maskQuery(place.search.slice(1), redact)}`;
  return {
    ...peerAttributes(call, place),
    ...methodAttributes(call.method),
    'url.full': place && `${place.protocol}//${place.host}${maskPath(place.pathname, redact)}${query}`,
  };
};
