/** Figures as SVG, drawn by Vega without a browser. */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Results } from './acceptance.ts';
import type { Figures } from './figures.ts';
import { SLOT_MS } from './fleet.ts';
import { OFFERED } from './scenarios.ts';

const WIDTH = 640;
const HEIGHT = 300;
/** Ours stands out, what it is measured by is dark, the others are told apart. */
const COLOURS: readonly string[] = [
  '#0b7285',
  '#343a40',
  '#f08c00',
  '#e03131',
  '#9c36b5',
  '#2f9e44',
  '#868e96',
  '#4263eb',
];
/** A point of a line each half second. */
const STEP = 5;

type Value = Readonly<Record<string, string | number>>;

interface Axis {
  readonly field: string;
  readonly title: string;
  readonly scale?: 'linear' | 'log' | 'sqrt';
  /** Where it is marked, if not at round numbers. */
  readonly marks?: readonly number[];
}

const axis = ({ field, title, scale = 'linear', marks }: Axis) => ({
  field,
  type: 'quantitative' as const,
  title,
  scale: { type: scale, nice: false },
  ...(marks && { axis: { values: [...marks] } }),
});

const lines = (
  title: string,
  policies: readonly string[],
  values: readonly Value[],
  x: Axis,
  y: Axis,
): TopLevelSpec => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: 'white',
  config: { font: 'sans-serif' },
  title,
  width: WIDTH,
  height: HEIGHT,
  // The last one is drawn on top: ours.
  data: { values: values.toReversed() as Record<string, unknown>[] },
  mark: 'line',
  encoding: {
    x: axis(x),
    y: axis(y),
    color: {
      field: 'policy',
      type: 'nominal',
      title: null,
      scale: { domain: [...policies], range: COLOURS.slice(0, policies.length) },
    },
    strokeWidth: { condition: { test: `datum.policy === '${policies[0]}'`, value: 3 }, value: 1.2 },
  },
});

const draw = (spec: TopLevelSpec): Promise<string> => new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();

const namesIn = (figures: readonly Figures[]): readonly string[] => [...new Set(figures.map(({ policy }) => policy))];

/** Load over time, a line a policy. */
const load = (title: string, figures: readonly Figures[], untilS: number): TopLevelSpec => {
  const values = figures.flatMap(({ policy, load }) => {
    const points: Value[] = [];
    for (let slot = 0; slot + STEP <= load.length && slot * SLOT_MS < untilS * 1000; slot += STEP) {
      const requests = load.slice(slot, slot + STEP).reduce((sum, each) => sum + each, 0);
      points.push({ policy, second: (slot * SLOT_MS) / 1000, load: (requests * 1000) / (STEP * SLOT_MS * OFFERED) });
    }
    return points;
  });
  return lines(
    title,
    namesIn(figures),
    values,
    { field: 'second', title: 'seconds' },
    { field: 'load', title: 'requests a second, by calls a second', scale: 'sqrt' },
  );
};

/** Title, file, and how it is made. */
type Chart = readonly [title: string, file: string, make: (title: string) => TopLevelSpec];

export const chartsOf = async (
  results: Results,
): Promise<readonly (readonly [title: string, file: string, svg: string])[]> => {
  const of = (id: string, instances: number) => results[id]!.filter(each => each.instances === instances);
  const brownOuts = Object.keys(results).filter(id => id.startsWith('brown-out-'));
  const charts: readonly Chart[] = [
    [
      'Outage of 30 s: what it costs, by the size of the fleet',
      'outage.svg',
      title =>
        lines(
          title,
          namesIn(results.outage!),
          results.outage!.map(({ policy, instances, amplification }) => ({ policy, instances, amplification })),
          {
            field: 'instances',
            title: 'instances, 400 calls a second in all',
            scale: 'log',
            marks: [10, 100, 1_000, 4_000, 10_000],
          },
          { field: 'amplification', title: 'requests a call' },
        ),
    ],
    [
      'Brown-out, 10 instances: calls that succeed',
      'brown-out.svg',
      title =>
        lines(
          title,
          namesIn(results.outage!),
          brownOuts.flatMap(id =>
            of(id, 10).map(({ policy, success }) => ({
              policy,
              failing: Number(id.slice('brown-out-'.length)),
              success: success * 100,
            })),
          ),
          { field: 'failing', title: '% of the requests that fail', marks: [10, 20, 30, 40, 50, 60] },
          { field: 'success', title: '% of the calls that succeed' },
        ),
    ],
    ['Load: outage of 30 s, 100 instances', 'load-outage.svg', title => load(title, of('outage', 100), 45)],
    [
      'Load: 503 whose Retry-After counts down, 1,000 instances',
      'load-counted-down.svg',
      title => load(title, of('counted-down', 1_000), 64),
    ],
    [
      'Load: restart of 10 s, limit 5, 1,000 instances',
      'load-restart.svg',
      title => load(title, of('restart-10-5', 1_000), 24),
    ],
    ['Load: brown-out of 60 %, 10 instances', 'load-brown-out.svg', title => load(title, of('brown-out-60', 10), 59)],
  ];
  return Promise.all(charts.map(async ([title, file, make]) => [title, file, await draw(make(title))] as const));
};
