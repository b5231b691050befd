/** Runs vitest on the text of one test file, to see how a test or a reporter of ours behaves when tests fail. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '#testing/child-process.node.js';
import type { FactsReport } from '#testing/coverage-reporter.node.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

export interface NestedResult {
  /** The full name and state of each test, as vitest's JSON report has them. */
  readonly tests: readonly { readonly fullName: string; readonly status: string }[];
  readonly stdout: string;
  /** What our coverage reporter wrote. */
  readonly facts: FactsReport;
}

export async function runVitestOn(testFile: string, env: Readonly<Record<string, string>>): Promise<NestedResult> {
  // Inside the project, since `#testing` means this project's folder only there.
  mkdirSync(join(project, '.scratch'), { recursive: true });
  const folder = mkdtempSync(join(project, '.scratch', 'vitest-'));
  try {
    const config = join(folder, 'vitest.config.ts');
    writeFileSync(
      config,
      `export default ${JSON.stringify({ root: project, test: { include: [`${folder}/*.test.ts`] } })};`,
    );
    writeFileSync(join(folder, 'sample.test.ts'), testFile);
    const factsFile = join(folder, 'facts.json');
    const reportFile = join(folder, 'report.json');
    const { stdout } = await runProgram(
      process.execPath,
      [
        join(project, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        `--config=${config}`,
        `--reporter=${join(project, 'chapters', 'testing', 'coverage-reporter.node.ts')}`,
        '--reporter=json',
        `--outputFile.json=${reportFile}`,
      ],
      { cwd: project, env: { ZOOWALK_FACTS_FILE: factsFile, ...env } },
    );
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestJson;
    return {
      tests: report.testResults.flatMap((file) => file.assertionResults),
      stdout,
      facts: JSON.parse(readFileSync(factsFile, 'utf8')) as FactsReport,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface VitestJson {
  readonly testResults: readonly { readonly assertionResults: NestedResult['tests'] }[];
}
