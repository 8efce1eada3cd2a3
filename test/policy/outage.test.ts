import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createOutage, originOf } from '../../src/policy/outage.ts';

const OPTIONS = { spanMs: 1_000, firstMs: 1_000, capMs: 30_000 };

/** An outage that is watched, with a clock that is told the time and dice that are not thrown. */
const watch = (options: Partial<typeof OPTIONS> = {}, random = () => 0) => {
  const outage = createOutage({ ...OPTIONS, ...options });
  const origin = 'https://a.example';
  return {
    outage,
    fail: (nowMs: number, times = 1, where = origin) => {
      for (let time = 0; time < times; time++) outage.heard(where, true, nowMs);
    },
    answer: (nowMs: number, where = origin) => outage.heard(where, false, nowMs),
    /** Of a call that has just failed for the first time, unless told otherwise. */
    holds: (nowMs: number, { startedAt = nowMs, attempts = 1, limit = 2, where = origin } = {}) =>
      outage.holds(where, { startedAt, attempts, limit }, nowMs, random),
  };
};
/** Failures that two lost calls and the first attempt of another one make, with a limit of 2. */
const ENOUGH = 7;

describe('an origin that fails', () => {
  it('holds no call where none has failed', () => {
    const { holds, outage } = watch();
    expect(holds(9_999)).toBe(false);
    expect(outage.streaks.size).toBe(0);
  });

  it('is down once as many calls as two were lost, and the call that asks began late enough', () => {
    const { fail, holds } = watch();
    fail(0, ENOUGH - 1);
    expect([holds(5_000), holds(5_001)]).toEqual([false, false]);
    fail(100);
    // The first that is held back is a probe.
    expect([holds(1_000), holds(1_001)]).toEqual([false, true]);
  });

  it.each([
    [0, 3],
    [1, 5],
    [2, 7],
    [5, 13],
  ])('with a limit of %i that takes %i failures', (limit, count) => {
    for (const [failures, held] of [[count - 1, false], [count, true]] as const) {
      const { fail, holds } = watch();
      fail(0, failures);
      holds(2_000, { limit });
      expect(holds(2_001, { limit })).toBe(held);
    }
  }); // biome-ignore format: a table

  it('the call’s own failures don’t count', () => {
    const { fail, holds } = watch();
    fail(0, ENOUGH);
    holds(2_000);
    expect(holds(2_001, { attempts: 1 })).toBe(true);
    expect(holds(2_001, { attempts: 2 })).toBe(false);
    fail(2_001);
    expect(holds(2_002, { attempts: 2 })).toBe(true);
  });

  it('a call that began before that keeps all its retries', () => {
    const { fail, holds } = watch();
    fail(500, 100);
    holds(9_000);
    expect(holds(9_001, { startedAt: 1_499 })).toBe(false);
    expect(holds(9_001, { startedAt: 1_500 })).toBe(true);
  });

  it('counts for itself alone', () => {
    const { fail, holds } = watch();
    fail(0, 100);
    holds(2_000);
    expect([holds(2_001), holds(2_001, { where: 'https://b.example' })]).toEqual([true, false]);
  });
});

describe('probes', () => {
  /** When a call that asks every 10 ms is let through. */
  const probes = (untilMs: number, options = {}, random?: () => number) => {
    const { fail, holds } = watch(options, random);
    fail(0, 100);
    const times: number[] = [];
    for (let nowMs = 1_000; nowMs <= untilMs; nowMs += 10) {
      // Its first attempt is sent anyway.
      fail(nowMs);
      if (!holds(nowMs)) times.push(nowMs);
    }
    return times;
  };

  it('are one a gap, the first at once, and the gaps double up to the cap', () => {
    expect(probes(130_000)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 62_000, 92_000, 122_000]);
  });

  it('come at gaps that are counted from the first failure, whatever the clock says', () => {
    const { fail, holds } = watch();
    fail(500_000, 100);
    expect([501_000, 501_999, 502_000, 503_999, 504_000].map(nowMs => holds(nowMs))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('are never nearer than `firstMs`, nor further apart than `capMs`', () => {
    expect(probes(20_000, { firstMs: 4_000, capMs: 5_000 })).toEqual([1_000, 5_000, 10_000, 15_000, 20_000]);
  });

  it('come up to half a gap earlier, by chance', () => {
    expect(probes(6_000, {}, () => 0.5)).toEqual([1_000, 1_750, 3_070, 5_380]);
    expect(probes(3_000, {}, () => 0.999)).toEqual([1_000, 1_510, 2_270]);
  });
});

describe('the end of an outage', () => {
  it.each([
    ['any answer below 500', ({ answer }: ReturnType<typeof watch>) => answer(2_002)],
    ['no failure for as long as `capMs`', ({ fail }: ReturnType<typeof watch>) => fail(30_000)],
  ])('%s', (_, end) => {
    const watched = watch();
    const { fail, holds } = watched;
    fail(0, 100);
    holds(2_000);
    expect(holds(2_001)).toBe(true);
    end(watched);
    fail(30_001, ENOUGH - 2);
    expect([holds(40_000), holds(40_001)]).toEqual([false, false]);
  });

  it('is not there while failures come within `capMs`', () => {
    const { fail, holds } = watch();
    fail(0, 100);
    fail(29_999);
    holds(30_000);
    expect(holds(30_001)).toBe(true);
  });

  it('an origin that has answered since its last failure is forgiven six more', () => {
    const { fail, answer, holds } = watch();
    fail(0);
    answer(10);
    fail(20, ENOUGH + 5);
    holds(5_000);
    expect(holds(5_001)).toBe(false);
    fail(30);
    holds(5_002);
    expect(holds(5_003)).toBe(true);
  });

  it('and counts from the failure that is forgiven last', () => {
    const { fail, answer, holds } = watch();
    fail(0);
    answer(10);
    fail(5_000, 6);
    fail(6_000, 100);
    holds(6_999, { startedAt: 6_000 });
    expect(holds(6_999, { startedAt: 6_000 })).toBe(true);
    expect(holds(6_999, { startedAt: 5_999 })).toBe(false);
  });

  it('a long-gone failure is not what an answer forgives for', () => {
    const { fail, answer, outage } = watch();
    fail(0);
    answer(29_999);
    expect(outage.streaks.size).toBe(1);
    answer(30_000);
    expect(outage.streaks.size).toBe(0);
    fail(40_000);
    answer(40_001);
    answer(40_002);
    // What it waits for is a time without a failure, not without an answer.
    answer(70_000);
    expect(outage.streaks.size).toBe(0);
  });

  it('an origin that never failed is not remembered', () => {
    const { answer, outage } = watch();
    answer(0);
    expect(outage.streaks.size).toBe(0);
  });
});

describe('what an outage costs', () => {
  it('remembers a thousand origins, and forgets the oldest', () => {
    const { fail, outage } = watch();
    for (let n = 0; n < 1_000; n++) fail(n, 1, `o${n}`);
    fail(1_000, 1, 'o0');
    expect([outage.streaks.size, outage.streaks.has('o0')]).toEqual([1_000, true]);
    fail(1_001, 1, 'one more');
    expect(outage.streaks.size).toBe(1_000);
    expect(['o0', 'o1', 'one more'].map(each => outage.streaks.has(each))).toEqual([false, true, true]);
  });

  it('lets no more than a probe a gap through, whatever comes', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('fail', 'ask'), fc.integer({ min: 0, max: 2_000 })), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (each, chance) => {
        const { fail, holds } = watch({}, () => chance);
        fail(0, 100);
        let nowMs = 1_000;
        let probedMs = Number.NEGATIVE_INFINITY;
        for (const [step, passed] of each) {
          nowMs += passed;
          fail(nowMs);
          if (step !== 'ask' || holds(nowMs)) continue;
          expect(nowMs - probedMs).toBeGreaterThanOrEqual(500);
          probedMs = nowMs;
        }
      }),
    );
  });
});

describe('originOf', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    ['https://a.example/b?c=d', 'https://a.example'],
    ['https://user:pw@a.example:443/', 'https://a.example'],
    ['http://a.example:8080/', 'http://a.example:8080'],
    ['/orders', '/orders'],
    ['http://[bad', 'http://[bad'],
  ])('%s → %s', (url, origin) => expect(originOf(url)).toBe(origin));

  it('of a relative URL on a page is the page’s', () => {
    vi.stubGlobal('location', new URL('https://app.example/dir/page'));
    expect(originOf('/orders')).toBe('https://app.example');
  });
});
