/**
 * The platform's fetch, looked up at each call: whoever patches it later (msw, Next, a tracer) is honoured (K11), and
 * `globalThis.fetch = createFetch()` does not call itself (K22).
 */
export type Fetch = typeof globalThis.fetch;

/** Every fetch that we made. */
const ours = new WeakSet<object>();
/** The fetch to call, and the one it took the place of. */
const native: Fetch = globalThis.fetch;
let beneath: Fetch = native;
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

const call = (fetch: Fetch, input: Parameters<Fetch>[0], init: RequestInit | undefined): Promise<Response> => {
  const nested = calling;
  calling = true;
  try {
    return fetch(input, init);
  } finally {
    calling = nested;
  }
};

/** Calls under way through patches: so many only where a patch calls us, and we it, in a circle. */
let under = 0;
const CIRCLE = 5_000;

/**
 * Calls a fetch that was put on `globalThis` after us. It may have been put over ours before we could see that, and wait
 * before it calls us: then the calls pile up until that shows.
 */
const callPatch: typeof call = async (patch, input, init) => {
  if (under >= CIRCLE) {
    installed = true;
    if (beneath === patch) beneath = before;
    return call(beneath, input, init);
  }
  under++;
  try {
    return await call(patch, input, init);
  } finally {
    under--;
  }
};

/** Calls the platform's fetch as it is at this moment. */
export const platformFetch: Fetch = (input, init) => {
  const fetch = look();
  return (fetch === native ? call : callPatch)(fetch, input, init);
};
