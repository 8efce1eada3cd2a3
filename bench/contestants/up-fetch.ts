import { up } from 'up-fetch';
import { CONTENT, exponentialMs, isTransient, RETRIES, type Setup, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const client = up(
    (input: string | URL | Request, init?: RequestInit) => globalThis.fetch(input, init),
    () => ({
      baseUrl: origin,
      timeout: TIMEOUT_MS,
      retry: {
        attempts: RETRIES,
        delay: ({ attempt }: { attempt: number }) => exponentialMs(waitMs, attempt - 1),
        when: ({ response }: { response: Response | undefined }) => !response || isTransient(response.status),
      },
    }),
  );
  return {
    get: (path, signal) => client(path, signal ? { signal } : {}),
    post: (path, body) => client(path, { method: 'POST', body, headers: CONTENT }),
    stream: path => client(path, { parseResponse: async response => response.body! }),
  };
};
