/**
 * Finds a declaration in a TypeScript file by its name, `Class.member` or a name of the top level, and cuts it out as it
 * stands there, with its doc comment.
 *
 * The body of what has the tag `@lab 15.2` is left out: it is the reader's to write.
 */
import ts from 'typescript';

export interface CodeOfSymbol {
  readonly code: string;
  /** Lines in the file, counted from 1. */
  readonly fromLine: number;
  readonly toLine: number;
  /** Labs whose gaps are in it, such as `15.2`; in the order of the text. */
  readonly gaps: readonly string[];
}

export class MissingSymbolError extends Error {
  override readonly name = 'MissingSymbolError';
}

/** @throws {MissingSymbolError} when the file does not have it; the message names what it has */
export function codeOfSymbol(source: ts.SourceFile, symbol: string): CodeOfSymbol {
  const nodes = declarationsOf(source, symbol);
  const first = nodes[0];
  const last = nodes.at(-1);
  if (first === undefined || last === undefined) {
    throw new MissingSymbolError(`there is no ${symbol} in ${source.fileName}; it has ${namesIn(source).join(', ')}`);
  }
  const gaps: string[] = [];
  const pieces = nodes.map((node) => cutOut(source, node, gaps));
  return {
    code: pieces.join('\n\n'),
    fromLine: source.getLineAndCharacterOfPosition(first.getStart(source, true)).line + 1,
    toLine: source.getLineAndCharacterOfPosition(last.getEnd()).line + 1,
    gaps,
  };
}

export function parseSource(fileName: string, text: string): ts.SourceFile {
  return ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
}

/** What a declaration, or the head of a file, says by its tags: `tagValues(node, 'apache')`. */
export function tagValues(node: ts.Node, tag: string): string[] {
  return ts
    .getJSDocTags(node)
    .filter((jsDocTag) => jsDocTag.tagName.text === tag)
    .map((jsDocTag) => (ts.getTextOfJSDocComment(jsDocTag.comment) ?? '').trim());
}

/** The name that a statement of the top level declares; null for imports and the like. */
export function nameOf(statement: ts.Node): string | null {
  if (ts.isVariableStatement(statement)) {
    const name = statement.declarationList.declarations[0]?.name;
    return name && ts.isIdentifier(name) ? name.text : null;
  }
  if (isNamed(statement)) return statement.name?.getText() ?? null;
  return null;
}

/** The names of what a class, an interface or an object has. */
export function memberNames(source: ts.SourceFile, symbol: string): string[] {
  return declarationsOf(source, symbol)
    .flatMap(membersOf)
    .map(memberName)
    .filter((name) => name !== null);
}

// ------------------------------------------------------------------------------------------ finding

function declarationsOf(source: ts.SourceFile, symbol: string): ts.Node[] {
  const [outer = '', ...path] = symbol.split('.');
  let found: ts.Node[] = source.statements.filter((statement) => nameOf(statement) === outer);
  for (const name of path) found = found.flatMap(membersOf).filter((member) => memberName(member) === name);
  return found;
}

function membersOf(node: ts.Node): readonly ts.Node[] {
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) return node.members;
  if (ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)) return node.type.members;
  if (ts.isVariableStatement(node)) return propertiesOf(node.declarationList.declarations[0]?.initializer);
  if (ts.isPropertyAssignment(node)) return propertiesOf(node.initializer);
  return [];
}

function propertiesOf(expression: ts.Expression | undefined): readonly ts.Node[] {
  let inner = expression;
  while (inner && (ts.isAsExpression(inner) || ts.isSatisfiesExpression(inner))) inner = inner.expression;
  if (inner && ts.isCallExpression(inner)) inner = inner.arguments[0];
  return inner && ts.isObjectLiteralExpression(inner) ? inner.properties : [];
}

function memberName(member: ts.Node): string | null {
  if (ts.isConstructorDeclaration(member)) return 'constructor';
  return isNamed(member) ? (member.name?.getText().replace(/^['"]|['"]$/g, '') ?? null) : null;
}

function isNamed(node: ts.Node): node is ts.NamedDeclaration {
  return 'name' in node && node.name !== undefined && !ts.isImportDeclaration(node);
}

function namesIn(source: ts.SourceFile): string[] {
  return [...new Set(source.statements.map(nameOf).filter((name) => name !== null))];
}

// ------------------------------------------------------------------------------------------ cutting

function cutOut(source: ts.SourceFile, node: ts.Node, gaps: string[]): string {
  const start = startOf(source, node);
  const end = node.getEnd();
  const holes = holesIn(node, gaps);
  let text = '';
  let at = start;
  for (const hole of holes) {
    text += source.text.slice(at, hole.from) + hole.instead;
    at = hole.to;
  }
  text += source.text.slice(at, end);
  const { character } = source.getLineAndCharacterOfPosition(start);
  return ts.isPropertyAssignment(node) || !ts.isStatement(node) ? dedent(text, character) : text;
}

/** With its doc comment: the last one, since a file's head may stand before it. */
function startOf(source: ts.SourceFile, node: ts.Node): number {
  const doc = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
  return doc ? doc.getStart(source) : node.getStart(source);
}

interface Hole {
  readonly from: number;
  readonly to: number;
  readonly instead: string;
}

function holesIn(node: ts.Node, gaps: string[]): Hole[] {
  const holes: Hole[] = [];
  const visit = (inner: ts.Node): void => {
    const lab = tagValues(inner, 'lab')[0];
    const body = lab === undefined ? null : bodyOf(inner);
    if (lab === undefined || body === null) {
      ts.forEachChild(inner, visit);
      return;
    }
    const number = lab.split(/\s/)[0] ?? lab;
    gaps.push(number);
    holes.push({
      from: body.getStart(),
      to: body.getEnd(),
      instead: `{\n${indentOf(inner)}  // You write this in lab ${number}.\n${indentOf(inner)}}`,
    });
  };
  visit(node);
  return holes;
}

function bodyOf(node: ts.Node): ts.Node | null {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node)) return node.body ?? null;
  if (ts.isVariableStatement(node)) {
    const value = node.declarationList.declarations[0]?.initializer;
    if (value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))) return value.body;
  }
  return null;
}

function indentOf(node: ts.Node): string {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  const lineStart = source.getPositionOfLineAndCharacter(line, 0);
  return /^\s*/.exec(source.text.slice(lineStart))?.[0] ?? '';
}

/** Takes so many spaces from the beginning of each line but the first. */
function dedent(text: string, spaces: number): string {
  return text.replaceAll(`\n${' '.repeat(spaces)}`, '\n');
}
