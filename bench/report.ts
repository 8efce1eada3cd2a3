/** Figures as Markdown. */
import type { Row, Table } from './costs.ts';
import type { Ratio } from './statistics.ts';

export const ratioText = ({ ratio, low, high }: Ratio): string =>
  `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export const markdown = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
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
