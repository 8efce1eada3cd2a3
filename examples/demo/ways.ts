import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, createFetch, type Delivery, type Extension, exponential } from '../../src/index.ts';
import { log } from '../../src/log/index.ts';
import { guideLoop } from './guide-loop.ts';
import { countRetry, reasonOf, type Tally } from './tally.ts';

/** What every run needs to know. */
export interface RunOptions {
  readonly seed: number;
  /** Writes to make. */
  readonly calls: number;
  /** Ends the run: calls under way are aborted, no more are begun. */
  readonly signal?: AbortSignal | undefined;
  /** Told after every call. */
  readonly onProgress?: (tally: Tally) => void;
  /** How long the server holds a stalled request. @default 3_000 */
  readonly patienceMs?: number;
  /** Waits of the guide's loop. @default real ones */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

export const DRIVE = 'drive/v1/items';
const DOCS = 'docs/v1/resources';

/** One create: which service, under which of the API keys, with which id of the client's own. */
export interface Create {
  readonly ref: string;
  readonly path: typeof DRIVE | typeof DOCS;
  readonly headers: Record<string, string>;
  readonly fields: { readonly name: string };
}

/** Makes one create. Resolves to whether it reports success; throws if it reports failure that way. */
export type Make = (create: Create, signal: AbortSignal | undefined) => Promise<boolean>;

/** How to call, made once a run. */
export interface Way {
  /** Where the creates go, in turn. */
  readonly paths: readonly Create['path'][];
  /** Calls under way at once. */
  readonly width: number;
  prepare(origin: string, tally: Tally, options: RunOptions): Make;
}

/**
 * Settings for a server that spoils a quarter of all requests: more retries than usual, short waits, an attempt given up
 * early, and nothing held back in an outage, since that guards a service against exactly what this demo does to its own. In earnest the
 * defaults are right.
 */
const SETTINGS = {
  retry: { limit: 10, backoff: exponential({ baseMs: 20, capMs: 200 }), outage: false },
  timeout: 1_000,
  totalTimeout: 60_000,
} as const;

/** The call that a log record belongs to. */
export const current = new AsyncLocalStorage<{ delivery?: Delivery | undefined }>();

const logTo = (tally: Tally): Extension =>
  log(record => {
    if (record.event === 'retry') {
      tally.attempts++;
      countRetry(tally, reasonOf(record), record.delayMs ?? 0, record.delayFrom === 'server');
    } else if (record.event === 'failed') {
      const call = current.getStore();
      if (call) call.delivery = record.delivery;
    }
  });

const dropIn: Way = {
  paths: [DRIVE],
  width: 48,
  prepare: (origin, tally) => {
    const fetch = createFetch({ ...SETTINGS, service: 'drive', use: [logTo(tally)] });
    return async ({ path, headers, fields }, signal) => {
      tally.attempts++;
      const response = await fetch(`${origin}/${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(fields),
        signal: signal ?? null,
      });
      await response.text();
      return response.ok;
    };
  },
};

const client: Way = {
  paths: [DOCS],
  width: 48,
  prepare: (origin, tally) => {
    const docs = createClient({ ...SETTINGS, service: 'docs', baseUrl: `${origin}/`, use: [logTo(tally)] });
    return async ({ path, headers, fields }, signal) => {
      tally.attempts++;
      await docs.post(path, { json: fields, headers, ...(signal && { signal }) }).json();
      return true;
    };
  },
};

const guide: Way = {
  paths: [DRIVE, DOCS],
  // Its waits are seconds: with more calls at once the run is no longer than the others.
  width: 256,
  prepare: (origin, tally, { signal, sleep = ms => delay(ms, undefined, { signal }) }) => {
    const failures = new AsyncLocalStorage<{ reason: string }>();
    const apiRequest = guideLoop({
      fetch: async (url, init) => {
        tally.attempts++;
        const last = failures.getStore();
        try {
          const response = await fetch(url, init);
          if (last) last.reason = String(response.status);
          return response;
        } catch (error) {
          if (last) last.reason = 'reset';
          throw error;
        }
      },
      sleep: ms => {
        signal?.throwIfAborted();
        countRetry(tally, failures.getStore()?.reason ?? '', ms, false);
        return sleep(ms);
      },
    });
    return async ({ path, headers, fields }) => {
      const init: RequestInit = {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(fields),
        ...(signal && { signal }),
      };
      await failures.run({ reason: '' }, () => apiRequest(`${origin}/${path}`, init));
      return true; // it did not throw: that is all its caller is told
    };
  },
};

/** The three ways to make the same writes. */
export const WAYS = { fetch: dropIn, client, guide };
