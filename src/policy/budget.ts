/** How many retries an outage may cost. */
export interface BudgetOptions {
  /** Retries that may be made without any success between them. @default 100 */
  readonly capacity?: number | undefined;
  /** What each success gives back. @default 0.1 */
  readonly refill?: number | undefined;
}

/** A token bucket per origin: each retry takes one, each success gives a part back. */
export interface Budget {
  /** What is left for this origin. */
  tokens(origin: string): number;
  take(origin: string): void;
  giveBack(origin: string): void;
  /** No origin has anything to be given back: the usual state, so that a success costs one look. */
  readonly full: boolean;
}

/** Origins remembered at most; beyond that the one that has been short longest is forgotten. */
const ORIGINS = 1000;

/**
 * Keeps a fleet from storming a service that fails: with the defaults an outage costs at most 100 requests and a tenth of
 * the successes on top of the calls themselves.
 *
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs
 */
export const createBudget = ({ capacity, refill }: Record<keyof BudgetOptions, number>): Budget => {
  const spent = new Map<string, number>();
  return {
    tokens: origin => capacity - (spent.get(origin) ?? 0),
    take: origin => {
      if (!spent.has(origin) && spent.size >= ORIGINS) spent.delete(spent.keys().next().value!);
      spent.set(origin, (spent.get(origin) ?? 0) + 1);
    },
    giveBack: origin => {
      const left = (spent.get(origin) ?? 0) - refill;
      if (left > 0) spent.set(origin, left);
      else spent.delete(origin);
    },
    get full() {
      return spent.size === 0;
    },
  };
};
