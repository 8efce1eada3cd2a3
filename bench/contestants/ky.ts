import ky, { type Options } from 'ky';
import { CONTENT, exponentialMs, RETRIES, type Settings, type Setup, STATUSES, TIMEOUT_MS } from '../contestant.ts';

const over = ({ origin, waitMs }: Settings, more: Options) => {
  const client = ky.create({
    baseUrl: origin,
    timeout: TIMEOUT_MS,
    retry: {
      limit: RETRIES,
      methods: ['get', 'post'],
      statusCodes: STATUSES,
      delay: attempt => exponentialMs(waitMs, attempt - 1),
    },
    ...more,
  });
  return {
    get: (path: string, signal?: AbortSignal) => client.get(path, signal ? { signal } : {}).json(),
    post: (path: string, body: string) => client.post(path, { body, headers: CONTENT }).json(),
    stream: async (path: string) => (await client.get(path)).body!,
  };
};

export const setup: Setup = settings => over(settings, {});

/** With what our client does besides: a key on each write, a bound on the whole call, a hook that sees each failure. */
export const equipped: Setup = settings =>
  over(settings, {
    totalTimeout: 60_000,
    hooks: {
      init: [
        options => {
          if (options.method === 'post')
            options.headers = { ...options.headers, 'Idempotency-Key': crypto.randomUUID() };
        },
      ],
      beforeError: [({ error }) => error],
    },
  });
