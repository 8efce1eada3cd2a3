/** Virtual time: it stands still while code runs, and jumps to the next event when all code waits. */

interface Event {
  readonly atMs: number;
  /** Equal times happen in the order in which they were asked for. */
  readonly order: number;
  readonly run: () => void;
}

export interface Clock {
  readonly now: () => number;
  readonly at: (ms: number, run: () => void) => void;
  /** Runs every event up to `untilMs`. After each it waits for the code that the event woke, until `settled` says that all wait again. */
  readonly run: (untilMs: number, settled: () => boolean) => Promise<void>;
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A binary heap: the smallest event first. */
const createHeap = () => {
  const heap: Event[] = [];
  return {
    push: (event: Event): void => {
      let at = heap.push(event) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isBefore(event, heap[parent]!)) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = event;
    },
    peek: (): Event | undefined => heap[0],
    pop: (): Event | undefined => {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length === 0 || !last) return first;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (!isBefore(heap[child]!, last)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
      return first;
    },
  };
};

/** Microtasks are enough for what we measure; a turn of the event loop is for code that sets a timer of its own. */
const MICROTASKS = 200;
/** Whoever has not come to rest after so many turns never will. */
const TURNS = 1_000_000;

const settling = async (settled: () => boolean): Promise<void> => {
  for (let turn = 0; !settled(); turn++) {
    if (turn > TURNS) throw new Error('A call is neither over nor with the service nor asleep');
    await (turn < MICROTASKS ? undefined : new Promise(setImmediate));
  }
};

export const createClock = (): Clock => {
  const events = createHeap();
  let nowMs = 0;
  let order = 0;
  const at = (ms: number, run: () => void): void => events.push({ atMs: Math.max(nowMs, ms), order: order++, run });
  return {
    now: () => nowMs,
    at,
    run: async (untilMs, settled) => {
      for (let next = events.peek(); next && next.atMs <= untilMs; next = events.peek()) {
        events.pop();
        nowMs = next.atMs;
        next.run();
        if (!settled()) await settling(settled);
      }
    },
  };
};
