import axios from 'axios';
import axiosRetry from 'axios-retry';
import { CONTENT, exponentialMs, isTransient, RETRIES, type Setup, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const client = axios.create({ baseURL: origin, timeout: TIMEOUT_MS, maxBodyLength: Number.POSITIVE_INFINITY });
  axiosRetry(client, {
    retries: RETRIES,
    retryDelay: attempt => exponentialMs(waitMs, attempt - 1),
    retryCondition: ({ response }) => !response || isTransient(response.status),
  });
  return {
    get: async (path, signal) => (await client.get(path, signal ? { signal } : {})).data,
    post: async (path, body) => (await client.post(path, body, { headers: CONTENT })).data,
    stream: async path => (await client.get(path, { responseType: 'stream' })).data,
  };
};
