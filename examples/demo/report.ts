import { clearLine, cursorTo } from 'node:readline';
import type { WriteStream } from 'node:tty';
import type { Figures, Tally } from './tally.ts';

/** Where the report goes: a terminal is rewritten, anything else gets plain lines. */
export type Out = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean };

const REWRITE_MS = 100;

/** Shows how far a run is: one line rewritten on a terminal, a line each quarter elsewhere. */
export const progressOn = (out: Out, name: string, calls: number) => {
  let shownAt = 0;
  let quarter = 0;
  return ({ attempts, endings }: Tally): void => {
    const done = endings.length;
    const failed = endings.filter(({ end }) => end === 'failed').length;
    const line = `${name.padEnd(18)} ${String(done).padStart(5)} of ${calls} calls, ${attempts} attempts, ${failed} failed`;
    if (out.isTTY) {
      const now = performance.now();
      if (now - shownAt < REWRITE_MS && done < calls) return;
      shownAt = now;
      const terminal = out as WriteStream;
      cursorTo(terminal, 0);
      clearLine(terminal, 0);
      out.write(done < calls ? line : `${line}\n`);
    } else if (Math.floor((4 * done) / calls) > quarter) {
      quarter = Math.floor((4 * done) / calls);
      out.write(`${line}\n`);
    }
  };
};

const ms = (value: number): string => (value < 10_000 ? `${Math.round(value)} ms` : `${Math.round(value / 1000)} s`);

const byReason = (figures: Figures): string =>
  [...figures.retries]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} × ${count}`)
    .join(', ') || 'none';

/** A row each: what it is called, and how it is read off a run's figures. */
const ROWS: readonly (readonly [string, (figures: Figures) => string])[] = [
  ['calls', ({ calls }) => String(calls)],
  ['attempts', ({ attempts }) => String(attempts)],
  ['retries', ({ retries }) => String([...retries.values()].reduce((sum, count) => sum + count, 0))],
  ['waited in all', ({ waitedMs }) => ms(waitedMs)],
  ['waits set by server', ({ serverWaits }) => String(serverWaits)],
  ['p50', ({ p50Ms }) => ms(p50Ms)],
  ['p99', ({ p99Ms }) => ms(p99Ms)],
  ['lost', ({ lost }) => String(lost)],
  ['duplicated', ({ duplicated }) => String(duplicated)],
  ['reported failed', ({ failed }) => String(failed)],
  ['  though applied', ({ failedButApplied }) => String(failedButApplied)],
  ['  called not applied', ({ misreported }) => String(misreported)],
  ['aborted', ({ aborted }) => String(aborted)],
];

/** The runs side by side. */
export const summaryOf = (runs: Readonly<Record<string, Figures>>): string => {
  const columns = Object.entries(runs);
  const line = (title: string, cells: readonly string[]) =>
    `  ${title.padEnd(22)}${cells.map(cell => cell.padStart(14)).join('')}`;
  return [
    line(
      '',
      columns.map(([name]) => name),
    ),
    ...ROWS.map(([title, read]) =>
      line(
        title,
        columns.map(([, figures]) => read(figures)),
      ),
    ),
    '',
    '  Retries by reason',
    ...columns.map(([name, figures]) => `  ${name.padEnd(22)}${byReason(figures)}`),
    '',
    '  lost: reported as done, not applied. duplicated: applied more than once. though applied: reported as failed, yet',
    '  applied; of these, "called not applied" were said to be rejected or not sent, which would be untrue.',
    '',
  ].join('\n');
};
