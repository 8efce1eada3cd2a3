import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Block, blocksOf, pages, root, textOf } from './readme/pages.ts';
import { entries } from './readme/source.ts';

/** Every code block of the documentation type-checks and runs, against a stand-in for the services it names. */

// Of this process alone: another run may be at work.
const folder = new URL(`generated/${process.pid}/`, import.meta.url);
const blocks = (await Promise.all(pages.map(async page => blocksOf(page, await textOf(page))))).flat();

/** The package by its name is its source. */
const bySource = (code: string): string =>
  code.replace(/(from ')(holdfast[\w/-]*)(')/g, (all, from, name, end) =>
    entries.has(name) ? `${from}../../../src/${entries.get(name)}${end}` : all,
  );

const modules = blocks
  .filter(({ language, flag }) => language === 'ts' && (flag === '' || flag === 'no-run'))
  .map(({ page, number, flag, code }) => ({
    name: `${page} #${number}: ${code.split('\n').find(line => !line.startsWith('import') && line !== '')}`,
    runs: flag === '',
    code: bySource(code),
    file: new URL(`${page.replace(/\W/g, '-')}-${number}.ts`, folder),
  }));

const notFound = { success: false, message: 'Resource not found', error_code: 'NOT_FOUND' };
const server = setupServer(
  http.all(/./, ({ request }) =>
    request.headers.get('authorization') === 'Bearer old' ? new HttpResponse(null, { status: 401 }) : undefined,
  ),
  http.all('https://api.example.com/v1/things/0', () => HttpResponse.json(notFound, { status: 404 })),
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
  await Promise.all(modules.map(({ code, file }) => writeFile(file, code)));
  server.listen({ onUnhandledFrame: 'error' });
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation(() => {});
  }
});

afterAll(async () => {
  server.close();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

test('the pages have code', () => expect(modules.length).toBeGreaterThan(25));

test('every block type-checks', () => {
  const { config } = ts.readConfigFile(fileURLToPath(new URL('tsconfig.json', root)), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, fileURLToPath(root));
  // Each block is a module of its own, also the one that exports and imports nothing.
  const program = ts.createProgram(
    modules.map(({ file }) => fileURLToPath(file)),
    { ...options, moduleDetection: ts.ModuleDetectionKind.Force },
  );
  const messages = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(messages).toEqual([]);
}, 60_000);

describe('every block runs', () => {
  test.each(modules.filter(({ runs }) => runs))('$name', async ({ file }) => {
    await expect(import(fileURLToPath(file))).resolves.toBeDefined();
  });
});

describe('the other blocks', () => {
  const others = blocks.filter(({ language, flag }) => !(language === 'ts' && (flag === '' || flag === 'no-run')));

  const checks: Readonly<Record<string, (block: Block) => unknown>> = {
    // A piece of a file: it stands there.
    ts: async ({ flag, code }) => {
      const lines = (await textOf(flag)).split('\n').map(line => line.trim());
      const piece = code.split('\n').map(line => line.trim());
      expect(lines).toEqual(expect.arrayContaining(piece.filter(Boolean)));
    },
    js: ({ code }) => {
      const { diagnostics } = ts.transpileModule(code, { reportDiagnostics: true });
      expect(diagnostics).toEqual([]);
    },
    // That its scripts are there is docs.test.ts's, that it works test/readme/run.ts's.
    sh: ({ code }) => expect(code).toMatch(/^(npm|node) /),
    // The rooms that a picture names are there.
    mermaid: async ({ code }) => {
      for (const [, file] of code.matchAll(/\[([\w/-]+\.ts)\]/g)) expect(await textOf(`src/${file}`)).not.toBe('');
    },
    json: ({ code }) => JSON.parse(code),
    text: () => {},
  };

  test.each(others)('$page #$number, $language', async block => {
    expect(Object.keys(checks)).toContain(block.language);
    await checks[block.language]!(block);
  });
});
