/** Cold imports, in turns, each in a fresh process. */
import { start } from './processes.ts';
import { median, quantile } from './statistics.ts';

export interface Import {
  readonly name: string;
  readonly ms: number;
  readonly low: number;
  readonly high: number;
}

const OURS = new URL('../dist/index.js', import.meta.url).href;

/** Name, what is timed, what is there already. */
const IMPORTS: readonly (readonly [name: string, timed: readonly string[], before?: readonly string[]])[] = [
  ['holdfast', [OURS]],
  ['holdfast, over ky and ts-pattern', [OURS], ['ky', 'ts-pattern']],
  ['ky', ['ky']],
  ['ts-pattern', ['ts-pattern']],
  ['fetch-retry', ['fetch-retry']],
  ['p-retry', ['p-retry']],
  ['cockatiel', ['cockatiel']],
  ['ofetch', ['ofetch']],
  ['wretch + retry + abort', ['wretch', 'wretch/middlewares/retry', 'wretch/addons/abort']],
  ['ffetch', ['@fetchkit/ffetch']],
  ['up-fetch', ['up-fetch']],
  ['xior + error-retry', ['xior', 'xior/plugins/error-retry']],
  ['got', ['got']],
  ['axios + axios-retry', ['axios', 'axios-retry']],
  ['undici', ['undici']],
];

export const importsOf = async (rounds: number): Promise<Import[]> => {
  const times = IMPORTS.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, [, timed, before = []]] of IMPORTS.entries()) {
      const { first } = await start('importing.ts', [JSON.stringify([before, timed])]);
      times[index]!.push(first as number);
    }
  }
  return IMPORTS.map(([name], index) => {
    const ms = times[index]!;
    return { name, ms: median(ms), low: quantile(ms, 0.25), high: quantile(ms, 0.75) };
  });
};
