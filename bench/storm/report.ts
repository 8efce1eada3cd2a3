/** Everything as Markdown. */
import type { Results, Row } from './acceptance.ts';
import type { Figures } from './figures.ts';
import type { Growth } from './growth.ts';
import type { Check } from './live.ts';
import type { Scenario } from './scenarios.ts';
import { table } from './table.ts';
import type { Tuning } from './tuning.ts';

const seconds = (ms: number | null): string => (ms === null ? '–' : (ms / 1000).toFixed(2));

/** Requests a call · success · median / 95th percentile · peak. */
const cell = ({ amplification, success, p50Ms, p95Ms, peak }: Figures): string =>
  [
    amplification.toFixed(2),
    `${(success * 100).toFixed(1)} %`,
    `${seconds(p50Ms)} / ${seconds(p95Ms)} s`,
    `${peak.toFixed(1)}`,
  ].join(' · ');

export const acceptanceTable = (rows: readonly Row[]): string =>
  table(
    ['', 'measured', 'wanted', ''],
    rows.map(({ what, measured, wanted, reached }) => [what, measured, wanted, reached ? 'yes' : 'NO']),
  );

export const scenarioTable = (figures: readonly Figures[]): string => {
  const sizes = [...new Set(figures.map(({ instances }) => instances))];
  const names = [...new Set(figures.map(({ policy }) => policy))];
  return table(
    ['', ...sizes.map(size => `${size.toLocaleString('en')} instance${size === 1 ? '' : 's'}`)],
    names.map(name => [name, ...figures.filter(({ policy }) => policy === name).map(cell)]),
  );
};

export const growthTable = (rows: readonly Growth[]): string =>
  table(
    ['instances', 'seconds', 'kB held'],
    rows.map(({ instances, seconds, bytes }) => [
      instances.toLocaleString('en'),
      seconds.toFixed(2),
      (bytes / 1000).toFixed(0),
    ]),
  );

export const checkText = ({ calls, measured, simulated }: Check): string =>
  `${calls.toLocaleString('en')} calls: ${measured.toFixed(2)} requests a call really, ${simulated.toFixed(2)} as simulated.`;

export interface Report {
  readonly scenarios: readonly Scenario[];
  readonly results: Results;
  readonly rows: readonly Row[];
  readonly tunings: readonly Tuning[];
  readonly growth: readonly Growth[];
  readonly check: Check;
  /** Each a title and the name of its file. */
  readonly charts: readonly (readonly [title: string, file: string])[];
}

const MODEL = `A fleet makes 400 calls a second, by any of its instances, each with a state of its own. The service has 40 workers who
need 50 ms for a request on average (exponentially distributed), so that it can serve 800 a second; 400 may queue, whoever
finds the queue full is told 503. A failure is heard of after 100 ms. Time is virtual, chance is seeded, and every policy
meets the same calls. Three attempts for everybody, where nothing else is said.

- **holdfast**: the library itself: \`createFetch\` with its defaults, given the \`fetch\` and the \`runtime\` of the simulation
- **no limit**: our backoff, and nothing that limits it
- **first edition**: a budget of 100 an instance, a retry takes 1, a success gives 0.1 back
- **AWS 2026**: the AWS SDKs' standard mode; base 50 ms, 1 s where throttled; quota of 500, 14 a retry, 5 where throttled
- **gRPC A6**: base 100 ms up to 1 s; 10 tokens, a failure takes 1, a success gives 0.1 back, no retry at 5 or less
- **Finagle**: a fifth of the calls and 10 a second may be repeated, counted over 10 s; our backoff
- **guide loop**: 1 s, 2 s, no jitter, \`Retry-After\` obeyed
- **ky**: 0.3 s, 0.6 s, no jitter, \`Retry-After\` obeyed`;

const LEGEND = `In each cell, of the calls that began while it lasted: requests a call · share that succeeded · latency of those, median / 95th
percentile · the busiest second after it was over, as a multiple of the calls offered.`;

export const report = ({ scenarios, results, rows, tunings, growth, check, charts }: Report): string =>
  [
    '# npm run bench:storm',
    MODEL,
    '## What the library must reach',
    acceptanceTable(rows),
    ...charts.map(([title, file]) => `![${title}](${file})`),
    '## Every scenario',
    LEGEND,
    ...scenarios.flatMap(({ id, title }) => [`### ${title}`, scenarioTable(results[id]!)]),
    '## Where the numbers come from',
    ...tunings.flatMap(({ title, heads, rows: cells }) => [`### ${title}`, table(heads, cells)]),
    '## Ten times the instances',
    'The outage of 30 s, simulated for the library alone, and what its fleet holds of the heap after the last call.',
    growthTable(growth),
    '## The same, really',
    '200 callers of 20 instances and a server on this machine, an outage of 5 s.',
    checkText(check),
    '',
  ].join('\n\n');
