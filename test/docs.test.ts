import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { anchorsOf, codeIn, linking, linksIn, pages, prose, root, textOf } from './readme/pages.ts';
import { peers } from './readme/peers.ts';
import { comments, entries, exportedValues, membersOf, optionGroups, wordsOf } from './readme/source.ts';

/** The documentation is whole: short enough, its links lead somewhere, and it names all that the source lets users name. */

const { scripts, exports, version } = JSON.parse(await textOf('package.json')) as {
  scripts: Record<string, string>;
  exports: Record<string, unknown>;
  version: string;
};

const code = (await Promise.all(pages.map(async page => codeIn(await textOf(page))))).join('\n');

describe('short enough to be read', () => {
  const linesOf = async (page: string): Promise<string[]> => (await textOf(page)).trimEnd().split('\n');

  test('the README has at most 250 lines', async () => {
    expect((await linesOf('README.md')).length).toBeLessThanOrEqual(250);
  });

  test.each(pages.filter(page => page !== 'README.md'))('%s has less than 200', async page => {
    expect((await linesOf(page)).length).toBeLessThan(200);
  });

  test.each(pages)('the tables of %s can be read as text', async page => {
    const wide = (await linesOf(page)).filter(line => line.startsWith('|') && [...line].length > 120);
    // What a command writes is as wide as it is.
    const made = /<!-- bench:\w+ -->.*?<!-- \/bench:\w+ -->/gs;
    const written = [...(await textOf(page)).matchAll(made)].join('\n');
    expect(wide.filter(line => !written.includes(line))).toEqual([]);
  });
});

describe('links', () => {
  const isHere = (target: string): boolean => !/^[a-z]+:/.test(target);
  const resolve = (page: string, target: string) => {
    const { pathname, hash } = new URL(target, new URL(page, 'repo:///'));
    return { path: decodeURIComponent(pathname.slice(1)) || page, anchor: hash.slice(1) };
  };

  test.each(linking)('of %s lead to a file, and to a heading of it', async page => {
    const lost: string[] = [];
    for (const target of linksIn(await textOf(page)).filter(isHere)) {
      const { path, anchor } = resolve(page, target);
      const isThere = await access(new URL(path, root)).then(
        () => true,
        () => false,
      );
      if (!isThere || (anchor && !anchorsOf(await textOf(path)).includes(anchor))) lost.push(target);
    }
    expect(lost).toEqual([]);
  });

  test('and so they do in the packed tarball', async () => {
    const run = promisify(execFile);
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'];
    const { stdout } = await run('npm', args, { cwd: fileURLToPath(root) });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const packed = new Set(files.map(({ path }) => path));
    expect(packed).toContain('README.md');
    const lost: string[] = [];
    for (const page of linking.filter(each => packed.has(each))) {
      for (const target of linksIn(await textOf(page)).filter(isHere)) {
        const { path } = resolve(page, target);
        if (!packed.has(path)) lost.push(`${page}: ${target}`);
      }
    }
    expect(lost).toEqual([]);
  });

  test('others are safe', async () => {
    for (const page of linking) {
      for (const target of linksIn(await textOf(page))) if (!isHere(target)) expect(target).toMatch(/^https:\/\/[^/]/);
    }
  });
});

describe('what the source lets users name, the docs name', () => {
  const words = new Set(code.match(/[\w$][\w$-]*/g));
  const missing = (names: readonly string[]): string[] => {
    expect(names).not.toEqual([]);
    return names.filter(name => !words.has(name));
  };

  test.each(optionGroups)('%s', (_, members) => expect(missing(members)).toEqual([]));

  test.each(['StopReason', 'Classification', 'Delivery', 'ApiErrorKind', 'RecordKind', 'DelayFrom'])('%s', name => {
    expect(missing(wordsOf(name))).toEqual([]);
  });

  test.each(['Extension', 'Attempt', 'LogRecord', 'AnswerFacts', 'CallFacts', 'ErrorFormat', 'Ending', 'Recorder'])(
    '%s',
    name => {
      expect(missing(membersOf(name))).toEqual([]);
    },
  );

  test('what can be imported', () => expect(missing(exportedValues)).toEqual([]));

  test('from where', () => {
    const subpaths = Object.keys(exports).filter(name => name !== '.' && name !== './package.json');
    const names = [...entries.keys(), ...subpaths.map(name => name.replace('./', 'holdfast/'))];
    expect(names.filter(name => !code.includes(name))).toEqual([]);
  });

  test('every subpath of the source is exported', () => {
    const names = [...entries.keys()].map(name => name.replace(/^holdfast/, '.'));
    expect(Object.keys(exports)).toEqual(expect.arrayContaining(names));
  });
});

test.each(Object.entries(peers))(
  'each option that %s shows its users has a row in docs/migrating.md',
  async (_, names) => {
    expect(names.length).toBeGreaterThan(2);
    const words = new Set(codeIn(await textOf('docs/migrating.md')).match(/\w+/g));
    expect(names.filter(name => !words.has(name))).toEqual([]);
  },
);

describe('for contributors', () => {
  test('each script has a line', async () => {
    const text = await textOf('CONTRIBUTING.md');
    const unnamed = Object.keys(scripts).filter(name => !new RegExp(`\`npm (run )?${name}\``).test(text));
    expect(unnamed.filter(name => !/^(pre|post)/.test(name))).toEqual([]);
  });

  test.each(linking)('%s names scripts that are there', async page => {
    const named = [...codeIn(await textOf(page)).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
    expect(named.filter(name => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('each fact that the code relies on has its test', async () => {
    const text = await textOf('docs/architecture.md');
    const facts = [...text.matchAll(/^(\d+)\. [\s\S]*?`([\w./-]+\.ts)`,\s+"([^"]+)"(?=\n\d+\. |\n*$)/gm)];
    const numbers = [...text.slice(text.indexOf('## Facts')).matchAll(/^(\d+)\. /gm)].map(([, number]) => number);
    expect(facts.slice(-numbers.length).map(([, number]) => number)).toEqual(numbers);
    for (const [, , file, title] of facts) expect(await textOf(`test/${file}`)).toContain(title!.replace(/\s+/g, ' '));
  });

  test('the changelog has this version, and what comes', async () => {
    const versions = (await textOf('CHANGELOG.md')).match(/^## \[.+?\]/gm);
    expect(versions).toEqual(expect.arrayContaining(['## [Unreleased]', `## [${version}]`]));
  });
});

test('nothing cites a document that its reader has not', async () => {
  const cites = /\bK\d{1,2}\b|\b(FACTS|MICRO|DESIGN)(\.md)?\b|\brule \d+\b/;
  const texts = await Promise.all(linking.map(async page => `${page}: ${prose(await textOf(page))}`));
  expect([...comments, ...texts].filter(text => cites.test(text)).map(text => text.slice(0, 120))).toEqual([]);
});
