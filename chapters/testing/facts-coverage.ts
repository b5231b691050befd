/**
 * From "this test proved these rows against this server" to the table of how much is proved, chapter by chapter.
 */
import type { Fact, LeftOut } from '#testing/facts.node.js';

/** What one passed test proved. */
export interface Proof {
  readonly id: string;
  /** `apache`, `zoowalk`, or null for a unit test, which is a test of ours. */
  readonly server: string | null;
  /** The file, from the project's folder on. */
  readonly file: string;
  /** The full name of the test. */
  readonly test: string;
}

export interface ChapterCoverage {
  readonly chapter: string;
  readonly rows: number;
  readonly provedHere: number;
  readonly provedAgainstApache: number;
  /** Rows that are left out, with the reason, and that no test of ours proved. */
  readonly leftOut: number;
  /** IDs of the rows that no test of ours proved, and that are not left out. */
  readonly unprovedIds: readonly string[];
  /** IDs of rows that are said to be left out, and are proved. */
  readonly provedAfterAllIds: readonly string[];
}

export function coverageByChapter(
  facts: Iterable<Fact>,
  leftOut: Iterable<LeftOut>,
  proofs: Iterable<Proof>,
): ChapterCoverage[] {
  const omitted = new Set([...leftOut].map(({ id }) => id));
  const here = new Set<string>();
  const apache = new Set<string>();
  for (const proof of proofs) (proof.server === 'apache' ? apache : here).add(proof.id);
  const chapters = new Map<string, Fact[]>();
  for (const fact of facts) {
    const rows = chapters.get(fact.chapter) ?? [];
    rows.push(fact);
    chapters.set(fact.chapter, rows);
  }
  return [...chapters].map(([chapter, rows]) => ({
    chapter,
    rows: rows.length,
    provedHere: rows.filter((fact) => here.has(fact.id)).length,
    provedAgainstApache: rows.filter((fact) => apache.has(fact.id)).length,
    leftOut: rows.filter(({ id }) => omitted.has(id) && !here.has(id)).length,
    unprovedIds: rows.filter(({ id }) => !here.has(id) && !omitted.has(id)).map(({ id }) => id),
    provedAfterAllIds: rows.filter(({ id }) => here.has(id) && omitted.has(id)).map(({ id }) => id),
  }));
}

/** The table as lines of text, with a sum at its end. */
export function coverageTable(chapters: readonly ChapterCoverage[]): string[] {
  const sum = (of: (chapter: ChapterCoverage) => number) => chapters.reduce((total, chapter) => total + of(chapter), 0);
  const total = {
    chapter: 'all',
    rows: sum((c) => c.rows),
    provedHere: sum((c) => c.provedHere),
    provedAgainstApache: sum((c) => c.provedAgainstApache),
    leftOut: sum((c) => c.leftOut),
    open: sum((c) => c.unprovedIds.length),
  };
  const width = Math.max('chapter'.length, ...chapters.map((c) => c.chapter.length));
  const line = (chapter: string, ...cells: (string | number)[]) =>
    [chapter.padEnd(width), ...cells.map((cell) => String(cell).padStart(10))].join('');
  return [
    line('chapter', 'rows', 'proved', '+ Apache', 'left out', 'open'),
    ...chapters.map((c) =>
      line(c.chapter, c.rows, c.provedHere, c.provedAgainstApache, c.leftOut, c.unprovedIds.length),
    ),
    line(total.chapter, total.rows, total.provedHere, total.provedAgainstApache, total.leftOut, total.open),
  ];
}
