/** The turns of one key, on a clock in milliseconds. */
export interface Turns {
  /** When the next turn of this process' own is due at the earliest (GCRA's theoretical arrival time). */
  nextMs: number;
  /** The last turn that the store gave. */
  givenMs: number;
  /** How long the store's queue was at last. */
  queueMs: number;
  /** The service asked for silence until then. */
  heldMs: number;
  /** Over how long those who waited for the end of it come back. */
  spreadMs: number;
  /** When the latest attempts began, those of the last interval. */
  readonly starts: number[];
}

/** Keys remembered at most, before those that are at rest are forgotten. */
const KEYS = 1000;

/** The turns of each key. Those that are at rest are as good as new. */
export const createTurns = (now: () => number) => {
  const keys = new Map<string, Turns>();
  return (key: string): Turns => {
    let turns = keys.get(key);
    if (turns) return turns;
    if (keys.size >= KEYS) {
      for (const [each, { nextMs, heldMs }] of keys) if (Math.max(nextMs, heldMs) <= now()) keys.delete(each);
    }
    turns = { nextMs: 0, givenMs: 0, queueMs: 0, heldMs: 0, spreadMs: 0, starts: [] };
    keys.set(key, turns);
    return turns;
  };
};

/** From when on one more may begin without a window that holds too many: turns keep their times, timers may be late. */
export const windowMs = ({ starts }: Turns, limit: number, intervalMs: number, nowMs: number): number => {
  while (nowMs - starts[0]! >= intervalMs) starts.shift();
  return starts.length < limit ? nowMs : starts[starts.length - limit]! + intervalMs;
};
