import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterServerMs,
  headersOf,
  isReplayed,
  isVetoed,
  parseHttpDate,
  retryAfterMs,
} from '../../src/policy/retry-after.ts';
import { chance } from './arbitraries.ts';

/** Wed, 04 Mar 2026 05:06:07 GMT. */
const NOW = Date.UTC(2026, 2, 4, 5, 6, 7);

const ask = (headers: HeadersInit, throttled = false, nowMs = NOW) =>
  retryAfterMs(new Headers(headers), nowMs, throttled);

describe('Retry-After', () => {
  it.each<[string, number | undefined]>([
    ['1', 1000],
    ['120', 120_000],
    ['0.25', 250],
    ['1.5', 1500],
    ['007', 7000],
    ['86400', 86_400_000],
    ['0', undefined],
    ['0.0', undefined],
    ['Wed, 04 Mar 2026 05:06:17 GMT', 10_000],
    ['Wednesday, 04-Mar-26 05:06:17 GMT', 10_000],
    ['Wed Mar  4 05:06:17 2026', 10_000],
    ['Sat Mar 14 05:06:07 2026', 864_000_000],
    ['Wed, 04 Mar 2026 05:06:07 GMT', undefined], // now
    ['Sun, 06 Nov 1994 08:49:37 GMT', undefined], // long ago
    // The same value from two layers is one value.
    ['7, 7', 7000],
    ['1.5, 1.5, 1.5', 1500],
    ['Wed, 04 Mar 2026 05:06:17 GMT, Wed, 04 Mar 2026 05:06:17 GMT', 10_000],
    // No time at all:
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['+5', undefined],
    ['5s', undefined],
    ['s5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['1.', undefined],
    ['.5', undefined],
    ['1,5', undefined],
    ['1.5.5', undefined],
    ['1x5', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['5, 10', undefined],
    ['5, 5, 10', undefined],
    ['5,5', undefined],
    ['5, 55', undefined],
    ['5, ', undefined],
    ['Wed, 04 Mar 2026 05:06:17 GMT, Wed, 04 Mar 2026 05:06:18 GMT', undefined],
    ['Wed, 04 Mar 2026 05:06:61 GMT', undefined],
    ['Wed, 04 Mar 2026 05:60:00 GMT', undefined],
    ['2026-03-04T05:06:17Z', undefined],
    ['Wed, 04 Mar 2026 05:06:17', undefined],
    ['Wed, 04 Mar 2026 05:06:17 CET', undefined],
    ['Wed, 04 Mar 2026 05:06:17 GMT+1', undefined],
    ['xWed, 04 Mar 2026 05:06:17 GMT', undefined],
    ['wed, 04 Mar 2026 05:06:17 GMT', undefined],
    ['Wed, 4 Mar 2026 05:06:17 GMT', undefined],
    ['Wed, 04 Mär 2026 05:06:17 GMT', undefined],
    ['Wed, 04 Foo 2026 05:06:17 GMT', undefined],
    ['Wed, 04 Mar 2026 25:06:17 GMT', undefined],
    ['Wed, 04 Mar 2026 5:06:17 GMT', undefined],
    ['Tue, 31 Feb 2027 05:06:17 GMT', undefined],
    ['xWed Mar  4 05:06:17 2026', undefined],
    ['Wed Mar  4 05:06:17 2026 GMT', undefined],
    ['Wed Mar 4 05:06:17 2026', undefined],
    ['Wed Mar  4 05:06:17 26', undefined],
    ['wed Mar  4 05:06:17 2026', undefined],
    ['Wedn Mar  4 05:06:17 2026', undefined],
    ['Wed mar  4 05:06:17 2026', undefined],
  ])('%j → %s', (value, ms) => {
    expect(ask({ 'retry-after': value })).toBe(ms);
  });

  it('takes a number too large for a number as for ever', () => {
    expect(ask({ 'retry-after': '9'.repeat(400) })).toBe(Number.POSITIVE_INFINITY);
  });

  it('wins over the rate-limit headers, also when it asks for nothing', () => {
    const rest = { ratelimit: '"a";r=0;t=30', 'ratelimit-reset': '40', 'x-ratelimit-reset': '50' };
    expect(ask({ ...rest, 'retry-after': '2' }, true)).toBe(2000);
    expect(ask({ ...rest, 'retry-after': '0' }, true)).toBe(undefined);
    expect(ask({ ...rest, 'retry-after': 'soon' }, true)).toBe(30_000);
    expect(ask(rest, true)).toBe(30_000);
    expect(ask({ ...rest, ratelimit: 'junk' }, true)).toBe(40_000);
    expect(ask({ 'x-ratelimit-reset': '50', 'ratelimit-reset': 'junk' }, true)).toBe(50_000);
  });

  it.each<[string, number | undefined]>([
    ['250', 250],
    ['0.5', 0.5],
    ['1500.75', 1500.75],
    ['0', undefined],
  ])('retry-after-ms: %s → %s, more exact than Retry-After', (value, ms) => {
    expect(ask({ 'retry-after-ms': value, 'retry-after': '7' })).toBe(ms);
  });

  it('retry-after-ms: junk is as if it were not there', () => {
    for (const value of ['', '-1', 'x', '1s', 'Wed, 04 Mar 2026 05:06:17 GMT']) {
      expect(ask({ 'retry-after-ms': value, 'retry-after': '7' })).toBe(7000);
    }
  });
});

describe('HTTP-date', () => {
  const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const forms = (date: Date) => {
    const [, day, month, year, time] = /, (\d\d) (\w{3}) (\d{4}) (\S+) GMT/.exec(date.toUTCString())!;
    const weekday = DAYS[date.getUTCDay()]!;
    return {
      imf: date.toUTCString(),
      rfc850: `${weekday}, ${day}-${month}-${year!.slice(2)} ${time} GMT`,
      asctime: `${weekday.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`,
    };
  };
  const dates = (min: number, max: number) =>
    fc.integer({ min: Date.UTC(min, 0) / 1000, max: Date.UTC(max, 0) / 1000 - 1 }).map(seconds => seconds * 1000);

  it('comes back from each of its three forms', () => {
    fc.assert(
      fc.property(dates(1977, 2077), ms => {
        for (const [form, value] of Object.entries(forms(new Date(ms))))
          expect(parseHttpDate(value, NOW), form).toBe(ms);
      }),
      { numRuns: 500 },
    );
  });

  it('reads two digits as the year that is at most 50 ahead (RFC 9110 §5.6.7)', () => {
    fc.assert(
      fc.property(dates(1990, 2200), fc.integer({ min: -49, max: 50 }), (nowMs, years) => {
        const year = new Date(nowMs).getUTCFullYear() + years;
        const ms = Date.UTC(year, 6, 15, 1, 2, 3);
        expect(parseHttpDate(forms(new Date(ms)).rfc850, nowMs)).toBe(ms);
      }),
      { numRuns: 500 },
    );
  });

  it('takes the leap second for the one that follows :59, in each form', () => {
    const ms = Date.UTC(2017, 0, 1);
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(ms);
    expect(parseHttpDate('Saturday, 31-Dec-16 23:59:60 GMT', NOW)).toBe(ms);
    expect(parseHttpDate('Sat Dec 31 23:59:60 2016', NOW)).toBe(ms);
    expect(ask({ 'retry-after': 'Sat, 31 Dec 2016 23:59:60 GMT' }, false, ms - 5000)).toBe(5000);
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:61 GMT', NOW)).toBe(undefined);
  });

  it('takes four digits as they are', () => {
    expect(parseHttpDate('Sun, 06 Nov 1960 08:49:37 GMT', NOW)).toBe(Date.UTC(1960, 10, 6, 8, 49, 37));
    expect(parseHttpDate('Sat Nov  6 08:49:37 2100', NOW)).toBe(Date.UTC(2100, 10, 6, 8, 49, 37));
    expect(parseHttpDate('Thu, 01 Jan 1970 00:00:00 GMT', NOW)).toBe(0);
  });

  it('is the same second whatever the zone of the machine', () => {
    expect(parseHttpDate('Sun Nov  6 08:49:37 1994', NOW)).toBe(784_111_777_000);
  });
});

describe('RateLimit', () => {
  it.each<[string, number | undefined]>([
    ['"default";r=0;t=30', 30_000],
    ['"default"; r=0; t=30', 30_000],
    ['"default" ; r=0 ; t=30 ; pk=:abc=:', 30_000],
    ['"default";t=30;r=0', 30_000],
    ['"default";r=0;t=030', 30_000],
    ['"minute";r=0;t=30, "hour";r=0;t=1800, "day";r=7;t=80000', 1_800_000],
    ['"hour";r=0;t=1800, "minute";r=0;t=30', 1_800_000],
    ['"with, comma";r=0;t=5', 5000],
    ['"";r=0;t=5', 5000],
    ['"a";pk="b, c";r=0;t=5', 5000],
    ['"a;r=0;t=7";r=1;t=5', undefined],
    ['"a";r=5;t=1, b;r=0;t=9', undefined],
    ['"a";r=0, "b";t=9', undefined],
    ['"a";t=9, b;r=0', undefined],
    ['"default";r=0;t=0', undefined],
    ['"default";r=1;t=30', undefined],
    ['"default";r=05;t=30', undefined],
    ['"default";r=0;t=-30', undefined],
    ['"default";r=0;t=1.5', undefined],
    ['"default";r=0;t=soon', undefined],
    ['"default";r=0;t=30x', undefined],
    ['"default";r=0', undefined],
    ['"default";t=30', undefined],
    ['"default";rr=0;t=30', undefined],
    ['"default";r=0;tt=30', undefined],
    ['"default" r=0 t=30', undefined],
    ['default;r=0;t=30', undefined],
    ['r=0;t=30', undefined],
    ['"default', undefined],
    ['', undefined],
    // An earlier draft's form.
    ['limit=100, remaining=0, reset=7', 7000],
    ['limit=100,remaining=0,reset=7', 7000],
    ['reset=7, remaining=0', 7000],
    ['limit=100, remaining=0, reset=70', 70_000],
    ['limit=100, remaining=05, reset=7', undefined],
    ['limit=100, remaining=0, reset=0', undefined],
    ['limit=100, remaining=0', undefined],
    ['limit=100, remaining=1, reset=7', undefined],
    ['limit=100, remaining=10, reset=7', undefined],
    ['limit=100, reset=7', undefined],
    ['reset=7', undefined],
    ['limit=100, remaining=0, resets=7', undefined],
    ['limit=100, notremaining=0, reset=7', undefined],
    ['limit=100, remaining=0, preset=7', undefined],
    ['"remaining=0, reset=7"', undefined],
    ['"a"; remaining=0; reset=7', undefined],
  ])('%j → %s', (value, ms) => {
    expect(ask({ ratelimit: value })).toBe(ms);
  });

  it.each<[string, number | undefined]>([
    ['limit=100, remaining=1, reset=7', 7000],
    ['limit=100, reset=7', 7000],
    ['limit=100, remaining=0, reset=7', 7000],
    ['"default";r=1;t=30', undefined],
    ['"a"; reset=7', undefined],
    ['limit=100', undefined],
  ])('a throttled answer with %j → %s', (value, ms) => {
    expect(ask({ ratelimit: value }, true)).toBe(ms);
  });
});

/** What a name of a reset begins with. */
const FAMILIES = ['ratelimit', 'x-ratelimit', 'x-rate-limit'];

describe('reset headers', () => {
  const nowSeconds = NOW / 1000;

  it.each<[string, number | undefined]>([
    ['30', 30_000],
    ['0.5', 500],
    ['0', undefined],
    ['999999999', 999_999_999_000],
    ['1000000000', undefined], // an epoch, in 2001
    [String(nowSeconds + 30), 30_000],
    [String(nowSeconds + 0.5), 500],
    [String(nowSeconds - 30), undefined],
    [String(NOW + 30_000), 30_000],
    [String(NOW - 30_000), undefined],
    ['999999999999', 999_999_999_999_000 - NOW],
    ['1000000000000', undefined], // 2001 again, in milliseconds
    ['soon', undefined],
    ['-30', undefined],
    ['', undefined],
  ])('a throttled answer with reset %j → %s', (value, ms) => {
    for (const family of FAMILIES) expect(ask({ [`${family}-reset`]: value }, true)).toBe(ms);
  });

  it.each<[string | undefined, boolean, boolean]>([
    [undefined, true, true],
    [undefined, false, false],
    ['0', false, true],
    ['0', true, true],
    ['0.0', false, true],
    ['0, 0', false, true],
    ['1', true, true],
    ['1', false, false],
    ['12', false, false],
    ['', false, false],
    ['junk', true, true],
    ['junk', false, false],
    ['-1', false, false],
  ])('with %j remaining, throttled %s: counts %s', (remaining, throttled, counts) => {
    for (const family of FAMILIES) {
      const headers = {
        [`${family}-reset`]: '9',
        ...(remaining !== undefined && { [`${family}-remaining`]: remaining }),
      };
      expect(ask(headers, throttled)).toBe(counts ? 9000 : undefined);
    }
  });

  it('what remains is asked of its own family alone', () => {
    for (const one of FAMILIES)
      for (const other of FAMILIES)
        expect(ask({ [`${one}-remaining`]: '0', [`${other}-reset`]: '9' })).toBe(one === other ? 9000 : undefined);
  });

  it('the plain form is asked first, then X-RateLimit, then X-Rate-Limit', () => {
    const all = { 'ratelimit-reset': '7', 'x-ratelimit-reset': '8', 'x-rate-limit-reset': '9' };
    expect(ask(all, true)).toBe(7000);
    expect(ask({ ...all, 'ratelimit-reset': 'junk' }, true)).toBe(8000);
    expect(ask({ ...all, 'ratelimit-reset': 'junk', 'x-ratelimit-reset': 'junk' }, true)).toBe(9000);
  });
});

describe('X-RateLimit-Retry-After', () => {
  it('is seconds, on any answer, after Retry-After and RateLimit, before a reset', () => {
    const name = 'x-ratelimit-retry-after';
    expect(ask({ [name]: '3' })).toBe(3000);
    expect(ask({ [name]: '0.5' })).toBe(500);
    expect(ask({ [name]: '0' })).toBe(undefined);
    expect(ask({ [name]: 'soon' })).toBe(undefined);
    expect(ask({ [name]: '3', 'retry-after': '2' })).toBe(2000);
    expect(ask({ [name]: '3', ratelimit: '"a";r=0;t=4' })).toBe(4000);
    expect(ask({ [name]: '3', 'ratelimit-reset': '5', 'x-ratelimit-reset': '5' }, true)).toBe(3000);
  });
});

describe('retryAfterMs', () => {
  it('asks for nothing without headers', () => {
    expect(ask({})).toBe(undefined);
    expect(ask({}, true)).toBe(undefined);
  });

  it('takes no long time over a long value', () => {
    const startedAt = performance.now();
    for (const value of [
      '7, '.repeat(5000),
      `${'7'.repeat(8000)}, ${'7'.repeat(7999)}`,
      ', '.repeat(8000),
      '1'.repeat(16_000),
    ])
      for (const name of ['retry-after', 'ratelimit', 'ratelimit-reset']) ask({ [name]: value }, true);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('never throws, and never gives NaN, nothing or less', () => {
    const junk = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.stringMatching(/^[\d.]{0,20}$/),
      fc.stringMatching(/^(limit=\d, )?(remaining=\d, )?(reset=[\dx]{1,3})$/),
      fc.stringMatching(/^"[a-z]{0,3}"(;[rt]=[0-9x]{1,3}){0,4}$/),
      fc.stringMatching(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/),
      fc.stringMatching(/^[A-Z][a-z]{2} (Jan|Feb) [ \d]\d \d\d:\d\d:\d\d \d{4}$/),
    );
    const names = [
      'retry-after',
      'retry-after-ms',
      'ratelimit',
      'ratelimit-reset',
      'x-ratelimit-reset',
      'x-ratelimit-remaining',
      'x-rate-limit-reset',
      'x-ratelimit-retry-after',
    ];
    const headers = fc.dictionary(fc.constantFrom(...names), junk, { noNullPrototype: true });
    fc.assert(
      fc.property(headers, fc.boolean(), fc.integer({ min: 0, max: 4e12 }), (values, throttled, nowMs) => {
        const ms = ask(values, throttled, nowMs);
        expect(ms === undefined || ms > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('headersOf', () => {
  const read = (response: unknown) => [...headersOf(response as Response)];

  it('are the answer’s own', () => {
    const { headers } = new Response('', { headers: { a: 'b' } });
    expect(headersOf({ headers } as Response)).toBe(headers);
  });

  it.each<[string, object, [string, string][]]>([
    ['none', {}, []],
    ['null', { headers: null }, []],
    ['a plain object', { headers: { 'Retry-After': '7' } }, [['retry-after', '7']]],
    ['pairs', { headers: [['Retry-After', '7']] }, [['retry-after', '7']]],
    ['what are no headers', { headers: { 'a b': 'c' } }, []],
    ['a text', { headers: 'Retry-After: 7' }, []],
  ])('of a stranger: %s', (_, response, headers) => expect(read(response)).toEqual(headers));
});

describe('afterServerMs', () => {
  const after = (serverMs: number, throttled: boolean, random = 0.5, remainingMs = Number.POSITIVE_INFINITY) =>
    afterServerMs(serverMs, { throttled, remainingMs, random: () => random });

  it('adds up to a tenth, and at most a second, where one client was throttled', () => {
    expect(after(1000, true, 0)).toBe(1000);
    expect(after(1000, true)).toBe(1050);
    expect(after(10_000, true)).toBe(10_500);
    expect(after(60_000, true)).toBe(60_500);
  });

  it('adds up to as long again where every client was told', () => {
    expect(after(1000, false, 0)).toBe(1000);
    expect(after(1000, false)).toBe(1500);
    expect(after(60_000, false)).toBe(90_000);
  });

  it('is cut to what the call has left, and no shorter than the server’s time', () => {
    expect(after(1000, false, 0.5, 1600)).toBe(1300);
    expect(after(1000, true, 0.5, 1060)).toBe(1030);
    expect(after(1000, false, 0.5, 1000)).toBe(1000);
    expect(after(1000, false, 0.5, 400)).toBe(1000);
  });

  it('never undercuts the server, and never ends at the deadline where it need not', () => {
    const ms = fc.double({ min: 0.001, max: 2 ** 31, noNaN: true });
    fc.assert(
      fc.property(ms, ms, fc.boolean(), chance, (serverMs, remainingMs, throttled, random) => {
        const waitMs = after(serverMs, throttled, random, remainingMs);
        expect(waitMs).toBeGreaterThanOrEqual(serverMs);
        expect(waitMs).toBeLessThanOrEqual(serverMs + (throttled ? Math.min(1000, serverMs / 10) : serverMs));
        if (serverMs <= remainingMs) expect(waitMs).toBeLessThanOrEqual(remainingMs);
      }),
    );
  });
});

describe('vetoes', () => {
  it.each<[HeadersInit, boolean, boolean]>([
    [{}, false, false],
    [{ 'x-should-retry': 'false' }, true, false],
    [{ 'X-Should-Retry': 'true' }, false, false],
    [{ 'stripe-should-retry': 'false' }, true, false],
    [{ 'stripe-should-retry': 'true' }, false, false],
    [{ 'Idempotent-Replayed': 'true' }, true, true],
    [{ 'idempotent-replayed': 'false' }, false, false],
  ])('%j: vetoed %s, replayed %s', (headers, vetoed, replayed) => {
    expect(isVetoed(new Headers(headers))).toBe(vetoed);
    expect(isReplayed(new Headers(headers))).toBe(replayed);
  });
});
