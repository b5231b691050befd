/**
 * What lies in the folders of the chapters: each file with the first sentence of its head comment, and the names that
 * Apache ZooKeeper has for what is in it, from the `@apache` tags.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { project } from '../book';
import { nameOf, parseSource, tagValues } from './source-symbols';

export interface CodeFile {
  /** From the project's folder on. */
  readonly path: string;
  /** Inside its chapter. */
  readonly name: string;
  /** The first sentence of its head; empty when it has none. */
  readonly summary: string;
  readonly counterparts: readonly Counterpart[];
  readonly isTest: boolean;
}

export interface Counterpart {
  /** Of ours; null for the whole file. */
  readonly symbol: string | null;
  /** Of Apache's, below org.apache.zookeeper unless it begins with java. */
  readonly apache: string;
}

const cache = new Map<string, readonly CodeFile[]>();

/** The files of a chapter, by name; nothing when it has no folder. */
export function codeOfChapter(folder: string): readonly CodeFile[] {
  const known = cache.get(folder);
  if (known) return known;
  const root = join(project, 'chapters', folder);
  let names: string[] = [];
  try {
    names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  } catch {
    // A chapter to come.
  }
  const files = names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !/(^|\/)testing\//.test(name))
    .sort()
    .map((name) => readCode(root, folder, name));
  cache.set(folder, files);
  return files;
}

function readCode(root: string, folder: string, name: string): CodeFile {
  const text = readFileSync(join(root, name), 'utf8');
  const source = parseSource(name, text);
  const head = headOf(source);
  const ofFile = head === null ? [] : [...head.matchAll(/@apache ([^\n]+)/g)].map((match) => match[1] ?? '');
  const counterparts = [
    ...ofFile.flatMap(namesIn).map((apache) => ({ symbol: null, apache })),
    ...source.statements.flatMap((statement) => counterpartsOf(statement, null)),
  ];
  return {
    path: `chapters/${folder}/${name}`,
    name,
    summary: firstSentence(head ?? ''),
    counterparts: counterparts.filter((one, index) => {
      // The head's tag may also be found at the first declaration.
      return counterparts.findIndex(({ apache }) => apache === one.apache) === index;
    }),
    isTest: name.endsWith('.test.ts'),
  };
}

function counterpartsOf(node: ts.Node, outer: string | null): Counterpart[] {
  const own = nameOf(node);
  const name = own === null ? null : outer === null ? own : `${outer}.${own}`;
  const counterparts =
    name === null
      ? []
      : tagValues(node, 'apache')
          .flatMap(namesIn)
          .map((apache) => ({ symbol: name, apache }));
  const members = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? [...node.members] : [];
  return [...counterparts, ...members.flatMap((member) => counterpartsOf(member, name))];
}

const namesIn = (list: string): string[] =>
  list
    .split(/,\s*/)
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** The comment that a file begins with, without its stars. */
export function headOf(source: ts.SourceFile): string | null {
  const range = ts.getLeadingCommentRanges(source.text, 0)?.[0];
  const text = range === undefined ? '' : source.text.slice(range.pos, range.end);
  if (!text.startsWith('/**')) return null;
  return text
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function firstSentence(text: string): string {
  const paragraph =
    text
      .split(/\n\s*\n|\n@/)[0]
      ?.replaceAll('\n', ' ')
      .trim() ?? '';
  if (paragraph.startsWith('@')) return '';
  const sentence = /^.*?[.:](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph;
  return sentence.replace(/:$/, '.');
}
