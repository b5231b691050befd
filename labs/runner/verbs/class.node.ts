/**
 * `npm run lab -- class DIR`: grades a folder of submissions, one after the other, each in a process of its own and with
 * its limits. Nothing of a submission can reach the next one, or the teacher's own files.
 */
import { copyFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { grade } from '../grade.node.js';
import { csvOf, type Row, summaryOf } from '../grades.js';
import { cut, wrap } from '../paint.js';
import {
  copyWorkspace,
  type Lab,
  LabError,
  makeFolder,
  ownWorkspace,
  readText,
  type Workspace,
} from '../project.node.js';
import { firstFailure, type GradeResult, whyOf } from '../result.js';
import { readSeeds } from '../seeds.node.js';
import { findSubmissions, inFolder, LARGEST_FILE_BYTES, type Submission } from '../submissions.node.js';
import { terminalPaint } from '../terminal.node.js';

export interface ClassFlags {
  readonly lab?: Lab;
  readonly seeds?: string;
  readonly out?: string;
}

export async function gradeClass(labs: readonly Lab[], folder: string, flags: ClassFlags): Promise<void> {
  // npm runs in the project; the teacher may be anywhere.
  const from = process.env.INIT_CWD ?? process.cwd();
  const seedsFile = flags.seeds === undefined ? null : resolve(from, flags.seeds);
  const out = resolve(from, flags.out ?? folder);
  const [csv, json] = [join(out, 'grades.csv'), join(out, 'grades.json')];
  const own = [csv, json, ...(flags.out === undefined ? [] : [out]), ...(seedsFile === null ? [] : [seedsFile])];
  const submissions = findSubmissions(labs, resolve(from, folder), flags.lab ?? null, own);
  if (submissions.length === 0) {
    const names = labs.map(({ manifest }) => manifest.file).join(', ');
    throw new LabError(
      `There is nothing to grade in ${folder}: a submission is a folder or a file for each student, with ${names} in it.`,
    );
  }
  const seeds = seedsFile === null ? null : readSeeds(seedsFile);
  const { width } = terminalPaint().terminal;
  using workspace = copyWorkspace(labs);
  const rows: Row[] = [];
  for (const submission of submissions) {
    const row = await gradeSubmission(workspace, submission, seeds);
    rows.push(row);
    console.log(cut(lineOf(row, rows.length, submissions.length), width));
  }
  makeFolder(out);
  writeFileSync(csv, csvOf(rows));
  writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
  // Vitest sets it when a check fails.
  process.exitCode = 0;
  console.log(
    `\n${summaryOf(rows)
      .flatMap((line) => wrap(line, width))
      .join('\n')}\n\n${csv} and grades.json`,
  );
}

async function gradeSubmission(
  workspace: Workspace,
  submission: Submission,
  seeds: readonly number[] | null,
): Promise<Row> {
  const { student, lab } = submission;
  const nothing = {
    student,
    lab: lab?.folder ?? '',
    points: 0,
    of: lab?.manifest.points ?? 0,
    failed: '',
    seconds: 0,
    seeds: seeds?.length ?? null,
    grader: GRADER,
    checks: [],
  };
  if (submission.path === null) return { ...nothing, state: 'missing', why: 'missing', message: submission.reason };
  const { result, message } = await gradeFile(workspace, submission.lab, submission.path, seeds);
  if (result === null) return { ...nothing, state: 'refused', why: 'refused', message };
  return {
    ...nothing,
    points: result.points,
    state: result.state,
    why: whyOf(result),
    failed: firstFailure(result)?.id ?? '',
    message,
    seconds: Math.round(result.seconds * 10) / 10,
    checks: result.checks.map(({ id, gap, name, points, state }) => ({ id, gap, name, points, state })),
  };
}

const GRADER = `zoowalk ${(JSON.parse(readText(ownWorkspace.path('package.json'))) as { version: string }).version}`;

export interface Graded {
  /** Null when the file was not even read. */
  readonly result: GradeResult | null;
  readonly message: string;
}

/** Puts a file in the place of the learner's, in a workspace that is a copy, and grades all layers of it. */
export async function gradeFile(
  workspace: Workspace,
  lab: Lab,
  path: string,
  seeds: readonly number[] | null,
): Promise<Graded> {
  if (statSync(path).size > LARGEST_FILE_BYTES) return { result: null, message: 'the file is larger than a megabyte' };
  copyFileSync(path, workspace.learnerFile(lab));
  const result = await grade(workspace, lab, { seeds, goesOn: true });
  return { result, message: messageOf(result) };
}

/** The submission of one student, in a folder. */
export const submissionIn = (lab: Lab, folder: string): Submission => inFolder([lab], folder, '', lab)[0] as Submission;

/** Without the seed: it may be one that students should not know. */
function messageOf(result: GradeResult): string {
  return result.obstacle?.summary ?? firstFailure(result)?.failure?.summary ?? '';
}

function lineOf({ student, lab, points, of, state, failed, message }: Row, number: number, count: number): string {
  const score = `${points} of ${of}`.padEnd(9);
  const what = message === '' ? state : `${failed === '' ? '' : `${failed}: `}${message}`;
  const ofLab = lab === '' ? '      ' : `lab ${lab.slice(0, 2)}`;
  return `${`${number}/${count}`.padStart(7)}  ${student.padEnd(16)} ${ofLab}  ${score} ${what}`;
}
