import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bin, here, run } from './tools.ts';

/** Builds and packs, once; everything else looks at this one file. */
export const pack = async (folder: string): Promise<string> => {
  await run(bin('tsup'), ['--silent']);
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(await run('npm', args)) as [{ filename: string }];
  return join(folder, filename);
};

/** Installs the packed package into a project that has nothing but the code that uses it. */
export const install = async (folder: string, tarball: string): Promise<string> => {
  const project = join(folder, 'project');
  await cp(join(here, 'consumer'), project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], project);
  return project;
};

/** What is published, and nothing else. */
const PUBLISHED =
  /^(dist\/[\w-]+\.(js|js\.map|d\.ts)|docs\/[\w-]+\.md|bench\/results\/[\w/-]+\.(svg|md)|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|LICENSE|llms\.txt|package\.json|log-record\.schema\.json)$/;

export const checkFiles = async (tarball: string): Promise<string> => {
  const files = (await run('tar', ['-tzf', tarball])).trim().split('\n');
  const names = files.map(file => file.replace(/^package\//, ''));
  const alien = names.filter(name => !PUBLISHED.test(name));
  if (alien.length > 0) throw new Error(`published by mistake: ${alien.join(', ')}`);
  const missing = ['README.md', 'LICENSE', 'CHANGELOG.md', 'llms.txt'].filter(name => !names.includes(name));
  if (missing.length > 0) throw new Error(`not published: ${missing.join(', ')}`);
  return `${names.length} files`;
};

export const publint = async (tarball: string): Promise<string> => {
  await run(bin('publint'), ['run', tarball, '--strict']);
  return 'strict';
};

export const attw = async (tarball: string): Promise<string> => {
  await run(bin('attw'), [tarball, '--profile', 'esm-only']);
  return 'esm-only';
};
