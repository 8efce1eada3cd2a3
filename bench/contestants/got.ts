import got from 'got';
import { CONTENT, exponentialMs, RETRIES, type Setup, STATUSES, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const client = got.extend({
    timeout: { request: TIMEOUT_MS },
    retry: {
      limit: RETRIES,
      methods: ['GET', 'POST'],
      statusCodes: STATUSES,
      // 0 would mean no retry.
      calculateDelay: ({ attemptCount, computedValue }) =>
        computedValue && Math.max(1, exponentialMs(waitMs, attemptCount - 1)),
    },
  });
  return {
    get: (path, signal) => client(origin + path, signal ? { signal } : {}).json(),
    post: (path, body) => client.post(origin + path, { body, headers: CONTENT }).json(),
    stream: async path => client.stream(origin + path),
  };
};
