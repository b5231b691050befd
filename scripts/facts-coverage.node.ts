/**
 * `npm run facts`: how many of the facts are proved, chapter by chapter, by the last run of the tests.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { coverageFile, type FactsReport } from '#testing/coverage-reporter.node.js';
import { type Fact, readFacts, readLeftOut } from '#testing/facts.node.js';
import { type ChapterCoverage, coverageByChapter, coverageTable } from '#testing/facts-coverage.js';

new Command('npm run facts --')
  .description('Prints how many of the facts are proved, by the last run of the tests.')
  .option('--rows', 'also list the rows that are open', false)
  .argument('[chapters...]', 'only the chapters whose folder holds one of these, such as 06')
  .action((filters: string[], options: { rows: boolean }) => print(filters, options.rows))
  .parse();

function print(filters: readonly string[], rows: boolean): void {
  const facts = readFacts();
  const report = readReport();
  const wanted = (chapter: ChapterCoverage) =>
    filters.length === 0 || filters.some((part) => chapter.chapter.includes(part));
  const chapters = coverageByChapter(facts.values(), readLeftOut(), report.proofs).filter(wanted);
  for (const line of coverageTable(chapters)) console.log(line);
  if (rows) for (const chapter of chapters) printUnproved(chapter, facts);
  const after = chapters.flatMap(({ provedAfterAllIds }) => provedAfterAllIds);
  if (after.length > 0) console.log(`\nSaid to be left out, and proved all the same: ${after.join(', ')}`);
  console.log(`\nFrom the last run of the tests: ${report.testFiles} files.`);
}

function readReport(): FactsReport {
  if (!existsSync(coverageFile)) {
    console.error(`There is no ${coverageFile} yet: run npm test first.`);
    process.exit(1);
  }
  return JSON.parse(readFileSync(coverageFile, 'utf8')) as FactsReport;
}

function printUnproved(chapter: ChapterCoverage, facts: ReadonlyMap<string, Fact>): void {
  if (chapter.unprovedIds.length === 0) return;
  console.log(`\n${chapter.chapter}`);
  for (const id of chapter.unprovedIds) {
    const { text = '', since = '' } = facts.get(id) ?? {};
    console.log(`  ${id.padEnd(7)}${since === '' ? '' : `(${since}) `}${text}`);
  }
}
