import { readdir } from 'node:fs/promises';
import { root, textOf } from './pages.ts';

/** The options that other clients show to their users, read from what they publish. */

const between = (text: string, from: string, to: string): string => text.slice(text.indexOf(from), text.indexOf(to));

const named = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name!)),
];

const read = (file: string): Promise<string> => textOf(`node_modules/${file}`);

const shared = 'ofetch/dist/shared/';
const types = (await readdir(new URL(`node_modules/${shared}`, root))).find(name => name.endsWith('.d.ts'));
const ofetch = await read(`${shared}${types}`);

export const peers: Readonly<Record<string, readonly string[]>> = {
  ky: named(
    between(await read('ky/readme.md'), '#### options', '### ky.extend('),
    /^(?:#{5,6} (?:hooks\.)?|- `)(\w+)(?:`:|$)/gm,
  ),
  'fetch-retry': named(await read('fetch-retry/index.d.ts'), /^ {4}(\w+)\?:/gm),
  'p-retry': named(await read('p-retry/readme.md'), /^##### (\w+)/gm),
  'axios-retry': named(await read('axios-retry/README.md'), /^\| (\w+) \| `/gm),
  axios: named(between(await read('axios/README.md'), '## Request config', '## Response schema'), /^ {2}(\w+)\??:/gm),
  ofetch: named(
    between(ofetch, 'interface FetchOptions', 'interface CreateFetchOptions') +
      between(ofetch, 'interface FetchHooks', 'interface ResponseMap'),
    /^ {4}(\w+)\?:/gm,
  ),
};
