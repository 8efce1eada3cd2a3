/** Figures as Markdown. */
import type { Row, Table } from './costs.ts';
import type { Import } from './imports.ts';
import type { Remains } from './remains.ts';
import type { Size } from './sizes.ts';
import type { Ratio } from './statistics.ts';

const ratioText = ({ ratio, low, high }: Ratio): string => `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

const markdown = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map((_, column) => (column === 0 ? '---' : '--:')), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n');

const cells = ({ name, failed, cpuUs, wallUs, ratio, beside, bytes, sockets }: Row): string[] =>
  failed
    ? [name, `failed: ${failed.slice(0, 60)}`, '', '', '', '', '']
    : [
        name,
        ratioText(ratio),
        beside ? `${ratioText(beside)} of ${beside.name}` : '',
        cpuUs.toFixed(1),
        wallUs.toFixed(1),
        bytes === undefined || Number.isNaN(bytes) ? '' : kilobytes(bytes),
        String(sockets),
      ];

/** Ratios of medians of client CPU, and between which the middle half of the rounds lies. */
export const tableOf = ({ title, calls, rows }: Table): string =>
  `### ${title}\n\n${markdown(
    ['', 'of bare fetch', 'of its likeness', 'CPU µs', 'wall µs', 'allocated on top', `sockets, ${calls} calls`],
    rows.map(cells),
  )}\n`;

const ratiosOf = (tables: readonly Table[]): string => {
  const names = [...new Set(tables.flatMap(({ rows }) => rows.map(({ name }) => name)))];
  return markdown(
    ['client CPU, × bare fetch', ...tables.map(({ title }) => title)],
    names.map(name => [
      name,
      ...tables.map(({ rows }) => {
        const row = rows.find(each => each.name === name);
        if (!row) return '–';
        return row.failed ? 'failed' : ratioText(row.ratio);
      }),
    ]),
  );
};

const remainsTable = ({ rows }: Remains): string =>
  markdown(
    ['', 'bytes a call', 'timers a call', 'listeners left'],
    rows.map(({ name, bytes, timers, listeners }) =>
      bytes === undefined || timers === undefined
        ? [name, 'failed', '', '']
        : [name, bytes.toFixed(0), timers.toFixed(0), String(listeners)],
    ),
  );

export interface Results {
  readonly runtime: string;
  readonly command: string;
  readonly tables: readonly Table[];
  readonly waiting: Remains;
  readonly signal: Remains;
  readonly imports: readonly Import[];
  readonly sizes: readonly Size[];
}

/** Everything, the overview first. */
export const report = ({ runtime, command, tables, waiting, signal, imports, sizes }: Results): string =>
  [
    `# ${command}`,
    `${runtime}. Client CPU is user and system time of the client's process, the server runs in another. Each ratio is one of
medians in the same run; in brackets, between which the middle half of the rounds lies. What the second copy of bare fetch
shows is noise. Every client: 3 retries on 429 and 5xx, exponential, 10 s timeout where nothing else is said.`,
    '## Overview',
    ratiosOf(tables),
    '## Each work',
    ...tables.map(tableOf),
    `## ${waiting.count} calls waiting in their backoff, stub`,
    remainsTable(waiting),
    `## ${signal.count} calls on one long-lived signal, stub`,
    remainsTable(signal),
    '## Cold import',
    markdown(
      ['', 'ms', 'middle half'],
      imports.map(({ name, ms, low, high }) => [name, ms.toFixed(1), `${low.toFixed(1)}–${high.toFixed(1)}`]),
    ),
    '## Size, min + brotli',
    markdown(
      ['', 'own code', 'with all it needs'],
      sizes.map(({ name, own, whole }) => [name, own === undefined ? '' : kilobytes(own), kilobytes(whole)]),
    ),
    '',
  ].join('\n\n');
