/**
 * Facts in the text: an ID such as (FR-01) becomes a link to its row, with the row shown when one points at it; and in
 * facts.md each row gets its ID as an anchor.
 */
import { relative } from 'node:path';
import type { PhrasingContent, Root, TableRow } from 'mdast';
import { SKIP, visit } from 'unist-util-visit';
import type { VFile } from 'vfile';
import { type Fact, readFacts } from '../../chapters/testing/facts.node';
import { chapterUrl, project } from '../book';
import { element } from './element';

const ID = /\b[A-Z]{2,4}-\d+\b/g;

export default function remarkFacts() {
  return (tree: Root, page: VFile): void => {
    const facts = allFacts();
    const path = relative(project, page.path);
    if (path.endsWith('/facts.md')) anchorRows(tree, facts);
    visit(tree, (node, index, parent) => {
      if (NOT_IN.has(node.type)) return SKIP;
      if (node.type !== 'text' || parent === undefined || index === undefined) return undefined;
      const line = node.position?.start.line;
      const pieces = linked(node.value, facts, `${path}, line ${line}`);
      if (pieces === null) return undefined;
      parent.children.splice(index, 1, ...pieces);
      return index + pieces.length;
    });
  };
}

/** In headings, a link would become part of the table of contents. */
const NOT_IN = new Set(['link', 'linkReference', 'heading', 'fact-id']);

let known: ReadonlyMap<string, Fact> | null = null;
let prefixes: ReadonlySet<string> = new Set();

function allFacts(): ReadonlyMap<string, Fact> {
  if (known === null) {
    known = readFacts();
    prefixes = new Set([...known.keys()].map(prefixOf));
  }
  return known;
}

const prefixOf = (id: string): string => id.slice(0, id.indexOf('-'));

/** @returns null when there is no ID in the text */
function linked(text: string, facts: ReadonlyMap<string, Fact>, where: string): PhrasingContent[] | null {
  const pieces: PhrasingContent[] = [];
  let at = 0;
  for (const match of text.matchAll(ID)) {
    const [id] = match;
    const fact = facts.get(id);
    if (fact === undefined) {
      if (prefixes.has(prefixOf(id))) throw new Error(`${where}: there is no fact ${id}`);
      continue;
    }
    if (match.index > at) pieces.push({ type: 'text', value: text.slice(at, match.index) });
    const since = fact.since === '' ? '' : ` (${fact.since})`;
    pieces.push(
      element('fact-ref', { 'data-href': factUrl(fact), 'data-text': plain(fact.text) + since }, [
        { type: 'text', value: id },
      ]),
    );
    at = match.index + id.length;
  }
  if (at === 0) return null;
  if (at < text.length) pieces.push({ type: 'text', value: text.slice(at) });
  return pieces;
}

export const factUrl = (fact: Fact): string => `${chapterUrl(fact.chapter)}/facts#${fact.id}`;

/** A row as a text to hover: without the signs of Markdown. */
function plain(markdown: string): string {
  return markdown.replace(/\*\*|`/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

function anchorRows(tree: Root, facts: ReadonlyMap<string, Fact>): void {
  visit(tree, 'tableRow', (row: TableRow) => {
    const cell = row.children[0];
    const first = cell?.children[0];
    if (cell === undefined || first?.type !== 'text' || !facts.has(first.value.trim())) return;
    const id = first.value.trim();
    row.data = { hProperties: { id } };
    cell.children = [element('fact-id', { 'data-id': id }, [{ type: 'text', value: id }])];
  });
}
