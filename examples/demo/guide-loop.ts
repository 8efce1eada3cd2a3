/** What the loop takes from outside, so that its attempts and waits can be counted. */
export interface GuideSurroundings {
  readonly fetch: (url: string, options: RequestInit) => Promise<Response>;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * The retry loop of the drive guide ("Error Handling Best Practices"), word for word but for types. What the demo shows of
 * it: no key, so a write that was applied before its answer was lost is applied again; no timeout; Retry-After ignored;
 * the error it throws for a 4xx is caught by its own `catch` and retried; and after a last 5xx or 429 it falls out of
 * the loop and returns `undefined`, as if all were well.
 */
export const guideLoop = ({ fetch, sleep }: GuideSurroundings) =>
  async function apiRequest(url: string, options: RequestInit, maxRetries = 3): Promise<unknown> {
    for (let i = 0; i < maxRetries; i++) {
      try {
        const response = await fetch(url, options);

        if (response.ok) {
          return await response.json();
        }

        // Don't retry 4xx errors (except 429)
        if (response.status >= 400 && response.status < 500 && response.status !== 429) {
          throw new Error(`Client error: ${response.status}`);
        }

        // Exponential backoff for 5xx and 429
        if (i < maxRetries - 1) {
          await sleep(2 ** i * 1000);
        }
      } catch (error) {
        if (i === maxRetries - 1) throw error;
        await sleep(2 ** i * 1000);
      }
    }
    return undefined;
  };
