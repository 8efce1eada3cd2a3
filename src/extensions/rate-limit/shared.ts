/** What holds for every limit that can be shared. */
export interface SharedOptions {
  /** A store that doesn't answer within this, in milliseconds, counts as down. A real timer, in tests, too. @default 250 */
  readonly storeTimeoutMs?: number | undefined;
  /** Told once an outage of the store; calls go on meanwhile. */
  readonly onStoreError?: ((error: unknown) => void) | undefined;
}

/** A store that is down is asked again after this, by one call at a time. */
const ASK_AGAIN_MS = 1_000;

/**
 * After it is back: the usual clients connect again within 2 s, and only then do all processes know. Until then, and until
 * their queues are one again, each keeps near its own share; a little faster, so that who waits here is not left behind.
 */
const RECOVERY_MS = 15_000;
const CATCH_UP = 0.85;

/** A store that may fail: whoever asks it then gets `undefined`, at once but for one call in a second. */
export const createShared = ({ storeTimeoutMs = 250, onStoreError }: SharedOptions, now: () => number) => {
  let askAtMs = 0;
  let steadyAtMs = 0;
  const shared = {
    isDown: false,
    /** The gap between turns of this process' own, as a part of its share's; 0 where the store gives the pace. */
    share: () => (shared.isDown ? 1 : now() < steadyAtMs ? CATCH_UP : 0),
    async ask<T>(work: () => PromiseLike<T>): Promise<T | undefined> {
      if (shared.isDown && now() < askAtMs) return undefined;
      askAtMs = now() + ASK_AGAIN_MS;
      let timer: ReturnType<typeof setTimeout> | undefined;
      try {
        const value = await Promise.race([
          work(),
          new Promise<never>((_, reject) => {
            const late = () => reject(new Error(`no answer within ${storeTimeoutMs} ms`));
            // Where this process was busy, the answer may be there, unread.
            timer = setTimeout(() => {
              timer = setTimeout(late);
            }, storeTimeoutMs);
          }),
        ]);
        if (shared.isDown) steadyAtMs = now() + RECOVERY_MS;
        shared.isDown = false;
        return value;
      } catch (error) {
        const isNew = !shared.share();
        shared.isDown = true;
        try {
          if (isNew) onStoreError?.(error);
        } catch {}
        return undefined;
      } finally {
        clearTimeout(timer);
      }
    },
  };
  return shared;
};
