/** Methods whose repetition has the effect of one (RFC 9110 §9.2.2; QUERY by its draft). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY']);

/** Methods that ask for nothing to be done (RFC 9110 §9.2.1): nothing to be delivered. */
export const isRead = (method: string): boolean => IDEMPOTENT.has(method) && method !== 'PUT' && method !== 'DELETE';

/** What decides whether a request may be sent a second time. */
export interface Sent {
  readonly method: string;
  /** It carries an idempotency key. */
  readonly keyed: boolean;
  /** Its body can be read only once. */
  readonly oneShot: boolean;
  /** The server provably did not act on it: 429, or the connection never stood. */
  readonly unapplied: boolean;
}

export const isReplayable = ({ method, keyed, oneShot, unapplied }: Sent): boolean =>
  !oneShot && (keyed || unapplied || IDEMPOTENT.has(method.toUpperCase()));
