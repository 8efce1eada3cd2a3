import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** One ES module with the suite and the package as it is published. */
export const bundle = async (entry: string): Promise<string> => {
  const result = await build({
    entryPoints: [path(entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    logLevel: 'error',
    plugins: [
      {
        name: 'the built package',
        setup: plugins =>
          plugins.onResolve({ filter: /\/src\/(log\/)?index\.ts$/ }, ({ path: asked }) => ({
            path: path(`../../dist/${asked.includes('/log/') ? 'log' : 'index'}.js`),
          })),
      },
    ],
  });
  return result.outputFiles[0]!.text;
};
