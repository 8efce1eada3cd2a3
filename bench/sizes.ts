/** Bundles as an application would carry them: minified, tree-shaken, compressed with brotli. */
import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { ROOT } from './bundle.ts';

export interface Size {
  readonly name: string;
  /** Min + brotli, in bytes, with everything it needs. */
  readonly whole: number;
  /** Without ky and ts-pattern. */
  readonly own?: number;
}

const PEERS: Readonly<Record<string, string>> = {
  ky: `export { default } from 'ky'`,
  'fetch-retry': `export { default } from 'fetch-retry'`,
  'p-retry': `export { default } from 'p-retry'`,
  'cockatiel (retry, timeout)': `export { retry, timeout, wrap, handleAll, ExponentialBackoff } from 'cockatiel'`,
  ofetch: `export { ofetch } from 'ofetch'`,
  'wretch + retry + abort': `export { default } from 'wretch'; export { retry } from 'wretch/middlewares/retry'; export { default as abort } from 'wretch/addons/abort'`,
  ffetch: `export { createClient } from '@fetchkit/ffetch'`,
  'up-fetch': `export { up } from 'up-fetch'`,
  'xior + error-retry': `export { default } from 'xior'; export { default as retry } from 'xior/plugins/error-retry'`,
  'axios + axios-retry': `export { default } from 'axios'; export { default as retry } from 'axios-retry'`,
};

const sizeOf = async (contents: string, external: string[]): Promise<number> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external,
    write: false,
    logLevel: 'silent',
  });
  return brotliCompressSync(outputFiles[0]!.contents).length;
};

/** The entries of our package: each subpath as a whole, and of the main one what a user takes. */
const ours = (): [name: string, contents: string][] => {
  const { exports } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
    exports: Record<string, { default?: string }>;
  };
  const main = JSON.stringify(`${ROOT}/dist/index.js`);
  const subpaths = Object.entries(exports).flatMap(([path, { default: file }]): [string, string][] =>
    file && path !== '.' ? [[`holdfast/${path.slice(2)}`, `export * from ${JSON.stringify(ROOT + file)}`]] : [],
  );
  return [
    ['holdfast: createFetch', `export { createFetch } from ${main}`],
    ['holdfast: createClient', `export { createClient } from ${main}`],
    ['holdfast: everything', `export * from ${main}`],
    ...subpaths,
  ];
};

export const sizes = async (): Promise<Size[]> => {
  const measured: Size[] = [];
  for (const [name, contents] of ours()) {
    const own = await sizeOf(contents, ['ky', 'ts-pattern']);
    measured.push({ name, own, whole: await sizeOf(contents, []) });
  }
  for (const [name, contents] of Object.entries(PEERS)) measured.push({ name, whole: await sizeOf(contents, []) });
  return measured;
};
