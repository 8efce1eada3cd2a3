import ky from 'ky';
import { CONTENT, exponentialMs, RETRIES, type Setup, STATUSES, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const client = ky.create({
    baseUrl: origin,
    timeout: TIMEOUT_MS,
    retry: {
      limit: RETRIES,
      methods: ['get', 'post'],
      statusCodes: STATUSES,
      delay: attempt => exponentialMs(waitMs, attempt - 1),
    },
  });
  return {
    get: (path, signal) => client.get(path, signal ? { signal } : {}).json(),
    post: (path, body) => client.post(path, { body, headers: CONTENT }).json(),
    stream: async path => (await client.get(path)).body!,
  };
};
