import { type ClientOptions, createClient, createFetch, type FetchOptions, isApiError } from '../../src/index.ts';

/** What a call came to: a status, or what was thrown without one. */
export type Send = (url: string | Request, init?: RequestInit) => Promise<unknown>;

/** Both doors, made to say how a call ended in the same words. */
export const DOORS: readonly [string, (options: FetchOptions) => Send][] = [
  [
    'createFetch',
    options => {
      const fetch = createFetch(options);
      return (url, init) =>
        fetch(url, init).then(
          ({ status }) => status,
          (error: unknown) => error,
        );
    },
  ],
  [
    'createClient',
    options => {
      const client = createClient({ timeout: false, totalTimeout: false, ...options } as ClientOptions);
      return async (url, init) => {
        try {
          return (await client(url, init)).status;
        } catch (error) {
          return (isApiError(error) && error.status) || error;
        }
      };
    },
  ],
];
