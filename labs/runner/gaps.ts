/**
 * Gaps: the functions that a lab leaves to the learner. In the chapter's code such a function has the tag `@lab 11.2` in
 * its doc comment, which is its contract. A declaration that only these functions use is tagged `@lab 11.2 helper`.
 *
 * A starter is the chapter's file with every tagged body replaced by a throw that names the gap, and every helper left
 * out. Only these places change: the rest of the file stays as it is, byte by byte.
 */
import ts from 'typescript';
import { unwrittenMessage } from './unwritten.js';

export interface Gap {
  /** `11.2`: the lab, and a number that counts from 1 in the order of the text. */
  readonly id: string;
  /** What people call the function: `ExpiryQueue.update`. */
  readonly symbol: string;
  readonly role: 'body' | 'helper';
  /** Lines of its body, or of the whole helper, as they are now; counted from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** What is replaced, or left out: offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** Spaces before the declaration. */
  readonly indent: string;
}

/** A tag stands where it can't, or does not say what it should. The message has the file and the line. */
export class GapError extends Error {
  override readonly name = 'GapError';
}

/**
 * The gaps of a file, in the order of the text.
 * @param path for messages
 * @throws {GapError}
 */
export function findGaps(path: string, text: string): Gap[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const gaps: Gap[] = [];
  const tagged = new Map<ts.Node, Gap>();
  const visit = (node: ts.Node): void => {
    const tag = labTagOf(node);
    if (tag !== null) {
      const gap = gapOf(source, node, tag);
      gaps.push(gap);
      tagged.set(node, gap);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const [node, gap] of tagged) if (gap.role === 'helper') checkHelper(source, node, gaps);
  checkNumbers(source, gaps);
  return gaps;
}

/**
 * The file as the learner gets it.
 * @param isOpen which gaps are to be left open; all of them, unless somebody wants to see a learner on the way
 */
export function starterOf(path: string, text: string, isOpen: (id: string) => boolean = () => true): string {
  let result = text;
  const gaps = findGaps(path, text).filter(({ id }) => isOpen(id));
  for (const gap of gaps.sort((a, b) => b.start - a.start)) {
    const body = `{\n${gap.indent}  throw new Error('${unwrittenMessage(gap)}');\n${gap.indent}}`;
    result = result.slice(0, gap.start) + (gap.role === 'helper' ? '' : body) + result.slice(gap.end);
  }
  return result;
}

type Tagged = ts.FunctionDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration | ts.ArrowFunction;

interface LabTag {
  readonly text: string;
}

/** Only what a doc comment belongs to: the statement of an arrow constant, not the constant in it. */
function labTagOf(node: ts.Node): LabTag | null {
  if (!ts.isStatement(node) && !ts.isClassElement(node)) return null;
  if (ts.isBlock(node)) return null;
  const tags = ts.getJSDocTags(node).filter((tag) => tag.tagName.text === 'lab' && tag.parent.parent === node);
  const [tag] = tags;
  if (tag === undefined) return null;
  return { text: (ts.getTextOfJSDocComment(tag.comment) ?? '').trim() };
}

function gapOf(source: ts.SourceFile, node: ts.Node, tag: LabTag): Gap {
  const match = /^(\d\d\.\d+)( helper)?$/.exec(tag.text);
  if (match === null) {
    throw errorAt(source, node, `"@lab ${tag.text}" has to be "@lab 11.2" or "@lab 11.2 helper"`);
  }
  const id = match[1] as string;
  const symbol = symbolOf(node);
  const lines = (start: number, end: number) => ({
    firstLine: source.getLineAndCharacterOfPosition(start).line + 1,
    lastLine: source.getLineAndCharacterOfPosition(end).line + 1,
    start,
    end,
    indent: /^ */.exec(source.text.slice(source.text.lastIndexOf('\n', node.getStart(source)) + 1))?.[0] ?? '',
  });
  if (match[2] !== undefined) {
    // With the doc comment, and the empty line that parts it from the next declaration or the last one.
    const start = source.text.lastIndexOf('\n', startWithComment(node)) + 1;
    const before = /\n\s*\n$/.test(source.text.slice(0, start)) ? source.text.lastIndexOf('\n', start - 2) + 1 : start;
    return { id, symbol, role: 'helper', ...lines(before, source.text.indexOf('\n', node.end) + 1) };
  }
  const body = taggedFunction(source, node).body as ts.ConciseBody;
  return { id, symbol, role: 'body', ...lines(body.getStart(source), body.end) };
}

function taggedFunction(source: ts.SourceFile, node: ts.Node): Tagged {
  const fn = ts.isVariableStatement(node) ? node.declarationList.declarations[0]?.initializer : node;
  const isFunction =
    fn !== undefined &&
    (ts.isFunctionDeclaration(fn) ||
      ts.isMethodDeclaration(fn) ||
      ts.isGetAccessorDeclaration(fn) ||
      ts.isArrowFunction(fn));
  if (!isFunction) {
    throw errorAt(source, node, 'only functions, methods and constants that are arrow functions can be a gap');
  }
  if (fn.body === undefined) throw errorAt(source, node, 'an overload has no body: tag the implementation');
  if (fn.type === undefined) throw errorAt(source, node, 'a gap needs an explicit return type');
  return fn;
}

/** @throws {GapError} somebody uses the helper who stays in the starter */
function checkHelper(source: ts.SourceFile, helper: ts.Node, gaps: readonly Gap[]): void {
  const name = symbolOf(helper).split('.').at(-1);
  const goes = (position: number) => gaps.some(({ start, end }) => position >= start && position < end);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name && !goes(node.getStart(source))) {
      throw errorAt(source, node, `"${name}" is a helper of a gap, so only gaps may use it`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** @throws {GapError} */
function checkNumbers(source: ts.SourceFile, gaps: readonly Gap[]): void {
  const labs = new Set(gaps.map(({ id }) => id.slice(0, 2)));
  if (labs.size > 1) throw new GapError(`${source.fileName} has gaps of more than one lab: ${[...labs].join(', ')}`);
  const numbers = new Set(gaps.map(({ id }) => Number(id.slice(3))));
  for (let number = 1; number <= numbers.size; number++) {
    if (!numbers.has(number)) throw new GapError(`${source.fileName} has no gap ${[...labs][0]}.${number}`);
  }
}

function symbolOf(node: ts.Node): string {
  const name = ts.isVariableStatement(node)
    ? node.declarationList.declarations[0]?.name.getText()
    : (node as ts.NamedDeclaration).name?.getText();
  const owner = ts.isClassLike(node.parent) ? node.parent.name?.text : undefined;
  return [owner, name].filter((part) => part !== undefined).join('.');
}

const startWithComment = (node: ts.Node): number =>
  Math.min(node.getStart(), ...ts.getJSDocCommentsAndTags(node).map((comment) => comment.pos));

function errorAt(source: ts.SourceFile, node: ts.Node, what: string): GapError {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return new GapError(`${source.fileName}:${line + 1}: ${what}`);
}
