import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../package/tools.ts';
import { type Block, blocksOf, root, textOf } from './pages.ts';

/** A project in which somebody follows the README. */
export interface Project {
  readonly folder: string;
  /** The README's code, but for its shell. */
  readonly blocks: readonly Block[];
}

const readme = blocksOf('README.md', await textOf('README.md'));

/** The README's shell commands, line by line. */
export const commands = readme
  .filter(({ language }) => language === 'sh')
  .flatMap(({ code }) => code.trim().split('\n'));

const WARNS = /npm warn|Warning:|\bdeprecated\b/i;

/** Runs what the README says; nothing it prints may warn. */
const follow = async (command: string, folder: string): Promise<string> => {
  const text = await run('sh', ['-c', `(${command}) 2>&1`], folder);
  if (WARNS.test(text)) throw new Error(`${command}\n${text}`);
  return text;
};

/** `npm init -y`, and the README from its top. What is published stands in the place of the package's name. */
export const createProject = async (parent: string, tarball: string, isModule: boolean): Promise<Project> => {
  const folder = join(parent, isModule ? 'module' : 'common');
  await mkdir(folder);
  await follow('npm init -y', folder);
  for (const command of commands) {
    if (/^npm install /.test(command)) {
      await follow(command.replace(/ holdfast$/, ` --prefer-offline --no-audit --no-fund '${tarball}'`), folder);
    } else if (isModule && /^npm pkg /.test(command)) await follow(command, folder);
  }
  await cp(fileURLToPath(new URL('test/readme/stand-in.mjs', root)), join(folder, 'stand-in.mjs'));
  return { folder, blocks: readme };
};

const node = (file: string, folder: string): Promise<string> =>
  follow(`'${process.execPath}' --import ./stand-in.mjs ${file}`, folder);

/** The block that requires, as it is. */
export const runCommon = async ({ folder, blocks }: Project): Promise<string> => {
  const [block] = blocks.filter(({ language }) => language === 'js');
  await writeFile(join(folder, 'index.js'), block!.code);
  const text = await node('index.js', folder);
  if (text.trim() !== '200') throw new Error(text);
  return 'required';
};

/** Every block that imports, as it is: Node strips its types. */
export const runModules = async ({ folder, blocks }: Project): Promise<string> => {
  const modules = blocks.filter(({ language }) => language === 'ts');
  for (const { number, code } of modules) {
    await writeFile(join(folder, `block-${number}.ts`), code);
    await node(`block-${number}.ts`, folder);
  }
  return `${modules.length} blocks`;
};

const COMPILERS = { '5.4': '~5.4.5', '5.9': '~5.9.3', '6': '6', '7': '7' };

/** Installs the compilers, beside the projects. */
export const installCompilers = async (parent: string): Promise<string> => {
  const names = Object.entries(COMPILERS).map(([name, range]) => `typescript-${name}@npm:typescript@${range}`);
  await mkdir(join(parent, 'compilers'));
  await writeFile(join(parent, 'compilers/package.json'), '{ "private": true }\n');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...names], join(parent, 'compilers'));
  return Object.keys(COMPILERS).join(', ');
};

const compile = async (version: string, folder: string, name: string, options: object, files: readonly string[]) => {
  const compilerOptions = { target: 'es2022', lib: ['esnext', 'dom'], types: [], strict: true, ...options };
  await writeFile(join(folder, `${name}.json`), JSON.stringify({ compilerOptions, files }));
  const tsc = join(folder, `../compilers/node_modules/typescript-${version}/bin/tsc`);
  await follow(`'${process.execPath}' '${tsc}' -p ${name}.json`, folder);
};

/** Each compiler takes each block, with the settings that the README names. */
export const compileModules = async ({ folder, blocks }: Project): Promise<string> => {
  const files = blocks.filter(({ language }) => language === 'ts').map(({ number }) => `block-${number}.ts`);
  const settings = { nodenext: { module: 'nodenext' }, bundler: { module: 'esnext', moduleResolution: 'bundler' } };
  for (const version of Object.keys(COMPILERS)) {
    for (const [name, options] of Object.entries(settings)) {
      await compile(version, folder, `${version}-${name}`, { ...options, noEmit: true }, files);
    }
  }
  return `${files.length} blocks`;
};

/** The block that requires, with an import in TypeScript; and what comes out of it runs. */
export const compileCommon = async ({ folder, blocks }: Project): Promise<string> => {
  const [{ code }] = blocks.filter(({ language }) => language === 'js') as [Block];
  const typed = code.replace(/^const (.+) = require\((.+)\);$/m, 'import $1 from $2;');
  await writeFile(join(folder, 'typed.ts'), typed);
  const versions = Object.keys(COMPILERS).filter(version => Number(version) >= 5.8);
  for (const version of versions) {
    const options = { module: 'nodenext', outDir: `out-${version}` };
    await compile(version, folder, version, options, ['typed.ts']);
    const text = await node(`out-${version}/typed.js`, folder);
    if (text.trim() !== '200') throw new Error(text);
  }
  return versions.join(', ');
};
