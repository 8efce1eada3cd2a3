import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, transform } from 'esbuild';

/** What the text of a bundle must not hold. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.])eval\b(?!:)|\bnew Function\b|(?<![\w.])Function\(/, 'code made of text, which a strict CSP refuses'],
  [/\bset(?:Timeout|Interval)\(["'`]/, 'a timer of text, which a strict CSP refuses'],
];

/** What a bundle may import; nothing of Node's is among it. */
const DEPENDENCIES = ['ky', 'ts-pattern'];

/** All that a bundle imports or requires, as a bundler sees it. */
const importsOf = async (file: string): Promise<string[]> => {
  const { metafile } = await build({
    entryPoints: [file],
    bundle: true,
    packages: 'external',
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  return Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
};

const minified = async (code: string, target: string): Promise<string> =>
  (await transform(code, { target, minify: true, format: 'esm' })).code;

/** Each bundle stands alone, in plain ES2022, and runs where code from text is forbidden. */
export const checkDist = async (project: string): Promise<string> => {
  const folder = join(project, 'node_modules/holdfast/dist');
  const files = (await readdir(folder)).filter(name => name.endsWith('.js'));
  for (const file of files) {
    const code = await readFile(join(folder, file), 'utf8');
    const forbidden = FORBIDDEN.find(([text]) => text.test(code));
    if (forbidden) throw new Error(`${file} holds ${forbidden[1]}: ${forbidden[0].exec(code)}`);
    const alien = (await importsOf(join(folder, file))).filter(name => !DEPENDENCIES.includes(name));
    if (alien.length > 0) throw new Error(`${file} imports ${alien.join(', ')}`);
    // Nothing to lower is nothing newer.
    if ((await minified(code, 'es2022')) !== (await minified(code, 'esnext')))
      throw new Error(`${file} is newer than ES2022`);
  }
  return `${files.length} bundles`;
};
