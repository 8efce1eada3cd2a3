import { readdir, readFile } from 'node:fs/promises';

/** The documentation, read as its readers' tools read it. */

export const root = new URL('../../', import.meta.url);

export const textOf = (page: string): Promise<string> => readFile(new URL(page, root), 'utf8');

/** Every Markdown file of these folders, by its path in the repository. */
const markdownIn = async (folder: string): Promise<string[]> =>
  (await readdir(new URL(folder, root)).catch(() => []))
    .filter(name => name.endsWith('.md'))
    .map(name => folder + name)
    .sort();

/** What users read. */
export const pages = ['README.md', ...(await markdownIn('docs/'))];

/** …and what else links to something. */
export const linking = [
  ...pages,
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'llms.txt',
  ...(await markdownIn('.github/')),
  ...(await markdownIn('docs/lab/')),
];

/** A fenced block: its language, the words after it, its code. */
export interface Block {
  readonly page: string;
  readonly number: number;
  readonly language: string;
  readonly flag: string;
  readonly code: string;
}

const FENCES = /^```(\w*)(?: ([^\n]+))?\n(.*?)^```$/gms;

export const blocksOf = (page: string, text: string): Block[] =>
  [...text.matchAll(FENCES)].map(([, language = '', flag = '', code = ''], index) => ({
    page,
    number: index + 1,
    language,
    flag,
    code,
  }));

/** Without what is code. */
export const prose = (text: string): string => text.replace(FENCES, '').replace(/`[^`\n]+`/g, '`');

/** What is code: blocks, and spans in the prose. */
export const codeIn = (text: string): string =>
  [
    ...[...text.matchAll(FENCES)].map(([, , , code]) => code),
    ...[...text.replace(FENCES, '').matchAll(/`([^`]+)`/g)].map(([, code]) => code),
  ].join('\n');

/** Where links and images lead. */
export const linksIn = (text: string): string[] =>
  [...prose(text).matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)].map(([, link, other]) => (link ?? other)!);

/** The anchors of a page's headings, as GitHub makes them. */
export const anchorsOf = (text: string): string[] => {
  const seen = new Map<string, number>();
  return [...text.replace(FENCES, '').matchAll(/^#{1,6} +(.+)$/gm)].map(([, title]) => {
    const slug = title!
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count ? `${slug}-${count}` : slug;
  });
};
