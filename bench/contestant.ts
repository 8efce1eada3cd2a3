/** What every client is asked to do, and how it is configured: all alike. */

export interface Settings {
  readonly origin: string;
  /** The wait before the first retry, in milliseconds; it doubles from there. */
  readonly waitMs: number;
  /** Every call will fail at first: nobody may save on retries. */
  readonly outage: boolean;
}

/** Paths are relative to the origin: `/json`. */
export interface Contestant {
  /** The body, parsed. */
  get(path: string, signal?: AbortSignal): Promise<unknown>;
  /** A body of JSON; the answer, parsed. */
  post(path: string, body: string): Promise<unknown>;
  /** The body, unbuffered. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
}

export type Setup = (settings: Settings) => Contestant;

export const RETRIES = 3;
export const TIMEOUT_MS = 10_000;
export const CONTENT = { 'content-type': 'application/json' };

/** For clients that take a list. */
export const STATUSES = [429, ...Array.from({ length: 100 }, (_, index) => 500 + index)];
export const isTransient = (status: number): boolean => status === 429 || status >= 500;
/** Attempts count from 0. */
export const exponentialMs = (waitMs: number, attempt: number): number => waitMs * 2 ** attempt;

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** The calls of a client that is called as fetch is. */
export const overFetch = (origin: string, fetch: Fetch, defaults?: () => RequestInit): Contestant => ({
  get: async (path, signal) => {
    const init = signal ? { ...defaults?.(), signal } : defaults?.();
    return (await fetch(origin + path, init)).json();
  },
  post: async (path, body) =>
    (await fetch(origin + path, { ...defaults?.(), method: 'POST', headers: CONTENT, body })).json(),
  stream: async path => (await fetch(origin + path, defaults?.())).body!,
});
