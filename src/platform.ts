/**
 * The platform's fetch, looked up at each call: whoever patches it later (msw, Next, a tracer) is honoured (K11), and
 * `globalThis.fetch = createFetch()` does not call itself (K22).
 */
export type Fetch = typeof globalThis.fetch;

/** Every fetch that we made. */
const ours = new WeakSet<object>();
/** The fetch to call, and the one it took the place of. */
let beneath: Fetch = globalThis.fetch;
let before: Fetch = beneath;
/** One of ours stands on `globalThis`, perhaps under somebody's patch: what stands there calls us, so we must not call it. */
let installed = false;
/** `beneath` is being called at this very moment. */
let calling = false;

const look = (): Fetch => {
  const current = globalThis.fetch;
  if (ours.has(current)) installed = true;
  else if (current === beneath && calling) {
    // What we took for the platform is a patch over us.
    installed = true;
    beneath = before;
  } else if (current === beneath) installed = false;
  else if (!installed) {
    before = beneath;
    beneath = current;
  }
  return beneath;
};

/** Marks a fetch as ours, and notices if it is put on `globalThis` right away. */
export const mark = <F extends Fetch>(fetch: F): F => {
  ours.add(fetch);
  look();
  queueMicrotask(look);
  return fetch;
};

/** Calls the platform's fetch as it is at this moment. */
export const platformFetch: Fetch = (input, init) => {
  const fetch = look();
  const nested = calling;
  calling = true;
  try {
    return fetch(input, init);
  } finally {
    calling = nested;
  }
};
