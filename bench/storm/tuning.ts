/** Where the numbers come from: each of them shorter and longer than it is, and what that costs. */
import { figuresOf } from './figures.ts';
import { fullJitter, loop } from './loop.ts';
import { ours } from './policies.ts';
import type { Policy } from './policy.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

export interface Tuning {
  readonly title: string;
  /** What is measured; the first column names the number. */
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Measure = readonly [
  head: string,
  id: string,
  instances: number,
  figure: 'amplification' | 'success' | 'peak' | 'p50Ms' | 'p95Ms',
];

const scenario = (id: string): Scenario => SCENARIOS.find(each => each.id === id)!;

const cell = (figure: Measure[3], value: number | null): string => {
  if (value === null) return '–';
  if (figure === 'success') return `${(value * 100).toFixed(1)} %`;
  return figure.endsWith('Ms') ? `${(value / 1000).toFixed(2)} s` : value.toFixed(2);
};

const tune = async (
  title: string,
  first: string,
  policies: readonly (readonly [string, Policy])[],
  measures: readonly Measure[],
): Promise<Tuning> => {
  const rows: string[][] = [];
  for (const [value, policy] of policies) {
    const row = [value];
    for (const [, id, instances, figure] of measures) {
      const figures = await figuresOf(
        { ...scenario(id), rounds: Math.min(5, scenario(id).rounds ?? 1) },
        instances,
        policy,
      );
      row.push(cell(figure, figures[figure]));
    }
    rows.push(row);
  }
  return { title, heads: [first, ...measures.map(([head]) => head)], rows };
};

const SPANS = [250, 500, 1_000, 2_000, 4_000, 8_000];
const FIRSTS = [250, 1_000, 2_000, 4_000, 8_000];
const CAPS = [5_000, 15_000, 30_000, 60_000];
const BASES = [50, 100, 300, 500, 1_000, 2_000];

/** Full jitter from another base, for every class. */
const backoff =
  (baseMs: number) =>
  ({ attempt, random }: { readonly attempt: number; readonly random: () => number }): number =>
    random() * Math.min(8_000, baseMs * 2 ** (attempt - 1));

const plainWait = fullJitter(500, 8_000);
/** Without a limit, since the spread is no option: after the server's time a wait of anything up to this. */
const spreading = (name: string, spreadMs: (serverMs: number) => number): readonly [string, Policy] => [
  name,
  {
    name,
    make: surroundings =>
      loop(surroundings, {
        limit: surroundings.limit,
        waitMs: failure =>
          failure.serverMs === undefined
            ? plainWait(failure)
            : failure.serverMs + failure.runtime.random() * spreadMs(failure.serverMs),
      }),
  },
];
const SPREADS = [
  spreading('a tenth, at most 1 s', ms => Math.min(ms / 10, 1_000)),
  spreading('a quarter', ms => ms / 4),
  spreading('half', ms => ms / 2),
  spreading('the whole, at most 1 s', ms => Math.min(ms, 1_000)),
  spreading('the whole', ms => ms),
  spreading('twice', ms => 2 * ms),
];

export const tunings = async (): Promise<readonly Tuning[]> => [
  await tune(
    '`outage.spanMs`: what a shorter and a longer one cost',
    'spanMs',
    SPANS.map(spanMs => [String(spanMs), ours({ outage: { spanMs } })]),
    [
      ['outage of 30 s, requests a call, 10 instances', 'outage', 10, 'amplification'],
      ['100', 'outage', 100, 'amplification'],
      ['1,000', 'outage', 1_000, 'amplification'],
      ['4,000', 'outage', 4_000, 'amplification'],
      ['blip of 300 ms, success, 10 instances', 'blip-300', 10, 'success'],
      ['blip of 2 s, 10', 'blip-2000', 10, 'success'],
      ['1,000', 'blip-2000', 1_000, 'success'],
      ['restart of 4 s, limit 5, 10', 'restart-4-5', 10, 'success'],
      ['1,000', 'restart-4-5', 1_000, 'success'],
      ['brown-out of 60 %, 1,000', 'brown-out-60', 1_000, 'success'],
    ],
  ),
  await tune(
    '`outage.firstMs`',
    'firstMs',
    FIRSTS.map(firstMs => [String(firstMs), ours({ outage: { firstMs } })]),
    [
      ['outage of 30 s, requests a call, 10 instances', 'outage', 10, 'amplification'],
      ['100', 'outage', 100, 'amplification'],
      ['1,000', 'outage', 1_000, 'amplification'],
      ['4,000', 'outage', 4_000, 'amplification'],
      ['10,000', 'outage', 10_000, 'amplification'],
      ['brown-out of 60 %, success, 1,000 instances', 'brown-out-60', 1_000, 'success'],
      ['4,000', 'brown-out-60', 4_000, 'success'],
    ],
  ),
  await tune(
    '`outage.capMs`',
    'capMs',
    CAPS.map(capMs => [String(capMs), ours({ outage: { capMs } })]),
    [
      ['outage of 30 s, requests a call, 10 instances', 'outage', 10, 'amplification'],
      ['100', 'outage', 100, 'amplification'],
      ['1,000', 'outage', 1_000, 'amplification'],
      ['4,000', 'outage', 4_000, 'amplification'],
      ['10,000', 'outage', 10_000, 'amplification'],
      ['brown-out of 60 %, success, 1,000 instances', 'brown-out-60', 1_000, 'success'],
      ['4,000', 'brown-out-60', 4_000, 'success'],
    ],
  ),
  await tune(
    'Base of the backoff',
    'baseMs',
    BASES.map(baseMs => [String(baseMs), ours({ backoff: backoff(baseMs) })]),
    [
      ['cold start, success', 'cold-start', 1, 'success'],
      ['blip of 300 ms, success', 'blip-300', 1_000, 'success'],
      ['p95', 'blip-300', 1_000, 'p95Ms'],
      ['blip of 2 s, success', 'blip-2000', 1_000, 'success'],
      ['p95', 'blip-2000', 1_000, 'p95Ms'],
      ['brown-out of 30 %, p95', 'brown-out-30', 1_000, 'p95Ms'],
      ['wall without Retry-After, success', 'wall-silent', 20, 'success'],
      ['p95', 'wall-silent', 20, 'p95Ms'],
    ],
  ),
  await tune("Spread after the server's time, no limit", 'spread', SPREADS, [
    ['counted-down 503, peak', 'counted-down', 1_000, 'peak'],
    ['success', 'counted-down', 1_000, 'success'],
    ['p50', 'counted-down', 1_000, 'p50Ms'],
    ['wall, bucket, success', 'wall', 20, 'success'],
    ['p95', 'wall', 20, 'p95Ms'],
    ['wall, windows, success', 'wall-windows', 20, 'success'],
    ['p95', 'wall-windows', 20, 'p95Ms'],
  ]),
];
