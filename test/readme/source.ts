import { readdir, readFile } from 'node:fs/promises';
import ts from 'typescript';
import { root } from './pages.ts';

/** What the source lets its users name, found by parsing it. */

const src = new URL('src/', root);

const files = (await readdir(src, { recursive: true })).filter(name => name.endsWith('.ts')).sort();

const parsed = new Map(
  await Promise.all(
    files.map(async name => {
      const text = await readFile(new URL(name, src), 'utf8');
      return [name, ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)] as const;
    }),
  ),
);

/** Subpath → the file in src that is its entry. */
export const entries: ReadonlyMap<string, string> = new Map([
  ['holdfast', 'index.ts'],
  ['holdfast/log', 'log/index.ts'],
  ...files.flatMap(name => {
    const [, subpath] = /^extensions\/([\w-]+)(?:\/index)?\.ts$/.exec(name) ?? [];
    return subpath === undefined ? [] : [[`holdfast/${subpath}`, name] as const];
  }),
]);

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);

const namesIn = (file: ts.SourceFile, wantsTypes: boolean): string[] =>
  file.statements.flatMap(statement => {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      return statement.exportClause.elements
        .filter(({ isTypeOnly }) => (statement.isTypeOnly || isTypeOnly) === wantsTypes)
        .map(({ name }) => name.text);
    }
    if (!isExported(statement)) return [];
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      return wantsTypes ? [statement.name.text] : [];
    }
    if (wantsTypes) return [];
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name!.text];
    return ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map(({ name }) => name.getText())
      : [];
  });

const ofEntries = (wantsTypes: boolean): string[] => [
  ...new Set([...entries.values()].flatMap(name => namesIn(parsed.get(name)!, wantsTypes))),
];

/** What can be imported as a value. */
export const exportedValues = ofEntries(false);
const exportedTypes = ofEntries(true);

const declarations = [...parsed.values()].flatMap(({ statements }) => [...statements]);

const memberNames = (members: readonly ts.Node[]): string[] =>
  members.flatMap(member =>
    (ts.isPropertySignature(member) || ts.isMethodSignature(member) || ts.isPropertyDeclaration(member)) &&
    ts.isIdentifier(member.name)
      ? [member.name.text]
      : [],
  );

/** The members of an interface or a class. */
export const membersOf = (name: string): string[] =>
  declarations.flatMap(each =>
    (ts.isInterfaceDeclaration(each) || ts.isClassDeclaration(each)) && each.name?.text === name
      ? memberNames([...each.members])
      : [],
  );

/** The literals of a union of strings. */
export const wordsOf = (name: string): string[] =>
  declarations.flatMap(each =>
    ts.isTypeAliasDeclaration(each) && each.name.text === name && ts.isUnionTypeNode(each.type)
      ? each.type.types.flatMap(type =>
          ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? [type.literal.text] : [],
        )
      : [],
  );

/** Every record of options that has a name for users, with what it may hold. */
export const optionGroups = [...exportedTypes, 'SharedOptions', 'OutageOptions']
  .filter((name, index, all) => /Options$|^Runtime$/.test(name) && all.indexOf(name) === index)
  .map(name => [name, membersOf(name)] as const)
  .filter(([, members]) => members.length > 0);

/** Comments of the source, with where they stand. */
export const comments = [...parsed].flatMap(([name, { text }]) =>
  [...text.matchAll(/\/\*.*?\*\/|(?<![:'"`\\])\/\/[^\n]*/gs)].map(([comment]) => `${name}: ${comment}`),
);
