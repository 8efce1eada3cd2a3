/** Attributes that spans, metrics and log records of OpenTelemetry share (semantic conventions for HTTP). */

const METHODS = /^(CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE)$/;

/** A method that nobody knows must not make a name of its own. */
export const methodAttributes = (method: string): Record<string, string> =>
  METHODS.test(method)
    ? { 'http.request.method': method }
    : { 'http.request.method': '_OTHER', 'http.request.method_original': method };

/** What a span is called: the method, which says nothing of one's data. */
export const spanName = (method: string): string => (METHODS.test(method) ? method : 'HTTP');
