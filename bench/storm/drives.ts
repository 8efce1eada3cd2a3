/** How callers behave. */
import type { World } from './fleet.ts';
import { exponentially } from './random.ts';

/** Calls that come whatever happens, as users do: `perSecond` of them in all, each by any one of the instances. */
export const open =
  (perSecond: number, untilMs: number, pathOf: (random: () => number) => string = () => '/') =>
  ({ instances, random, at, now, call }: World): void => {
    const next = (): void =>
      at(now() + exponentially(random, 1000 / perSecond), () => {
        if (now() >= untilMs) return;
        void call(Math.floor(random() * instances), pathOf(random));
        next();
      });
    next();
  };

/** Callers who make their next call `pauseMs` after the last one was over; they begin within the first pause. */
export const closed =
  (callers: number, pauseMs: number, untilMs: number) =>
  ({ instances, random, at, now, call }: World): void => {
    for (let caller = 0; caller < callers; caller++) {
      const again = async (): Promise<void> => {
        if (now() >= untilMs) return;
        await call(caller % instances);
        at(now() + pauseMs, again);
      };
      at(random() * pauseMs, again);
    }
  };

/** `count` calls of each instance at once. */
export const burst =
  (count: number, atMs: number) =>
  ({ instances, at, call }: World): void => {
    for (let instance = 0; instance < instances; instance++)
      at(atMs, () => {
        for (let each = 0; each < count; each++) void call(instance);
      });
  };

/** Callers who make one call each, at any time from here to there. */
export const someone =
  (callers: number, fromMs: number, toMs: number) =>
  ({ instances, random, at, call }: World): void => {
    for (let caller = 0; caller < callers; caller++)
      at(fromMs + random() * (toMs - fromMs), () => void call(caller % instances));
  };
