/** What the zip for Gradescope calls: grades one submission, and writes what Gradescope wants to read. */
import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Paint } from '../paint.js';
import { type Lab, makeFolder, ownWorkspace } from '../project.node.js';
import { report } from '../report.js';
import type { CheckResult, GradeResult } from '../result.js';
import { readSeeds } from '../seeds.node.js';
import { type Graded, gradeFile, submissionIn } from './class.node.js';
import { contextOf } from './run.node.js';

const PLAIN = new Paint({ width: 80, hasColor: false, hasUnicode: true });

/** @param resultsFile `results.json`, as Gradescope has it in its documentation of autograders */
export async function gradescope(
  lab: Lab,
  folder: string,
  resultsFile: string,
  flags: { readonly seeds?: string },
): Promise<void> {
  const seeds = flags.seeds === undefined ? null : readSeeds(resolve(flags.seeds));
  const submission = submissionIn(lab, resolve(folder));
  const graded: Graded =
    submission.path === null
      ? { result: null, message: `There is nothing to grade: ${submission.reason}.` }
      : await gradeFile(ownWorkspace, lab, submission.path, seeds);
  // Vitest sets it when a check fails.
  process.exitCode = 0;
  makeFolder(dirname(resolve(resultsFile)));
  writeFileSync(resolve(resultsFile), `${JSON.stringify(resultsOf(lab, graded, seeds !== null), null, 2)}\n`);
}

function resultsOf(lab: Lab, { result, message }: Graded, hidesSeeds: boolean): object {
  if (result === null) return { score: 0, output: message, tests: [] };
  return {
    score: result.points,
    max_score: result.of,
    output: report(result, { ...contextOf(lab, result), hidesSeeds, isDemonstration: true }, PLAIN),
    output_format: 'text',
    tests: result.checks.map((check) => testOf(check, result)),
  };
}

const testOf = ({ id, gap, name, points, state, failure }: CheckResult, { state: whole }: GradeResult): object => ({
  name: `${id} (gap ${gap}) ${name}`,
  score: state === 'passed' && whole !== 'refused' ? points : 0,
  max_score: points,
  ...(state === 'not run' ? { output: 'not run: what it builds on fails' } : {}),
  ...(failure === null ? {} : { output: failure.summary }),
});
