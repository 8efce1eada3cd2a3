/** Where a runtime does otherwise than the rest. */
export interface Difference {
  readonly behaviour: string;
  /** Beginnings of names: `chromium` stands for its pages and workers. */
  readonly runtimes: readonly string[];
  readonly expect: unknown;
  /** For the README: what a user meets there, and why. */
  readonly because: string;
}

const CHROMIUM = ['chromium'];
const WORKERD = ['workerd'];

/** The platform does not say why it failed, so that what can never work looks like a network that failed. */
const LOOKS_TRANSIENT = { class: 'network-error', attempts: 3 };
const IN_THE_DARK = { ...LOOKS_TRANSIENT, delivery: 'unknown' };
const ONCE = { ...IN_THE_DARK, attempts: 1 };

const says = (
  runtimes: readonly string[],
  because: string,
  rows: Readonly<Record<string, unknown>>,
): readonly Difference[] =>
  Object.entries(rows).map(([behaviour, expect]) => ({ behaviour, runtimes, expect, because }));

/** What differs between the runtimes. Each line is asserted, so the table can't rot. */
export const differences: readonly Difference[] = [
  ...says(
    [...CHROMIUM, ...WORKERD, 'bun', 'deno'],
    'Only Node says of a connection that failed how far it came. Browsers say “Failed to fetch”, workerd “Network connection lost.”, Bun and Deno have words of their own: delivery is unknown, and a write without a key is not repeated.',
    {
      'a refused connection: not-sent': IN_THE_DARK,
      'a refused POST is repeated without a key': ONCE,
      'a stream whose connection is refused: not-sent, and not repeated': ONCE,
      'a client whose connection is refused': { kind: 'network', networkError: true, attempts: 3, delivery: 'unknown' },
    },
  ),
  ...says(
    [...CHROMIUM, ...WORKERD, 'deno'],
    'Node and Bun give a certificate that was refused its code. Elsewhere it looks like any connection that failed: it is tried again, and delivery is unknown.',
    { 'a certificate that nobody vouches for: not-sent, and not repeated': IN_THE_DARK },
  ),
  ...says(
    CHROMIUM,
    'A browser tells a page only “Failed to fetch”: what can never work is tried again like a network that failed.',
    {
      'a port that fetch refuses: not repeated': LOOKS_TRANSIENT,
      'redirect: error: not repeated': { ...LOOKS_TRANSIENT, requests: 3 },
      'a redirect loop: not repeated': { ...LOOKS_TRANSIENT, requests: 63 },
      'an integrity that does not match: not repeated': { ...LOOKS_TRANSIENT, requests: 3 },
      'a server without CORS': { fate: LOOKS_TRANSIENT, requests: 3 },
    },
  ),
  ...says(
    CHROMIUM,
    'The key would make the browser ask the other origin first (preflight): unless idempotency was given, no key is sent, and a POST is not repeated after a 503.',
    { 'a write to another origin carries a key': { status: 503, keyed: [false], preflights: 0 } },
  ),
  ...says(CHROMIUM, 'A key to another origin costs a preflight.', {
    'a write to another origin, with idempotency given': { status: 200, keyed: [true, true], asked: true },
    'a client’s write to another origin always carries a key': { status: 200, keyed: [true, true], asked: true },
  }),
  ...says(CHROMIUM, 'A server that does not allow the key’s header in its preflight gets no request at all.', {
    'a keyed write to a server that allows no such header': IN_THE_DARK,
  }),
  ...says(
    CHROMIUM,
    'What the other origin does not expose (Access-Control-Expose-Headers) is hidden: the wait is our backoff, errors have no request id.',
    {
      'Retry-After of another origin that does not expose it': { status: 200, delayFrom: 'backoff' },
      'the request id of another origin that does not expose it': null,
    },
  ),
  ...says(CHROMIUM, 'An opaque answer shows no status, and so is never tried again.', {
    'mode: no-cors gives an answer that can be read': { status: 0, requests: 1 },
  }),
  ...says(CHROMIUM, 'A page has an address that relative URLs are relative to.', {
    'a relative URL: refused, and not repeated': { status: 200 },
  }),
  ...says(CHROMIUM, 'Chromium sends streams over HTTP/2 and newer only.', {
    'a stream is sent once, and the first answer is final': 'threw TypeError: Failed to fetch',
    'a stream in a Request is sent once': 'threw TypeError: Failed to fetch',
    'a stream whose connection breaks is sent once': { fate: ONCE, requests: 0 },
  }),
  ...says(
    [...CHROMIUM, 'workerd-2024'],
    'To browsers and older workerds, an async iterable is no body, but an object to be written out.',
    {
      'an async iterable is sent once': { status: 503, bodies: ['[object AsyncGenerator]'] },
    },
  ),
  ...says(
    ['bun', 'deno', 'workerd'],
    'Nothing shows that a Request was made from a stream: it is kept in memory and sent again. A stream in init is known, and sent once.',
    { 'a stream in a Request is sent once': { status: 200, bodies: ['from a stream', 'from a stream'] } },
  ),
  ...says(WORKERD, 'workerd’s “Network connection lost.” is an Error, and no TypeError.', {
    'a connection that keeps breaking ends in the rejection of the platform': {
      same: true,
      typeError: false,
      requests: 3,
    },
    'a connection that is refused is tried again, to the limit': { sent: 3, typeError: false },
  }),
  ...says(
    [...WORKERD, 'bun', 'deno'],
    'What can never work has neither the words nor the codes of Node’s fetch, and is tried again like a network that failed.',
    { 'a port that fetch refuses: not repeated': LOOKS_TRANSIENT },
  ),
  ...says(['deno'], 'A redirect that was not to be followed is tried again like a network that failed.', {
    'redirect: error: not repeated': { ...LOOKS_TRANSIENT, requests: 3 },
  }),
  ...says([...WORKERD, 'deno'], 'A redirect loop, of 21 requests, is tried again like a network that failed.', {
    'a redirect loop: not repeated': { ...LOOKS_TRANSIENT, requests: 63 },
  }),
  ...says(WORKERD, 'workerd sends a stream that fails as far as it came, and takes the answer to that.', {
    'a stream that fails while it is sent': 'answered',
  }),
  ...says(WORKERD, 'workerd rejects with a copy of the reason that the caller aborted with in flight.', {
    'aborted in flight: the reason comes back, nothing more is sent': { same: false, requests: 1 },
    'aborted while the body is read: the reason comes back': { status: 200, same: false },
    'aborted while the body is read (with a timeout): the reason comes back': { status: 200, same: false },
  }),
  ...says(WORKERD, 'workerd knows neither redirect: error nor integrity, and sends nothing.', {
    'redirect: error: not repeated': { class: 'invalid', attempts: 1, requests: 0 },
    'an integrity that does not match: not repeated': { class: 'invalid', attempts: 1, requests: 0 },
  }),
  ...says(['bun', 'deno', 'workerd'], 'A URL with a password is accepted.', {
    'a URL with a password: refused, and not repeated': { status: 200 },
  }),
  ...says(['bun', 'workerd'], 'The method TRACE is sent.', {
    'the method TRACE: refused, and not repeated': { status: 200 },
  }),
  ...says(['bun', 'deno'], 'Integrity is not checked.', {
    'an integrity that does not match: not repeated': { status: 200, requests: 1 },
  }),
  ...says(['bun'], 'Bun sends GET for a method that is none.', {
    'a method that is none: refused, and not repeated': { status: 200 },
  }),
  ...says(['bun'], 'Bun gives a string no content type.', {
    'a string is sent again': { status: 200, same: true, body: 'gr\u00c3\u00bc\u00c3\u009f' },
  }),
  ...says(['bun'], 'Bun follows 126 redirects.', {
    'a redirect loop: not repeated': { class: 'network-error', attempts: 1, requests: 127 },
  }),
  ...says(['bun'], 'Bun’s Request takes a GET with a body, which its fetch refuses: that is tried again.', {
    'a GET with a body: refused, and not repeated': LOOKS_TRANSIENT,
  }),
];
