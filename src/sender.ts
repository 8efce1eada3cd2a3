/**
 * What sends: the `fetch` option, or `globalThis.fetch` as it is at each attempt, so that whoever patches it later (msw, a
 * framework, a tracer) is honoured. An instance that stands there itself sends with what stood there before it.
 */

export type Fetch = typeof globalThis.fetch;

/** What one instance sends with. */
export interface Sender {
  /** It was given: what it throws may be its own. */
  readonly given: boolean;
  /** The fetch to call now. */
  pick(): Fetch;
  /** What we are called with; `made`: the init that we are about to send. An own one that comes back shows a patch over us. */
  called(init: RequestInit | null | undefined): void;
  made(init: RequestInit | undefined): void;
  /** It was seen on `globalThis.fetch`. */
  standing(): void;
}

/** Every fetch of ours, of this copy or another, has its sender here. */
const SENDER = Symbol.for('holdfast.sender');
const senderOf = (fetch: object | undefined): Sender | undefined =>
  (fetch as { [SENDER]?: Sender } | undefined)?.[SENDER];

/** The platform's own, as far as anybody can tell. */
const platform: Fetch = globalThis.fetch;

/** The platform's own hears every signal, and answers nothing from memory as a framework's patch may. */
export const isPlatform = (fetch: Fetch): boolean =>
  fetch === platform && !(fetch as { __nextPatched?: boolean } | undefined)?.__nextPatched;

/** Sends with `given`, or with what stands on `globalThis.fetch`, unless that is (or was) what `own` makes of this sender. */
export const createSender = (given?: Fetch): Sender & { own<F extends Fetch>(fetch: F): F } => {
  const beneath = globalThis.fetch;
  senderOf(beneath)?.standing();
  const inits = new WeakSet<object>();
  let self: Fetch | undefined;
  let stands = false;
  const look = (): void => {
    stands ||= globalThis.fetch === self;
  };
  const sender: Sender & { own<F extends Fetch>(fetch: F): F } = {
    given: given !== undefined && given !== platform,
    pick: () => {
      if (given) return given;
      look();
      const current = stands ? beneath : globalThis.fetch;
      return senderOf(current)?.pick() ?? current;
    },
    called: init => {
      stands ||= init != null && inits.has(init);
    },
    made: init => {
      // A patch that came after us may lie over us.
      if (init && !given && !stands && globalThis.fetch !== beneath) inits.add(init);
    },
    standing: () => {
      stands = true;
    },
    own: fetch => {
      self = fetch;
      queueMicrotask(look);
      return Object.defineProperties(fetch, { [SENDER]: { value: sender }, length: { value: 1 } });
    },
  };
  return sender;
};

interface Dispatcher {
  readonly uri?: unknown;
  readonly [name: symbol]: unknown;
}

/**
 * The proxies that a request may have gone through: undici's ProxyAgent and EnvHttpProxyAgent keep their addresses under
 * symbols of their own. A failure to connect to one of these is none of a redirect's.
 */
export const proxiesOf = (init: RequestInit | undefined): string[] => {
  const found: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (Object(value) !== value || depth > 2) return;
    const { uri } = value as Dispatcher;
    if (typeof uri === 'string') found.push(uri);
    for (const name of Object.getOwnPropertySymbols(value)) visit((value as Dispatcher)[name], depth + 1);
  };
  visit((init as { dispatcher?: unknown } | undefined)?.dispatcher, 0);
  visit((globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')], 0);
  return found;
};
