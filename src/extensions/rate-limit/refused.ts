/** An attempt was refused, because it would have had to wait for too long. Nothing of it was sent. */
abstract class Refused extends Error {
  /** From when on it is worth asking again. */
  readonly retryAt: Date;
  /** How long it would have waited, in milliseconds. */
  readonly waitMs: number;
  /** Whether a write was applied: `not-sent`, or `unknown` if this was a retry. */
  readonly delivery: 'not-sent' | 'unknown';
  constructor(message: string, waitMs: number, isFirst: boolean) {
    super(message);
    this.retryAt = new Date(Date.now() + waitMs);
    this.waitMs = waitMs;
    this.delivery = isFirst ? 'not-sent' : 'unknown';
  }
}

/** Its turn would have come too late: after `maxQueueMs`, or after the call's total timeout. */
export class RateLimitQueueError extends Refused {
  override readonly name = 'RateLimitQueueError';
}

/** The service asked to be left alone for longer than the call can wait. */
export class CoolDownError extends Refused {
  override readonly name = 'CoolDownError';
}
