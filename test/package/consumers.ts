import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, tool } from './tools.ts';

/** The oldest Node that `engines` names, and the one that runs this. */
const NODES: Readonly<Record<string, string>> = {
  'node 22.12': tool('node22/bin/node'),
  [`node ${process.versions.node}`]: process.execPath,
};

/** The packed package runs: imported, required, and under a Content-Security-Policy without `unsafe-eval`. */
export const checkNodes = async (project: string): Promise<string> => {
  for (const node of Object.values(NODES)) {
    await run(node, ['import.mjs'], project);
    await run(node, ['--disallow-code-generation-from-strings', 'import.mjs'], project);
    await run(node, ['require.cjs'], project);
  }
  return Object.keys(NODES).join(', ');
};

const COMPILERS = ['typescript5', 'typescript6', 'typescript7'];
const MODULES = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' };
const LIBS = {
  dom: { lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
  node: { lib: ['es2022'], types: ['node'], typeRoots: [tool('@types')] },
};

/** All ways to compile the consumer. */
const cases = COMPILERS.flatMap(compiler =>
  Object.entries(MODULES).flatMap(([moduleResolution, module]) =>
    Object.entries(LIBS).map(([platform, lib]) => ({
      name: `${compiler}-${moduleResolution}-${platform}`,
      compiler,
      files: [
        'typed.ts',
        ...(moduleResolution === 'node16' ? [] : ['schema.ts']),
        ...(moduleResolution === 'nodenext' ? ['common.cts'] : []),
      ],
      compilerOptions: {
        ...lib,
        module,
        moduleResolution,
        target: 'es2022',
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        resolveJsonModule: true,
        skipLibCheck: false,
        // What a library of theirs would publish must be nameable.
        declaration: true,
        emitDeclarationOnly: true,
        outDir: 'types',
      },
    })),
  ),
);

/** The packed package compiles, with its declarations checked, too. Two compilers at a time. */
export const checkTypes = async (project: string): Promise<string> => {
  const waiting = [...cases];
  /** What a compiler says → the ways in which it says so. */
  const failures = new Map<string, string[]>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { name, compiler, files, compilerOptions } = next;
      await writeFile(join(project, `${name}.json`), JSON.stringify({ compilerOptions, files }));
      await run(process.execPath, [tool(`${compiler}/bin/tsc`), '-p', `${name}.json`], project).catch(
        (error: Error) => {
          const words = error.message.replace(/^.*\n/, '');
          failures.set(words, [...(failures.get(words) ?? []), name]);
        },
      );
    }
  };
  await Promise.all([work(), work()]);
  if (failures.size > 0)
    throw new Error([...failures].map(([words, names]) => `${names.join(', ')}:\n${words}`).join('\n'));
  return `${cases.length} ways`;
};
