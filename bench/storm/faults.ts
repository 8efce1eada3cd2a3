/** What goes wrong at the service. */
import type { Fault, Reply } from './service.ts';

/** The same reply from here to there, or one that knows how long it will last. */
export const during =
  (fromMs: number, toMs: number, reply: Reply | ((leftMs: number) => Reply)): Fault =>
  nowMs => {
    if (nowMs < fromMs || nowMs >= toMs) return undefined;
    return typeof reply === 'function' ? reply(toMs - nowMs) : reply;
  };

/** A share of the requests, by chance. */
export const share =
  (part: number, reply: Reply): Fault =>
  (_, random) =>
    random() < part ? reply : undefined;

/** A limit with a bucket that fills up steadily and holds what a second gives. */
export const bucket = (perSecond: number, retryAfterS: number | undefined): Fault => {
  let tokens = perSecond;
  let lastMs = 0;
  return nowMs => {
    tokens = Math.min(perSecond, tokens + ((nowMs - lastMs) * perSecond) / 1000);
    lastMs = nowMs;
    if (tokens < 1) return { status: 429, retryAfterS };
    tokens--;
    return undefined;
  };
};

/** A limit that is counted anew each full second. */
export const windows = (perSecond: number, retryAfterS: number | undefined): Fault => {
  let second = -1;
  let passed = 0;
  return nowMs => {
    const current = Math.floor(nowMs / 1000);
    if (current !== second) passed = 0;
    second = current;
    return passed++ < perSecond ? undefined : { status: 429, retryAfterS };
  };
};

/** Whatever path is asked for the first time. */
export const onceEach = (reply: Reply): Fault => {
  const asked = new Set<string>();
  return (_, __, path) => {
    if (asked.has(path)) return undefined;
    asked.add(path);
    return reply;
  };
};
