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

/** Why a row is proved by no test: it belongs to a part that is not there yet, or it tells of Apache's sources alone. */
export interface LeftOut {
  readonly id: string;
  readonly chapter: string;
  readonly reason: string;
}

/**
 * @param directory the folder with the chapters
 * @throws {Error} a row that its chapter does not have
 */
export function readLeftOut(directory: string = chaptersDirectory): LeftOut[] {
  const leftOut: LeftOut[] = [];
  for (const chapter of readdirSync(directory).sort()) {
    const file = join(directory, chapter, 'facts.md');
    if (existsSync(file)) leftOut.push(...parseLeftOut(readFileSync(file, 'utf8'), chapter));
  }
  return leftOut;
}

/**
 * The tables of one file whose head begins with `Not proved`: IDs with commas between them, and why.
 * @throws {Error} a row that the file does not have, or no reason
 */
export function parseLeftOut(markdown: string, chapter: string): LeftOut[] {
  const known = new Set(parseFacts(markdown, chapter).map(({ id }) => id));
  return tablesOf(markdown)
    .filter(({ head }) => head[0] === 'Not proved')
    .flatMap(({ rows }) => rows)
    .flatMap(({ cells, line }) => {
      const [ids = '', reason = ''] = cells;
      const where = `${chapter}/facts.md, line ${line}`;
      if (reason === '') throw new Error(`${where}: there is no reason`);
      return ids.split(',').map((part) => {
        const id = part.trim();
        if (!known.has(id)) throw new Error(`${where}: there is no row ${id} in this file`);
        return { id, chapter, reason };
      });
    });
}

/** The rows of one file's tables. A table of facts is one whose head begins with `ID`. */
export function parseFacts(markdown: string, chapter: string): Fact[] {
  return tablesOf(markdown)
    .filter(({ head }) => head[0] === 'ID')
    .flatMap(({ head, rows }) => rows.map(({ cells, line }) => factOf(cells, head, chapter, line)));
}

interface Table {
  readonly head: readonly string[];
  /** Their cells, and the number of their line. */
  readonly rows: { readonly cells: readonly string[]; readonly line: number }[];
}

function tablesOf(markdown: string): Table[] {
  const tables: Table[] = [];
  let table: Table | null = null;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.startsWith('|')) {
      table = null;
      continue;
    }
    const cells = cellsOf(line);
    if (table === null) {
      table = { head: cells, rows: [] };
      tables.push(table);
    } else if (!/^-+$/.test(cells[0] ?? '')) table.rows.push({ cells, line: index + 1 });
  }
  return tables;
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
