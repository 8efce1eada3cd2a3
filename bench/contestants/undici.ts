import { Agent, RetryAgent, request } from 'undici';
import { CONTENT, RETRIES, type Setup, STATUSES, TIMEOUT_MS } from '../contestant.ts';

export const setup: Setup = ({ origin, waitMs }) => {
  const dispatcher = new RetryAgent(new Agent(), {
    maxRetries: RETRIES,
    minTimeout: waitMs,
    timeoutFactor: 2,
    methods: ['GET', 'POST'],
    statusCodes: STATUSES,
  });
  const options = { dispatcher, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
  return {
    get: async (path, signal) => (await request(origin + path, signal ? { ...options, signal } : options)).body.json(),
    post: async (path, body) =>
      (await request(origin + path, { ...options, method: 'POST', body, headers: CONTENT })).body.json(),
    stream: async path => (await request(origin + path, options)).body,
  };
};
