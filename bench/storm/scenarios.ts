/** What the fleet lives through. Rounds differ in their luck only; the calls of all of them are counted together. */
import { burst, closed, open, someone } from './drives.ts';
import { bucket, during, onceEach, share, windows } from './faults.ts';
import type { Plan } from './fleet.ts';
import type { Reply } from './service.ts';

/** Calls a second, by the fleet as a whole. */
export const OFFERED = 400;
/** When things go wrong, after a time in which all is well. */
const FROM_MS = 5_000;
/** In 30 s, 1,200, 120, 12, 3 and 1.2 calls an instance. */
const SIZES = [10, 100, 1_000, 4_000, 10_000];
/** Many calls an instance, and few. */
const TWO_SIZES = [10, 1_000];

const BUSY: Reply = { status: 503 };
const REFUSED: Reply = { status: 0 };
const BROKEN: Reply = { status: 500 };

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Instances of the fleet, one simulation each. */
  readonly sizes: readonly number[];
  /** @default 1 */
  readonly rounds?: number;
  /** Retries after the first attempt. @default 2 */
  readonly limit?: number;
  /** Calls count that began from here to there. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of those only the ones to this path. */
  readonly path?: string;
  readonly plan: () => Pick<Plan, 'fault' | 'drive' | 'untilMs'>;
}

/** Everything fails for a while. */
const gone = (
  id: string,
  title: string,
  ms: number,
  reply: Reply | ((leftMs: number) => Reply),
  more: Pick<Scenario, 'sizes' | 'rounds' | 'limit'>,
): Scenario => ({
  id,
  title,
  ...more,
  fromMs: FROM_MS,
  toMs: FROM_MS + ms,
  plan: () => ({
    fault: during(FROM_MS, FROM_MS + ms, reply),
    drive: open(OFFERED, FROM_MS + 2 * ms),
    // Long enough for the last wait.
    untilMs: FROM_MS + 2 * ms + 60_000,
  }),
});

const OUTAGE_MS = 30_000;

const outage = gone('outage', 'Outage of 30 s', OUTAGE_MS, BUSY, { sizes: SIZES, rounds: 3 });
const slowOutage = gone(
  'slow-outage',
  'Outage of 30 s in which a failure takes 5 s',
  OUTAGE_MS,
  { status: 0, afterMs: 5_000 },
  { sizes: SIZES },
);

/** A share of all requests fails, whoever asks. */
const brownOut = (percent: number): Scenario => ({
  id: `brown-out-${percent}`,
  title: `Brown-out: ${percent} % of the requests fail for 60 s`,
  sizes: SIZES,
  // The rows that must be reached rest on these two; the one that is close takes more luck to measure.
  rounds: percent === 60 ? 3 : percent === 30 ? 2 : 1,
  fromMs: 0,
  toMs: 60_000,
  plan: () => ({ fault: share(percent / 100, BUSY), drive: open(OFFERED, 60_000), untilMs: 100_000 }),
});

/** Callers of whom each makes a call and pauses; together they ask for more than there is. */
const wall = (id: string, title: string, limited: typeof bucket, retryAfterS?: number): Scenario => ({
  id,
  title: `${title}, 429 ${retryAfterS ? `with Retry-After: ${retryAfterS}` : 'without Retry-After'}; 200 callers, a pause of 1 s after each call`,
  sizes: [1, 20, 200],
  rounds: 3,
  fromMs: 0,
  toMs: 60_000,
  plan: () => ({ fault: limited(150, retryAfterS), drive: closed(200, 1_000, 60_000), untilMs: 100_000 }),
});

const blips = [
  gone('blip-300', 'Blip of 300 ms', 300, REFUSED, { sizes: TWO_SIZES, rounds: 20 }),
  gone('blip-2000', 'Blip of 2 s', 2_000, REFUSED, { sizes: TWO_SIZES, rounds: 5 }),
];

const coldStart: Scenario = {
  id: 'cold-start',
  title: 'Cold start: 50 calls at once of a fresh instance, in a blip of 300 ms',
  sizes: [1],
  rounds: 40,
  fromMs: 0,
  toMs: 300,
  plan: () => ({ fault: during(0, 300, REFUSED), drive: burst(50, 0), untilMs: 30_000 }),
};

const restarts = [2, 5].flatMap(limit =>
  [4, 10].map(seconds =>
    gone(`restart-${seconds}-${limit}`, `Restart of ${seconds} s, limit ${limit}`, seconds * 1_000, REFUSED, {
      sizes: TWO_SIZES,
      rounds: 2,
      limit,
    }),
  ),
);

/** Few callers, who don't mind to wait. */
const patient = (callers: number): Scenario => ({
  id: `patient-${callers}`,
  title: `Limit 5 through a restart of 4 s, one instance, ${callers === 1 ? 'one caller' : `${callers} callers`}, a call each`,
  sizes: [1],
  rounds: 400,
  limit: 5,
  fromMs: FROM_MS,
  toMs: FROM_MS + 4_000,
  plan: () => ({
    fault: during(FROM_MS, FROM_MS + 4_000, REFUSED),
    drive: someone(callers, FROM_MS, FROM_MS + 4_000),
    untilMs: 60_000,
  }),
});

/** The same, by callers who ask again at once when they are told no: a call that is held makes way for the next one. */
const insistent: Scenario = {
  ...patient(3),
  id: 'insistent',
  title: 'Limit 5 through a restart of 4 s, one instance, 3 callers who call again 200 ms after each call',
  plan: () => ({
    fault: during(FROM_MS, FROM_MS + 4_000, REFUSED),
    drive: closed(3, 200, FROM_MS + 4_000),
    untilMs: 60_000,
  }),
};

/** Four machines behind one name are restarted one after the other; a request meets any of them. */
const rolling = (seconds: number): Scenario => ({
  id: `rolling-${seconds}`,
  title: `Rolling restart: each of four machines is gone for ${seconds} s in turn`,
  sizes: TWO_SIZES,
  fromMs: FROM_MS,
  toMs: FROM_MS + 4_000 * seconds,
  plan: () => {
    const untilMs = FROM_MS + 4_000 * seconds;
    const one = share(1 / 4, REFUSED);
    return {
      fault: (nowMs, random, path) => (nowMs >= FROM_MS && nowMs < untilMs ? one(nowMs, random, path) : undefined),
      drive: open(OFFERED, untilMs),
      untilMs: untilMs + 30_000,
    };
  },
});

const twoEndpoints: Scenario = {
  id: 'two-endpoints',
  title:
    'Two endpoints of one origin, half of the calls each: one always fails, the other one time in ten; calls of the other',
  sizes: SIZES,
  fromMs: 0,
  toMs: 60_000,
  path: '/good',
  plan: () => {
    const seldom = share(0.1, BROKEN);
    return {
      fault: (nowMs, random, path) => (path === '/bad' ? BROKEN : seldom(nowMs, random, path)),
      drive: open(OFFERED, 60_000, random => (random() < 0.5 ? '/bad' : '/good')),
      untilMs: 100_000,
    };
  },
};

const flapping: Scenario = {
  id: 'flapping',
  title: 'Three outages of 10 s, 5 s apart',
  sizes: SIZES,
  fromMs: FROM_MS,
  toMs: FROM_MS + 40_000,
  plan: () => ({
    fault: nowMs =>
      nowMs >= FROM_MS && nowMs < FROM_MS + 40_000 && (nowMs - FROM_MS) % 15_000 < 10_000 ? BUSY : undefined,
    drive: open(OFFERED, FROM_MS + 40_000),
    untilMs: FROM_MS + 80_000,
  }),
};

const countedDown = gone(
  'counted-down',
  'Outage of 30 s, 503 whose Retry-After counts down to its end',
  OUTAGE_MS,
  leftMs => ({ status: 503, retryAfterS: Math.ceil(leftMs / 1000) }),
  { sizes: SIZES },
);
const promised = gone(
  'promised',
  'Outage of 30 s, 503 with Retry-After: 1 all the time',
  OUTAGE_MS,
  { status: 503, retryAfterS: 1 },
  { sizes: SIZES },
);

const COUNT = 200;
const each503 = (together: number): Scenario => ({
  id: `each-503-${together}`,
  title: `200 calls, each told 503 once, ${together === 1 ? 'one after another' : `${together} at a time`}`,
  sizes: [1],
  rounds: 10,
  fromMs: 0,
  toMs: Number.POSITIVE_INFINITY,
  plan: () => ({
    fault: onceEach(BUSY),
    drive: ({ at, call }) => {
      let begun = 0;
      const next = async (): Promise<void> => {
        while (begun < COUNT) await call(0, `/${begun++}`);
      };
      at(0, () => {
        for (let caller = 0; caller < together; caller++) void next();
      });
    },
    untilMs: 600_000,
  }),
});

export const SCENARIOS: readonly Scenario[] = [
  outage,
  ...[10, 20, 30, 40, 50, 60].map(brownOut),
  wall('wall', 'Wall of 150/s, a bucket that holds a second of it', bucket, 1),
  wall('wall-windows', 'Wall of 150/s, counted anew each second', windows, 1),
  wall('wall-silent', 'Wall of 150/s, a bucket that holds a second of it', bucket),
  ...blips,
  coldStart,
  ...restarts,
  ...[1, 3].map(patient),
  insistent,
  ...[4, 10].map(rolling),
  twoEndpoints,
  countedDown,
  promised,
  flapping,
  slowOutage,
  ...[1, 60].map(each503),
];
