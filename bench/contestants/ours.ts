import { CONTENT, exponentialMs, overFetch, RETRIES, type Settings, type Setup, TIMEOUT_MS } from '../contestant.ts';
import { createClient, createFetch, log } from '../ours.ts';

const retryOf = ({ waitMs, outage }: Settings) => ({
  limit: RETRIES,
  backoff: ({ attempt }: { attempt: number }) => exponentialMs(waitMs, attempt - 1),
  // No other client holds back in an outage.
  ...(outage && { outage: false as const }),
});

export const setup: Setup = settings => overFetch(settings.origin, createFetch({ retry: retryOf(settings) }));

export const timed: Setup = settings =>
  overFetch(settings.origin, createFetch({ retry: retryOf(settings), timeout: TIMEOUT_MS }));

const overClient = (settings: Settings, write?: () => void) => {
  const client = createClient({
    baseUrl: settings.origin,
    timeout: TIMEOUT_MS,
    retry: retryOf(settings),
    ...(write && { use: [log(write)] }),
  });
  return {
    get: (path: string, signal?: AbortSignal) => client.get(path, signal ? { signal } : {}).json(),
    post: (path: string, body: string) => client.post(path, { body, headers: CONTENT }).json(),
    stream: async (path: string) => (await client.get(path)).body!,
  };
};

export const client: Setup = settings => overClient(settings);
export const logged: Setup = settings => overClient(settings, () => {});
