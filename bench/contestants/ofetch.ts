import { ofetch } from 'ofetch';
import { CONTENT, RETRIES, type Setup, STATUSES, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const client = ofetch.create({
    baseURL: origin,
    timeout: TIMEOUT_MS,
    retry: RETRIES,
    retryDelay: ({ options }) => waitMs * 2 ** (RETRIES - Number(options.retry)),
    retryStatusCodes: STATUSES,
  });
  return {
    get: (path, signal) => client(path, signal ? { signal } : {}),
    post: (path, body) => client(path, { method: 'POST', body, headers: CONTENT }),
    stream: path => client<unknown, 'stream'>(path, { responseType: 'stream' }),
  };
};
