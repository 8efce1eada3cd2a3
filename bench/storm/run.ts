/**
 * A fleet that must not storm: `npm run bench:storm`. With `--small` only what the library must reach, for CI. Exits with 1
 * where it doesn't reach that, or where the simulation is not what really happens.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { acceptance, NEEDED } from './acceptance.ts';
import { type Figures, figuresAtSizes } from './figures.ts';
import { growthOf } from './growth.ts';
import { check } from './live.ts';
import { ours, POLICIES, unlimited } from './policies.ts';
import { acceptanceTable, checkText, growthTable, report, scenarioTable } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { table } from './table.ts';
import { tunings } from './tuning.ts';

const FOLDER = new URL('../results/storm/', import.meta.url);
/** How far what is simulated may be from what is measured. */
const NEAR = 0.1;

const small = process.argv.includes('--small');
const scenarios = small
  ? SCENARIOS.filter(({ id }) => NEEDED.includes(id)).map(each => ({
      ...each,
      rounds: Math.ceil((each.rounds ?? 1) / 2),
    }))
  : SCENARIOS;
const policies = small ? [ours(), unlimited] : POLICIES;

// First of all, on a heap that nothing else has filled.
const growth = small ? [] : await growthOf(ours(), SCENARIOS[0]!, [100, 1_000, 10_000]);
const results: Record<string, readonly Figures[]> = {};
for (const scenario of scenarios) {
  const figures: Figures[] = [];
  for (const policy of policies) figures.push(...(await figuresAtSizes(scenario, policy)));
  results[scenario.id] = figures;
  console.log(`\n${scenario.title}\n\n${scenarioTable(figures)}`);
}
const rows = acceptance(results, ours().name, unlimited.name);
const checked = await check(ours());
console.log(`\n${acceptanceTable(rows)}\n\n${checkText(checked)}`);

if (!small) {
  const tuned = await tunings();
  for (const { title, heads, rows } of tuned) console.log(`\n${title}\n\n${table(heads, rows)}`);
  console.log(`\n${growthTable(growth)}`);
  // Only here, so that a run in CI loads no Vega.
  const { chartsOf } = await import('./charts.ts');
  const charts = await chartsOf(results);
  mkdirSync(FOLDER, { recursive: true });
  for (const [, file, svg] of charts) writeFileSync(new URL(file, FOLDER), svg);
  const figures = Object.entries(results).map(([id, each]) => [id, each.map(({ load, ...rest }) => rest)]);
  const json = { rows, check: checked, growth, tunings: tuned, results: Object.fromEntries(figures) };
  writeFileSync(new URL('storm.json', FOLDER), `${JSON.stringify(json, undefined, 1)}\n`);
  const parts = { scenarios, results, rows, tunings: tuned, growth, check: checked };
  writeFileSync(
    new URL('storm.md', FOLDER),
    report({ ...parts, charts: charts.map(([title, file]) => [title, file]) }),
  );
}
const isNear = Math.abs(checked.measured / checked.simulated - 1) <= NEAR;
if (!isNear || rows.some(({ reached }) => !reached)) process.exitCode = 1;
