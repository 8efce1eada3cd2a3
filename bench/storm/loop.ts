/** The loop that the policies have in common which we compare with: what differs is when they wait how long, and who pays. */
import type { Fetch, Runtime, Surroundings } from './policy.ts';

/** A failed attempt that may be repeated. */
export interface Failure {
  /** 0 for no answer. */
  readonly status: number;
  readonly throttled: boolean;
  /** Retries made before. */
  readonly retries: number;
  /** What the server asked for. */
  readonly serverMs: number | undefined;
  readonly runtime: Runtime;
}

export interface Rules {
  readonly limit: number;
  readonly waitMs: (failure: Failure) => number;
  /** Whether the bucket pays for another attempt; takes it, too. */
  readonly pays?: (failure: Failure) => boolean;
  /** An attempt failed, whatever follows. */
  readonly failed?: (failure: Failure) => void;
  /** The call succeeded; `paid` is its last failure. */
  readonly succeeded?: (paid: Failure | undefined) => void;
}

const isFailure = (status: number): boolean => status === 0 || status === 429 || status >= 500;

export const loop =
  ({ fetch, runtime }: Surroundings, { limit, waitMs, pays, failed, succeeded }: Rules): Fetch =>
  async (input, init) => {
    let last: Failure | undefined;
    for (let retries = 0; ; retries++) {
      const [answer, error] = await fetch(input, init).then(
        response => [response, undefined] as const,
        (reason: unknown) => [undefined, reason] as const,
      );
      const status = answer?.status ?? 0;
      if (!isFailure(status)) {
        succeeded?.(last);
        return answer!;
      }
      const seconds = answer?.headers.get('retry-after');
      const serverMs = seconds ? Number(seconds) * 1000 : undefined;
      last = { status, throttled: status === 429, retries, serverMs, runtime };
      failed?.(last);
      if (retries >= limit || pays?.(last) === false) {
        if (answer) return answer;
        throw error;
      }
      await runtime.sleep(waitMs(last), undefined);
    }
  };

/** Exponential with full jitter. */
export const fullJitter =
  (baseMs: number, capMs: number) =>
  ({ retries, runtime }: Failure): number =>
    runtime.random() * Math.min(capMs, baseMs * 2 ** retries);
