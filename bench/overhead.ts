/** The price of ours beside bare fetch and ky: `node bench/overhead.ts [rounds]`. */
import { CONTESTANTS, CONTROL } from './contestants.ts';
import { measure, measureBytes } from './measure.ts';
import { start } from './processes.ts';
import { median, ratioOf } from './statistics.ts';
import type { WorkName } from './work.ts';

const rounds = Number(process.argv[2] ?? 15);
const works = (process.argv[3]?.split(',') ?? ['get-stub', 'post-stub', 'get', 'get-64']) as WorkName[];
const entries = CONTESTANTS.filter(({ file }) => ['bare', 'ours', 'ky'].includes(file));

const server = await start('server.ts');
for (const work of works) {
  const samples = await measure(work, entries, server, { rounds, share: 1 });
  const bytes = await measureBytes(work, entries, server);
  const cpuOf = (name: string) =>
    samples.find(({ entry }) => entry.name === name)?.costs.map(({ cpuUs }) => cpuUs) ?? [];
  const base = cpuOf(CONTROL);
  console.log(`\n${work}`);
  console.table(
    Object.fromEntries(
      samples.map(({ entry: { name }, sockets }) => {
        const { ratio, low, high } = ratioOf(cpuOf(name), base);
        const more = Math.round((bytes.get(name) ?? Number.NaN) - (bytes.get(CONTROL) ?? Number.NaN));
        const cpu = `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
        return [
          name,
          { 'CPU µs': median(cpuOf(name)).toFixed(1), cpu, 'bytes on top': more, sockets: median(sockets) },
        ];
      }),
    ),
  );
}
server.end();
