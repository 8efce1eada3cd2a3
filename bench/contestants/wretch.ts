import wretch from 'wretch';
import AbortAddon from 'wretch/addons/abort';
import { retry } from 'wretch/middlewares/retry';
import { CONTENT, exponentialMs, isTransient, RETRIES, type Setup, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const client = wretch(origin)
    .addon(AbortAddon())
    .middlewares([
      retry({
        maxAttempts: RETRIES,
        delayTimer: waitMs,
        delayRamp: (ms, attempt) => exponentialMs(ms, attempt - 1),
        until: response => response !== undefined && !isTransient(response.status),
        retryOnNetworkError: true,
      }),
    ]);
  return {
    get: (path, signal) => {
      const options = signal ? client.options({ signal }) : client;
      return options.get(path).setTimeout(TIMEOUT_MS).json();
    },
    post: (path, body) => client.headers(CONTENT).post(body, path).setTimeout(TIMEOUT_MS).json(),
    stream: async path => (await client.get(path).setTimeout(TIMEOUT_MS).res()).body!,
  };
};
