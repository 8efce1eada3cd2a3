import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';

/** What the text of a bundle must not hold. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\b(?:import|export)\b[^;\n]*["']node:/, 'an import of a module of Node'],
  [/\bimport\(/, 'a dynamic import'],
  [/\brequire\(/, 'a require'],
  [/\beval\b|\bnew Function\b|(?<![\w.])Function\(/, 'code made of text, which a strict CSP refuses'],
  [/\bset(?:Timeout|Interval)\(["'`]/, 'a timer of text, which a strict CSP refuses'],
];

/** Packages that a bundle may import. */
const DEPENDENCIES = ['ky', 'ts-pattern'];

const minified = async (code: string, target: string): Promise<string> =>
  (await transform(code, { target, minify: true, format: 'esm' })).code;

/** Each bundle stands alone, in plain ES2022, and runs where code from text is forbidden. */
export const checkDist = async (project: string): Promise<string> => {
  const folder = join(project, 'node_modules/holdfast/dist');
  const files = (await readdir(folder)).filter(name => name.endsWith('.js'));
  for (const file of files) {
    const code = await readFile(join(folder, file), 'utf8');
    for (const [text, what] of FORBIDDEN)
      if (text.test(code)) throw new Error(`${file} holds ${what}: ${text.exec(code)}`);
    for (const [, name] of code.matchAll(/^(?:import|export)\b[^;]*\bfrom ["'](.+?)["']/gm)) {
      if (!DEPENDENCIES.includes(name!)) throw new Error(`${file} imports ${name}`);
    }
    // Nothing to lower is nothing newer.
    if ((await minified(code, 'es2022')) !== (await minified(code, 'esnext')))
      throw new Error(`${file} is newer than ES2022`);
  }
  return `${files.length} bundles`;
};
