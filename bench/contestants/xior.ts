import xior from 'xior';
import errorRetry from 'xior/plugins/error-retry';
import { CONTENT, exponentialMs, isTransient, RETRIES, type Setup, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const client = xior.create({ baseURL: origin, timeout: TIMEOUT_MS });
  client.plugins.use(
    errorRetry({
      retryTimes: RETRIES,
      retryInterval: attempt => exponentialMs(waitMs, attempt - 1),
      enableRetry: (_config, { response }) => !response || isTransient(response.status),
    }),
  );
  return {
    get: async (path, signal) => (await client.get(path, signal ? { signal } : {})).data,
    post: async (path, body) => (await client.post(path, body, { headers: CONTENT })).data,
    stream: async path => (await client.get(path, { responseType: 'stream' })).data,
  };
};
