/** The first time that a page uses a word of the glossary, the word can be pointed at. */
import { relative } from 'node:path';
import type { PhrasingContent, Root } from 'mdast';
import { SKIP, visit } from 'unist-util-visit';
import type { VFile } from 'vfile';
import { project } from '../book';
import { glossary, termId } from '../glossary';
import { element } from './element';

export default function remarkGlossary() {
  return (tree: Root, page: VFile): void => {
    if (!/^(chapters\/.*index\.mdx|site\/outlines\/|labs\/)/.test(relative(project, page.path))) return;
    const seen = new Set<string>();
    visit(tree, (node, index, parent) => {
      if (NOT_IN.has(node.type)) return SKIP;
      if (node.type !== 'text' || parent === undefined || index === undefined) return undefined;
      const pieces = marked(node.value, seen);
      if (pieces === null) return undefined;
      parent.children.splice(index, 1, ...pieces);
      return index + pieces.length;
    });
  };
}

const NOT_IN = new Set([
  'link',
  'linkReference',
  'heading',
  'table',
  'fact-ref',
  'mdxJsxFlowElement',
  'mdxJsxTextElement',
]);

const definitions = new Map(
  glossary.flatMap((entry) => [entry.term, ...(entry.also ?? [])].map((word) => [word, entry])),
);

/** Longer words first, so that "session time-out" is not found as "session". */
const WORDS = new RegExp(
  `\\b(${[...definitions.keys()].sort((a, b) => b.length - a.length).join('|')})(?![\\w-]|\\.\\w)`,
  'g',
);

function marked(text: string, seen: Set<string>): PhrasingContent[] | null {
  const pieces: PhrasingContent[] = [];
  let at = 0;
  for (const match of text.matchAll(WORDS)) {
    const [word] = match;
    const entry = definitions.get(word);
    if (entry === undefined || seen.has(entry.term)) continue;
    seen.add(entry.term);
    if (match.index > at) pieces.push({ type: 'text', value: text.slice(at, match.index) });
    const properties = { 'data-href': `/glossary#${termId(entry.term)}`, 'data-text': entry.meaning };
    pieces.push(element('glossary-term', properties, [{ type: 'text', value: word }]));
    at = match.index + word.length;
  }
  if (pieces.length === 0) return null;
  if (at < text.length) pieces.push({ type: 'text', value: text.slice(at) });
  return pieces;
}
