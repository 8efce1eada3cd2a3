/** What a turn is asked for. Times in milliseconds. */
export interface TurnRequest {
  /** Starts that any `intervalMs` may contain. */
  readonly limit: number;
  readonly intervalMs: number;
  /** Starts that may come at once after a rest. */
  readonly burst: number;
  /** From one turn to the next: `intervalMs / (limit - burst + 1)`. */
  readonly gapMs: number;
  /** Nobody waits for longer: a turn that is further away must not be taken. A whole number. */
  readonly maxWaitMs: number;
}

/** What a store answers. */
export interface Turn {
  /** How long to wait from now on, in milliseconds: clocks differ. */
  readonly waitMs: number;
  /** The turn is the asker's own. If not, it asks again after `waitMs`, unless that is too long. */
  readonly taken: boolean;
}

/** Shares turns among processes: Redis with `redisStore`, or what you write for another place. */
export interface TurnStore {
  /** Gives this key's next turn, in one step: two that ask at once must not get the same one. */
  reserve(key: string, request: TurnRequest): PromiseLike<Turn>;
}

/** Shares among processes until when a service wants to be left alone. */
export interface HoldStore {
  /** Nothing is to be sent in the next `ms` milliseconds; a longer hold stays. */
  hold(key: string, ms: number): PromiseLike<unknown>;
  /** Milliseconds until the hold is over; 0 or less if there is none. */
  held(key: string): PromiseLike<number>;
}
