/** Medians, and how far apart the middle half lies. */
export const quantile = (values: readonly number[], at: number): number => {
  const sorted = values.filter(value => !Number.isNaN(value)).sort((a, b) => a - b);
  const position = (sorted.length - 1) * at;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position % 1);
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface Ratio {
  /** Of the medians. */
  readonly ratio: number;
  /** Quartiles of the ratios round by round. */
  readonly low: number;
  readonly high: number;
}

/** Values and base belong to the same rounds. */
export const ratioOf = (values: readonly number[], base: readonly number[]): Ratio => {
  const rounds = values.map((value, round) => value / (base[round] ?? Number.NaN));
  return { ratio: median(values) / median(base), low: quantile(rounds, 0.25), high: quantile(rounds, 0.75) };
};
