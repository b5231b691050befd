/**
 * A reporter for vitest: collects what passed tests proved into `coverage/facts.json` (or the file that
 * ZOOWALK_FACTS_FILE names), says at the end which of the others' programs were missing, and with ZOOWALK_FACTS=1 prints
 * the table of what is proved.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestCase } from 'vitest/node';
import { readFacts, readLeftOut } from '#testing/facts.node.js';
import { coverageByChapter, coverageTable, type Proof } from '#testing/facts-coverage.js';
import { missingPeersMessage } from '#testing/peers.node.js';
// For what it adds to vitest's TaskMeta.
import type {} from '#testing/proves.js';

const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));

export const coverageFile = process.env.ZOOWALK_FACTS_FILE ?? join(projectDirectory, 'coverage', 'facts.json');

/** What `coverage/facts.json` holds: the proofs of the last run, and how many test files it had. */
export interface FactsReport {
  readonly testFiles: number;
  readonly proofs: readonly Proof[];
}

export default class FactsCoverageReporter implements Reporter {
  private proofs: Proof[] = [];
  private readonly testFiles = new Set<string>();

  onTestRunStart(): void {
    this.proofs = [];
    this.testFiles.clear();
  }

  onTestCaseResult(test: TestCase): void {
    const file = relative(projectDirectory, test.module.moduleId);
    this.testFiles.add(file);
    if (test.result().state !== 'passed') return;
    const { proves, server = null } = test.meta();
    for (const id of new Set(proves)) this.proofs.push({ id, server, file, test: test.fullName });
  }

  onTestRunEnd(): void {
    this.proofs.sort((a, b) => compare(a.id, b.id) || compare(a.file, b.file) || compare(a.test, b.test));
    const report: FactsReport = { testFiles: this.testFiles.size, proofs: this.proofs };
    mkdirSync(dirname(coverageFile), { recursive: true });
    writeFileSync(coverageFile, `${JSON.stringify(report, null, 1)}\n`);
    const missing = missingPeersMessage();
    if (missing) console.log(`\n${missing}`);
    if (process.env.ZOOWALK_FACTS) {
      console.log('');
      for (const line of coverageTable(coverageByChapter(readFacts().values(), readLeftOut(), this.proofs)))
        console.log(line);
    }
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
