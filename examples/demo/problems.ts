/** The two services: each tells of the same problem in the words of its own guide. */
export type Service = 'drive' | 'docs';

interface Wording {
  readonly status: number;
  readonly message: string;
  /** `error_code` of the drive guide. It names none for 429: this one is the usual word. */
  readonly drive: string;
  /** `type` and `code` of the docs guide. */
  readonly docs: readonly [type: string, code: string];
}

const wording = (status: number, message: string, drive: string, ...docs: [string, string]): Wording => ({
  status,
  message,
  drive,
  docs,
});

// biome-ignore format: a table
const WORDINGS = {
  'missing':         wording(400, 'A required parameter is missing.',                 'INVALID_ARGUMENT',    'invalid_request_error', 'parameter_missing'),
  'malformed':       wording(400, 'A parameter has the wrong type or value.',         'INVALID_ARGUMENT',    'invalid_request_error', 'parameter_invalid'),
  'unauthenticated': wording(401, 'The API key is missing.',                          'ACCESS_DENIED',       'authentication_error',  'authentication_failed'),
  'read-only':       wording(403, 'This key may only read.',                          'ACCESS_DENIED',       'permission_error',      'permission_denied'),
  'unknown':         wording(404, 'There is nothing with this id.',                   'NOT_FOUND',           'invalid_request_error', 'resource_missing'),
  'other-payload':   wording(409, 'This idempotency key came with another request.',  'DRIVE_ITEM_CONFLICT', 'idempotency_error',     'idempotency_conflict'),
  'running':         wording(409, 'The first request with this key is still running.', 'STATE_NOT_READY',    'idempotency_error',     'idempotency_conflict'),
  'throttled':       wording(429, 'Too many requests.',                               'RATE_LIMIT_EXCEEDED', 'rate_limit_error',      'rate_limit_exceeded'),
  'failed':          wording(500, 'Something went wrong.',                            'INTERNAL_ERROR',      'api_error',             'api_error'),
  'unavailable':     wording(503, 'The service is not available.',                    'INTERNAL_ERROR',      'api_error',             'api_error'),
} satisfies Record<string, Wording>;

export type Problem = keyof typeof WORDINGS;

/** An answer before it is written to the wire. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A problem in a service's own words. */
export const refuse = (service: Service, problem: Problem, requestId: string, param?: string): Answer => {
  const { status, message, drive, docs } = WORDINGS[problem];
  const headers = problem === 'throttled' ? { 'retry-after': '1' } : {};
  if (service === 'drive') return { status, headers, body: { success: false, message, error_code: drive } };
  const [type, code] = docs;
  return { status, headers, body: { error: { type, code, message, param, request_id: requestId } } };
};
