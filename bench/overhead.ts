/** The price of ours beside bare fetch and ky: `node bench/overhead.ts [rounds] [work,work]`. */
import { bundle } from './bundle.ts';
import { CONTESTANTS } from './contestants.ts';
import { costsOf } from './costs.ts';
import { start } from './processes.ts';
import { tableOf } from './report.ts';
import type { WorkName } from './work.ts';

const rounds = Number(process.argv[2] ?? 20);
const works = (process.argv[3]?.split(',') ?? ['get-stub', 'post-stub', 'get', 'get-64']) as WorkName[];

bundle();
const entries = CONTESTANTS.filter(({ file }) => ['bare', 'ours', 'ky'].includes(file));
const server = await start('server.ts');
for (const work of works) {
  console.log(tableOf(await costsOf(work, entries, server, { rounds, share: 1, warmUp: 5, counted: true })));
}
server.end();
