import { overFetch, type Settings, type Setup, TIMEOUT_MS } from '../contestant.ts';

const over = ({ origin }: Settings, defaults?: () => RequestInit) => ({
  ...overFetch(origin, (url, init) => globalThis.fetch(url, init), defaults),
  /** The floor of a retry: a loop by hand, without a wait. */
  get: async (path: string, signal?: AbortSignal) => {
    for (;;) {
      const init = signal ? { ...defaults?.(), signal } : defaults?.();
      const response = await globalThis.fetch(origin + path, init);
      const body: unknown = await response.json();
      if (response.status !== 503) return body;
    }
  },
});

export const setup: Setup = settings => over(settings);
export const timed: Setup = settings => over(settings, () => ({ signal: AbortSignal.timeout(TIMEOUT_MS) }));
