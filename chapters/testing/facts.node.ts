/**
 * Reads the tables of all `facts.md`: what Apache ZooKeeper does, one row for one thing.
 *
 * Invariant: an ID stands in one row of one chapter, so that a test and a text can name a fact by it alone.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Fact {
  /** Letters, a dash, digits: `FR-05`. */
  readonly id: string;
  /** The folder of its chapter: `06-network-protocol`. */
  readonly chapter: string;
  /** The cells of the row that say it, joined by ` · `. */
  readonly text: string;
  /** The release that has it first; empty when 3.8.0 does. */
  readonly since: string;
}

export const chaptersDirectory = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param directory the folder with the chapters
 * @throws {Error} an ID twice, or a row that does not fit the head of its table; the message says where
 */
export function readFacts(directory: string = chaptersDirectory): ReadonlyMap<string, Fact> {
  const facts = new Map<string, Fact>();
  for (const chapter of readdirSync(directory).sort()) {
    const file = join(directory, chapter, 'facts.md');
    if (!existsSync(file)) continue;
    for (const fact of parseFacts(readFileSync(file, 'utf8'), chapter)) {
      const other = facts.get(fact.id);
      if (other) {
        throw new Error(
          `${fact.id} is in ${other.chapter}/facts.md and in ${chapter}/facts.md: give one of them a new ID`,
        );
      }
      facts.set(fact.id, fact);
    }
  }
  return facts;
}

/** The rows of one file's tables. A table of facts is one whose head begins with `ID`. */
export function parseFacts(markdown: string, chapter: string): Fact[] {
  const facts: Fact[] = [];
  let head: string[] | null = null;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.startsWith('|')) {
      head = null;
      continue;
    }
    const cells = cellsOf(line);
    if (cells[0] === 'ID') head = cells;
    else if (head && !/^-+$/.test(cells[0] ?? '')) facts.push(factOf(cells, head, chapter, index + 1));
  }
  return facts;
}

function factOf(cells: readonly string[], head: readonly string[], chapter: string, lineNumber: number): Fact {
  const id = cells[0] ?? '';
  const where = `${chapter}/facts.md, line ${lineNumber}`;
  if (!/^[A-Z]{2,4}-\d+$/.test(id)) throw new Error(`${where}: "${id}" is no ID of a fact; one looks like FR-05`);
  if (cells.length !== head.length) {
    throw new Error(
      `${where}: ${id} has ${cells.length} cells, the table's head has ${head.length} (write \\| for a bar in a cell)`,
    );
  }
  const sinceAt = head.indexOf('Since');
  const text = cells.filter((cell, at) => at !== 0 && at !== sinceAt && cell !== '').join(' · ');
  if (text === '') throw new Error(`${where}: ${id} says nothing`);
  return { id, chapter, text, since: sinceAt === -1 ? '' : (cells[sinceAt] ?? '') };
}

/** A bar ends a cell unless a backslash stands before it. */
function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}
