/** The whole benchmark: `npm run bench`; `npm run bench:quick` does a little of everything, to see that it runs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { bundle, ROOT } from './bundle.ts';
import { CONTESTANTS } from './contestants.ts';
import { costsOf, type Table } from './costs.ts';
import { importsOf } from './imports.ts';
import { endCrew, startCrew } from './measure.ts';
import { start } from './processes.ts';
import { remainsOf } from './remains.ts';
import { report } from './report.ts';
import { sizes } from './sizes.ts';
import { chart } from './svg.ts';
import type { WorkName } from './work.ts';

/** Rounds of each work. */
const ROUNDS: Readonly<Record<WorkName, number>> = {
  'get-stub': 40,
  'post-stub': 30,
  get: 60,
  post: 40,
  'get-64': 40,
  'post-1mb': 20,
  download: 7,
  'retry-stub': 25,
  retry: 25,
  'retry-64': 20,
};
/** Where allocations are counted too. */
const COUNTED: readonly WorkName[] = ['get-stub', 'post-stub', 'get-64', 'retry'];
const CHARTS: readonly WorkName[] = ['get', 'get-64', 'get-stub', 'retry'];

const quick = process.argv.includes('--quick');
const began = performance.now();
const say = (text: string) => console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);

/** How much of each work is done. A quick run spares the start of a process for each of them. */
const planFor = (work: WorkName) => {
  const warm = work === 'download' ? 4 : 8;
  if (quick) return { rounds: 1, share: 0.05, warmUp: work === 'download' ? 0 : 1, counted: false };
  return { rounds: ROUNDS[work], share: 1, warmUp: warm, counted: COUNTED.includes(work) };
};

bundle();
const server = await start('server.ts');
const online = quick ? await startCrew(CONTESTANTS, false, server) : undefined;
const offline = quick ? await startCrew(CONTESTANTS, true, server) : undefined;
const tables: Table[] = [];
for (const work of Object.keys(ROUNDS) as WorkName[]) {
  say(work);
  const crew = work.endsWith('-stub') ? offline : online;
  tables.push(await costsOf(work, CONTESTANTS, server, planFor(work), crew));
}
for (const crew of [online, offline]) if (crew) endCrew(crew);
server.end();
say('waiting');
const waiting = await remainsOf('waiting', quick ? 500 : 10_000);
say('one long-lived signal');
const signal = await remainsOf('signal', quick ? 500 : 100_000);
say('cold imports');
const imports = await importsOf(quick ? 1 : 9);
say('sizes');
const results = {
  runtime: `Node ${process.version.slice(1)}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  command: quick ? 'npm run bench:quick' : 'npm run bench',
  tables,
  waiting,
  signal,
  imports,
  sizes: await sizes(),
};

const folder = `${ROOT}bench/results`;
mkdirSync(folder, { recursive: true });
const name = quick ? 'quick' : 'bench';
writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(results, undefined, 1)}\n`);
writeFileSync(`${folder}/${name}.md`, report(results));
if (!quick) {
  for (const table of tables)
    if (CHARTS.includes(table.work)) writeFileSync(`${folder}/${table.work}.svg`, chart(table));
}
for (const { title, rows } of tables) {
  for (const { name, failed } of rows) {
    if (!failed) continue;
    say(`${title}: ${name} ${failed}`);
    process.exitCode = 1;
  }
}
say(`bench/results/${name}.md`);
