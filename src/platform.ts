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

/** Fetches that were there before us, and patches that have once answered without a call to us. */
const proven = new WeakSet<object>([beneath]);
const suspect = new WeakSet<object>();
/** What is under way through a patch that is not proven yet; a call like it that arrives later may be its echo. */
const under = new Map<string, number>();
/** Calls under way through patches: so many only where they go round in a circle. */
let crowd = 0;
const CROWD = 1_000;
/** What echoes were answered with: whoever hands it on stands above us. */
const echoes = new WeakSet<Response>();

const nameOf = (input: Parameters<Fetch>[0], init: RequestInit | undefined): string => {
  const { url = String(input), method = 'GET' } = input as Request;
  return `${init?.method ?? method} ${URL.canParse(url) ? new URL(url).href : url}`.toUpperCase();
};

/**
 * Calls a fetch that was put on `globalThis` after us. It may have been put over ours before we could see that, and wait
 * before it calls us: what comes back goes beneath it.
 */
const callPatch: typeof call = async (patch, input, init) => {
  const name = nameOf(input, init);
  const below = before;
  const isNew = !proven.has(patch);
  if ((isNew && under.has(name)) || crowd >= CROWD) {
    suspect.add(patch);
    const response = await below(input, init);
    echoes.add(response);
    return response;
  }
  crowd++;
  // Calls that are made side by side are no echoes; a patch that waits goes on after this.
  queueMicrotask(() => under.set(name, (under.get(name) ?? 0) + 1));
  try {
    const response = await call(patch, input, init);
    if (echoes.has(response)) {
      installed = true;
      if (beneath === patch) beneath = below;
    } else if (!suspect.has(patch)) proven.add(patch);
    return response;
  } finally {
    crowd--;
    const rest = (under.get(name) ?? 1) - 1;
    if (rest > 0) under.set(name, rest);
    else under.delete(name);
  }
};

/** Calls the platform's fetch as it is at this moment. */
export const platformFetch: Fetch = (input, init) => {
  const fetch = look();
  return fetch === native ? call(fetch, input, init) : callPatch(fetch, input, init);
};
