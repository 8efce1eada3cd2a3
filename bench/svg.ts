/** A bar chart of ratios: the bar ends at the ratio of medians, the line spans the middle half of the rounds. */
import type { Table } from './costs.ts';

const LEFT = 210;
const SCALE = 420;
const STEP = 18;
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

export const chart = ({ title, rows }: Table): string => {
  const shown = rows.filter(({ failed }) => !failed).toSorted((a, b) => a.ratio.ratio - b.ratio.ratio);
  const most = Math.max(...shown.map(({ ratio }) => ratio.ratio));
  const x = (value: number): number => Math.round(LEFT + (Math.min(value, most * 1.1) / (most * 1.1)) * SCALE);
  const bars = shown.map(({ name, ratio }, index) => {
    const y = 34 + index * STEP;
    const fill = name.startsWith('holdfast') ? '#0b7285' : name.startsWith('bare') ? '#868e96' : '#ced4da';
    return [
      `<text x="${LEFT - 8}" y="${y + 11}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${x(ratio.ratio) - LEFT}" height="${STEP - 4}" fill="${fill}"/>`,
      `<path d="M${x(ratio.low)} ${y + 7}H${x(ratio.high)}" stroke="#212529"/>`,
      `<text x="${LEFT + SCALE + 8}" y="${y + 11}">${ratio.ratio.toFixed(2)}</text>`,
    ].join('');
  });
  const height = 44 + shown.length * STEP;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + SCALE + 50} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="10" y="18" font-size="13">${escaped(title)}: client CPU, as a multiple of bare fetch</text>`,
    ...bars,
    `<path d="M${x(1)} 28V${height - 8}" stroke="#e03131" stroke-dasharray="3 3"/>`,
    '</svg>\n',
  ].join('\n');
};
