/** Rules 5 and 6 as they are to be, until the library has them. */
import { createOutage, type OutageOptions } from '../outage-draft.ts';
import type { Fetch, Policy } from '../policy.ts';

interface RetryOptions {
  readonly outage?: OutageOptions | false;
  readonly backoff?: (state: { readonly attempt: number; readonly random: () => number }) => number;
}

/** For whoever reads the figures. */
export const about = "a draft of the library's rules, in a loop of its own: the library does not have them yet";

export const ours = ({ outage: given = {}, backoff }: RetryOptions = {}, name = 'holdfast'): Policy => ({
  name,
  make: ({ fetch, runtime: { now, random, sleep }, limit }) => {
    const outage = given && createOutage({ spanMs: given.spanMs ?? 1_000, capMs: given.capMs ?? 30_000 });
    const holdfast: Fetch = async (input, init) => {
      const startedAt = now();
      for (let attempts = 1; ; attempts++) {
        const [answer, error] = await fetch(input, init).then(
          response => [response, undefined] as const,
          (reason: unknown) => [undefined, reason] as const,
        );
        const status = answer?.status ?? 0;
        const failed = status === 0 || status >= 500;
        const { origin } = new URL(input as string);
        if (outage && (failed || outage.streaks.size > 0)) outage.heard(origin, failed, now());
        if (!failed && status !== 429) return answer!;
        const serverMs = Number(answer?.headers.get('retry-after') ?? 0) * 1000;
        // The server's own time is believed once a call.
        const asked = !outage || !failed || (serverMs > 0 && attempts === 1);
        if (attempts > limit || (!asked && outage.holds(origin, { startedAt, attempts, limit }, now(), random))) {
          if (answer) return answer;
          throw error;
        }
        const backoffMs =
          backoff ?? (({ attempt }) => random() * Math.min(8_000, (failed ? 500 : 1_000) * 2 ** (attempt - 1)));
        const spreadMs = failed ? serverMs : Math.min(serverMs, 1_000);
        await sleep(
          serverMs > 0 ? serverMs + random() * spreadMs : backoffMs({ attempt: attempts, random }),
          undefined,
        );
      }
    };
    return holdfast;
  },
});
