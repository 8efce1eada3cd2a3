/** Where a runtime does otherwise than the rest. */
export interface Difference {
  readonly behaviour: string;
  /** Beginnings of names: `chromium` stands for its pages and workers. */
  readonly runtimes: readonly string[];
  readonly expect: unknown;
  readonly because: string;
}

/** What differs between the runtimes; each line is asserted. */
export const differences: readonly Difference[] = [];
