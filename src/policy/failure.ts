/**
 * What the error of a failed fetch says, read off its codes: its own, its causes' and those of an AggregateError.
 *
 * @see https://nodejs.org/api/errors.html, undici `lib/core/errors.js`
 */

/** What is read of an error. */
export type Failure = Readonly<
  Partial<
    Record<
      'name' | 'message' | 'code' | 'syscall' | 'address' | 'port' | 'hostname' | 'host' | 'http2ErrorCode',
      unknown
    >
  >
>;

/** How many errors are looked at: what lies beyond, or in a circle, says nothing. */
const LOOKS = 32;

/** The error and all that lies beneath it. Never throws: where a getter does, there is the end. */
export const chain = (error: unknown): readonly Failure[] => {
  const found = new Set<object>();
  const visit = (each: unknown): void => {
    if (Object(each) !== each || found.size >= LOOKS || found.has(each as object)) return;
    found.add(each as object);
    const { cause, errors } = each as { cause?: unknown; errors?: unknown };
    visit(cause);
    if (Array.isArray(errors)) errors.forEach(visit);
  };
  try {
    visit(error);
  } catch {}
  return [...found];
};

/** A certificate was refused, before anything was sent. */
export const CERTIFICATE = /^(CERT_|ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** A proxy answered CONNECT, or hung up: undici's words, pinned by a test. */
export const PROXY = /^Proxy (Connection failed|response \(\d+\) !== 200 when HTTP Tunneling)$/;

/** Failures that the same request always meets: codes, and undici's words for what it has no code for. */
const FINAL =
  /^(ERR_INVALID_URL|UND_ERR_INVALID_ARG|UnexpectedRedirect|TooManyRedirects|bad port|unknown scheme|URL scheme must be a HTTP\(S\) scheme|unexpected redirect|redirect count exceeded|integrity mismatch|proxy authentication required|Proxy response \(407\).*)$/;

/** Codes of networks: Node's, undici's, OpenSSL's, Bun's. */
const NETWORK =
  /^(E(CONN|PIPE|HOST|NET|ADDR|TIME|NOTFOUND|AI_|PROTO|SOCKET)|UND_ERR_|HPE_|ERR_(SSL|TLS|HTTP2|SOCKET|STREAM_PREMATURE)|Connection|FailedToOpenSocket)/;

/** What the platforms' fetches say, with a TypeError (compare is-network-error). */
const WORDS =
  /^(fetch failed|terminated|network error|(Failed to fetch|Load failed)( \(.+\))?|NetworkError when attempting to fetch resource\.|The Internet connection appears to be offline\.|Network request failed| A network error occurred\.|Network connection lost\.?|error sending request .*)$/;

const WORKERD = /^Network connection lost\.$/;

const some = (error: unknown, test: (code: string, message: string) => boolean): boolean => {
  try {
    return chain(error).some(({ code, message }) => test(`${code}`, `${message}`));
  } catch {
    return false; // a getter of the error threw
  }
};

const isTypeError = (error: unknown): boolean => {
  try {
    // workerd's is no TypeError.
    return error instanceof Error && (error.name === 'TypeError' ? WORDS : WORKERD).test(error.message);
  } catch {
    return false; // a revoked proxy
  }
};

/** Whether what somebody's fetch threw is a failure of the network, and not an error of its own. */
export const isNetworkError = (error: unknown): boolean =>
  some(error, code => NETWORK.test(code) || CERTIFICATE.test(code)) || isTypeError(error);

/** Whether no repetition cures it. */
export const isPermanent = (error: unknown): boolean =>
  some(error, (code, message) => CERTIFICATE.test(code) || FINAL.test(code) || FINAL.test(message));

/** The word for a failure in a history: the code nearest to the surface, else the error's name. No text of strangers. */
export const failureName = (error: unknown): string => {
  const isWord = (value: unknown): boolean => typeof value === 'string' && /^[\w.-]{1,100}$/.test(value);
  try {
    const failures = chain(error);
    return ([...failures.map(({ code }) => code), failures[0]?.name].find(isWord) as string) ?? 'Error';
  } catch {
    return 'Error'; // a getter of the error threw
  }
};
