/** Who takes part, in the order of the tables. */

export interface Entry {
  readonly name: string;
  /** In `contestants/`. */
  readonly file: string;
  /** Its export, where it isn't `setup`. */
  readonly setup?: string;
  /** What it is held against, where that isn't bare fetch. */
  readonly beside?: string;
  /** It brings its own transport: no stub can take the network's place. */
  readonly ownTransport?: boolean;
}

export const CONTROL = 'bare fetch';
const TIMED_CONTROL = 'bare fetch + timeout signal';
const KY = 'ky, same features';

export const CONTESTANTS: readonly Entry[] = [
  { name: CONTROL, file: 'bare' },
  { name: 'bare fetch, second copy', file: 'bare' },
  { name: TIMED_CONTROL, file: 'bare', setup: 'timed' },
  { name: 'holdfast fetch', file: 'ours' },
  { name: 'holdfast fetch, timeout', file: 'ours', setup: 'timed', beside: TIMED_CONTROL },
  { name: 'holdfast client', file: 'ours', setup: 'client', beside: KY },
  { name: 'holdfast client, log', file: 'ours', setup: 'logged', beside: KY },
  { name: 'ky', file: 'ky' },
  { name: KY, file: 'ky', setup: 'equipped' },
  { name: 'fetch-retry (no timeout)', file: 'fetch-retry' },
  { name: 'p-retry + fetch (no timeout)', file: 'p-retry' },
  { name: 'cockatiel + fetch', file: 'cockatiel' },
  { name: 'ofetch', file: 'ofetch' },
  { name: 'wretch', file: 'wretch' },
  { name: 'ffetch', file: 'ffetch' },
  { name: 'up-fetch', file: 'up-fetch' },
  { name: 'xior', file: 'xior' },
  { name: 'got', file: 'got', ownTransport: true },
  { name: 'axios + axios-retry', file: 'axios', ownTransport: true },
  { name: 'undici.request + RetryAgent', file: 'undici', ownTransport: true },
];
