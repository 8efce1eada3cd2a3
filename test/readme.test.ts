import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

/** Every code block of the documentation type-checks and runs, against a stand-in for the services it names. */

const root = new URL('../', import.meta.url);
const folder = new URL('generated/', import.meta.url);

const pages = [
  'README.md',
  ...(await readdir(new URL('docs/', root)).catch(() => []))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
];

const blocksOf = async (page: string) =>
  [...(await readFile(new URL(page, root), 'utf8')).matchAll(/^```ts( no-run)?\n(.*?)^```$/gms)].map(
    ([, flag, code], index) => ({
      name: `${page} #${index + 1}: ${code!.split('\n').find(line => !line.startsWith('import') && line !== '')}`,
      runs: flag === undefined,
      code: code!,
      file: new URL(`${page.replace(/\W/g, '-')}-${index + 1}.ts`, folder),
    }),
  );

const blocks = (await Promise.all(pages.map(blocksOf))).flat();

const server = setupServer(
  http.all('https://api.example.com/v1/things/0', () =>
    HttpResponse.json({ success: false, message: 'Resource not found', error_code: 'NOT_FOUND' }, { status: 404 }),
  ),
  http.post('https://api.docs.example/v1/things', async ({ request }) => {
    const { name } = (await request.clone().json()) as { name?: string };
    if (name) return HttpResponse.json({ id: 'thing-1' }, { status: 201 });
    const message = 'Missing required parameter: name.';
    const error = {
      type: 'invalid_request_error',
      code: 'parameter_missing',
      message,
      param: 'name',
      request_id: 'req_1',
    };
    return HttpResponse.json({ error }, { status: 400 });
  }),
  http.all(/^https:\/\/api(\.docs)?\.example(\.com)?\//, () => HttpResponse.json({ id: 'thing-1' })),
);

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  await Promise.all(blocks.map(({ code, file }) => writeFile(file, code)));
  server.listen({ onUnhandledFrame: 'error' });
  for (const method of ['log', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => {});
});

afterAll(async () => {
  server.close();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

test('the pages have code', () => expect(blocks.length).toBeGreaterThan(10));

test('every block type-checks', () => {
  const { config } = ts.readConfigFile(fileURLToPath(new URL('tsconfig.json', root)), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    {
      compilerOptions: {
        ...config.compilerOptions,
        paths: {
          holdfast: ['./src/index.ts'],
          'holdfast/log': ['./src/log/index.ts'],
          'holdfast/*': ['./src/extensions/*.ts'],
        },
      },
    },
    ts.sys,
    fileURLToPath(root),
  );
  // Each block is a module of its own, also the one that exports and imports nothing.
  const program = ts.createProgram(
    blocks.map(({ file }) => fileURLToPath(file)),
    { ...options, moduleDetection: ts.ModuleDetectionKind.Force },
  );
  const messages = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(messages).toEqual([]);
}, 60_000);

describe('every block runs', () => {
  test.each(blocks.filter(({ runs }) => runs))('$name', async ({ file }) => {
    await expect(import(fileURLToPath(file))).resolves.toBeDefined();
  });
});
