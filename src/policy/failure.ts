/**
 * What a rejected fetch proves, read off its causes: runtimes hide the reason at different depths and in different words
 * (FACTS "Node's failure codes", K7, K16, K25, K26).
 *
 * - `not-sent`: the connection never stood, so the server can't have seen the request.
 * - `unsendable`: it failed before its first byte left, and always will: a certificate, a handshake, a port, a scheme.
 * - `permanent`: sending the same request again fails the same way, though the server may have acted on it.
 * - `ambiguous`: anything else; the server may have acted on it.
 */
export type Failure = 'not-sent' | 'unsendable' | 'permanent' | 'ambiguous';

const NOT_SENT_CODE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused)$/;

const NOT_SENT_TEXT = /client error \(Connect\)|tcp connect error|dns error/;

const UNSENDABLE_CODE =
  /^(ERR_TLS_(CERT|HANDSHAKE)|ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE|CIPHER|UNRECOGNIZED_NAME|PACKET_LENGTH)|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_INVALID_(URL|CHAR|PROTOCOL)|UND_ERR_(INVALID_ARG|NOT_SUPPORTED)|InvalidURL)/;

const UNSENDABLE_TEXT =
  /unknown scheme|(scheme|protocol) (must be|.*not supported)|bad port|port \d+ are blocked|cannot load|invalid (method|URL)|certificate|UnknownIssuer|corrupt message|wrong version|handshake fail/i;

const PERMANENT_CODE =
  /^(ERR_(SSL|TLS|INVALID)_|EPROTO$|HPE_HEADER_OVERFLOW|UND_ERR_(REQ_CONTENT_LENGTH_MISMATCH|HEADERS_OVERFLOW|DESTROYED|CLOSED)|TooManyRedirects|UnexpectedRedirect)/;

const PERMANENT_TEXT =
  /not implemented|invalid path|redirect (count|mode)|number of redirects|(unexpected|too many|maximum) redirect|integrity|cors failure|cross origin not allowed|request mode/i;

/** Some runtimes put the URL or the host into the message, where any word may stand. */
const ADDRESSES = /\b\w+:\/\/\S+|\([^\s()]+\.[^\s()]+\)/g;

/** Errors that our user's own code throws, not a network. */
const isBug = (name: string): boolean => /^(Reference|Syntax|Range|Eval|URI)Error$/.test(name);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** How many errors are looked at. What lies beyond (or in a circle) stays unread, and so proves nothing. */
const LOOKS = 32;

/** Whether an error speaks of another place than the one that was asked: a redirect led there, so something was sent. */
const isElsewhere = (
  { hostname, host, port, address }: Record<string, unknown>,
  words: string,
  asked: URL,
): boolean => {
  const name = asked.hostname.replace(/^\[|\]$/g, '');
  const ownPort = Number(asked.port) || (asked.protocol === 'https:' ? 443 : 80);
  const isAddress = /^[\d.]+$|:/.test(name);
  return (
    (text(hostname ?? host) !== '' && (hostname ?? host) !== name) ||
    (typeof port === 'number' && port !== ownPort) ||
    (isAddress && text(address) !== '' && address !== name) ||
    (/\bscheme\b/.test(words) && /^https?:$/.test(asked.protocol)) ||
    // The ports that fetch blocks end with 10080 (https://fetch.spec.whatwg.org/#port-blocking).
    (/\bports?\b/.test(words) && (asked.port === '' || ownPort > 10_080))
  );
};

interface Reading {
  left: number;
  readonly asked: URL | undefined;
}

const read = (error: unknown, looks: Reading): Failure => {
  if (looks.left-- < 1) return 'ambiguous';
  const members = Object(error) as Record<string, unknown>;
  const { name, code, syscall, message, cause, errors } = members;
  const words = text(message).slice(0, 1000).replace(ADDRESSES, '');
  const failure = readOne(text(name), text(code), text(syscall), words);
  if (failure) {
    const isProof = failure === 'not-sent' || failure === 'unsendable';
    if (!isProof || !looks.asked || !isElsewhere(members, words, looks.asked)) return failure;
    return failure === 'not-sent' ? 'ambiguous' : 'permanent';
  }
  const inner = [cause, ...(Array.isArray(errors) ? errors.slice(0, LOOKS) : [])].filter(each => each !== undefined);
  const readings = inner.map(each => read(each, looks));
  // Several tries in one (happy eyeballs): a proof must hold for each of them.
  const [one = 'ambiguous', ...others] = new Set(readings);
  if (others.length === 0) return one;
  return readings.some(isPermanent) ? 'permanent' : 'ambiguous';
};

const readOne = (name: string, code: string, syscall: string, words: string): Failure | undefined => {
  if (NOT_SENT_CODE.test(code) || syscall === 'connect') return 'not-sent';
  if (UNSENDABLE_CODE.test(code) || UNSENDABLE_TEXT.test(words)) return 'unsendable';
  if (PERMANENT_CODE.test(code) || PERMANENT_TEXT.test(words) || isBug(name)) return 'permanent';
  // To Deno, a certificate that it refuses is a failure to connect, too.
  return NOT_SENT_TEXT.test(words) ? 'not-sent' : undefined;
};

/** Whether no repetition cures it. */
export const isPermanent = (failure: Failure): boolean => failure === 'permanent' || failure === 'unsendable';

/**
 * Reads what a rejection of a fetch of `url` proves. Never throws; follows causes and `AggregateError.errors` as far as 32
 * errors. A failure of a place that a redirect led to proves nothing of the first one, as far as the runtime names places.
 */
export const failureOf = (error: unknown, url = ''): Failure => {
  try {
    return read(error, { left: LOOKS, asked: URL.canParse(url) ? new URL(url) : undefined });
  } catch {
    return 'ambiguous'; // a getter of the error threw
  }
};

/** The word for a failure in a history: the code nearest to the surface, else the error's name. */
export const failureName = (error: unknown): string => {
  try {
    const { name, code, cause } = Object(error) as { name?: unknown; code?: unknown; cause?: { code?: unknown } };
    return text(code) || text(cause?.code) || text(name) || 'Error';
  } catch {
    return 'Error'; // a getter of the error threw
  }
};
