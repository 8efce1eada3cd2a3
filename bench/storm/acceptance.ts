/** What ours must reach with its defaults. */
import type { Figures } from './figures.ts';

/** The figures of a scenario, a policy and size each. */
export type Results = Readonly<Record<string, readonly Figures[]>>;

export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  readonly reached: boolean;
}

/** Calls an instance in the outage: 1,200 · 120 · 12 · 3. */
const AMPLIFICATION: Readonly<Record<number, number>> = { 10: 1.1, 100: 1.16, 1000: 1.75, 4000: 2.55 };
/** Half a point. */
const ALIKE = 0.005;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export const acceptance = (results: Results, oursName: string, unlimitedName: string): readonly Row[] => {
  const of = (id: string, name: string): readonly Figures[] => results[id]!.filter(({ policy }) => policy === name);
  const outage = of('outage', oursName).filter(({ instances }) => AMPLIFICATION[instances] !== undefined);
  const countedDown = of('counted-down', oursName);

  /** Success as without a limit, at every size. */
  const alike = (what: string, ...ids: readonly string[]): Row => {
    const pairs = ids.flatMap(id =>
      of(id, oursName).map(({ success }, index) => [success, of(id, unlimitedName)[index]!.success] as const),
    );
    return {
      what,
      measured: pairs.map(([mine]) => percent(mine)).join(' · '),
      wanted: `within half a point of ${[...new Set(pairs.map(([, other]) => percent(other)))].join(' · ')}`,
      reached: pairs.every(([mine, other]) => mine >= other - ALIKE),
    };
  };
  /** Success of at least so much, at every size. */
  const atLeast = (what: string, share: number, ...ids: readonly string[]): Row => {
    const successes = ids.flatMap(id => of(id, oursName).map(({ success }) => success));
    return {
      what,
      measured: successes.map(percent).join(' · '),
      wanted: share === 1 ? 'all' : `at least ${percent(share)}`,
      reached: successes.every(success => success >= share),
    };
  };

  return [
    {
      what: `Outage of 30 s, requests a call, ${outage.map(({ instances }) => instances).join(' · ')} instances`,
      measured: outage.map(({ amplification }) => amplification.toFixed(2)).join(' · '),
      wanted: `at most ${outage.map(({ instances }) => AMPLIFICATION[instances]!.toFixed(2)).join(' · ')}`,
      reached: outage.every(({ amplification, instances }) => amplification <= AMPLIFICATION[instances]!),
    },
    alike('Brown-out of 30 %, success at each size', 'brown-out-30'),
    alike('Brown-out of 60 %, success at each size', 'brown-out-60'),
    atLeast('Wall of 150/s with Retry-After: 1, 200 callers, success', 0.99, 'wall'),
    alike('Blip of 300 ms, success', 'blip-300'),
    alike('50 calls at cold start through a blip of 300 ms, success', 'cold-start'),
    alike('Limit 5 through a restart of 4 s, one and three callers, success', 'patient-1', 'patient-3'),
    {
      what: 'Counted-down 503, peak after the return by the load offered',
      measured: countedDown.map(({ peak }) => peak.toFixed(1)).join(' · '),
      wanted: 'at most 8',
      reached: countedDown.every(({ peak }) => peak <= 8),
    },
    atLeast('Counted-down 503, success of the calls of the outage', 0.4, 'counted-down'),
    atLeast('200 calls, each 503 once, one after another and 60 at a time, success', 1, 'each-503-1', 'each-503-60'),
  ];
};

/** The scenarios that these rows rest on. */
export const NEEDED: readonly string[] = [
  'outage',
  'brown-out-30',
  'brown-out-60',
  'wall',
  'blip-300',
  'cold-start',
  'patient-1',
  'patient-3',
  'counted-down',
  'each-503-1',
  'each-503-60',
];
