/** Who takes part, in the order of the tables. */
export interface Entry {
  readonly name: string;
  /** In `contestants/`. */
  readonly file: string;
  /** Its export, where it isn't `setup`. */
  readonly setup?: string;
  /** Has no retries. */
  readonly bare?: boolean;
  /** What it is built on can't be replaced by a stub. */
  readonly ownTransport?: boolean;
}

export const CONTROL = 'bare fetch';

export const CONTESTANTS: readonly Entry[] = [
  { name: CONTROL, file: 'bare', bare: true },
  { name: 'bare fetch, again', file: 'bare', bare: true },
  { name: 'holdfast fetch', file: 'ours' },
  { name: 'ky', file: 'ky' },
];
