/**
 * `npm run lab -- class DIR`: grades a folder of submissions, one after the other, each in a process of its own and with
 * its limits. Nothing of a submission can reach the next one, or the teacher's own files.
 */
import { copyFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { csvLine } from '../csv.js';
import { grade } from '../grade.node.js';
import { copyWorkspace, type Lab, LabError, makeFolder, type Workspace } from '../project.node.js';
import { type CheckResult, firstFailure, type GradeResult } from '../result.js';
import { readSeeds } from '../seeds.node.js';
import { findSubmissions, inFolder, LARGEST_FILE_BYTES, type Submission } from '../submissions.node.js';

export interface ClassFlags {
  readonly lab?: Lab;
  readonly seeds?: string;
  readonly out?: string;
}

interface Row {
  readonly student: string;
  readonly lab: string;
  readonly points: number;
  readonly of: number;
  readonly state: string;
  /** The first check that fails. */
  readonly failed: string;
  readonly message: string;
  readonly seconds: number;
  readonly checks: readonly Pick<CheckResult, 'id' | 'gap' | 'name' | 'points' | 'state'>[];
}

export async function gradeClass(labs: readonly Lab[], folder: string, flags: ClassFlags): Promise<void> {
  // npm runs in the project; the teacher may be anywhere.
  const from = process.env.INIT_CWD ?? process.cwd();
  const submissions = findSubmissions(labs, resolve(from, folder), flags.lab ?? null);
  if (submissions.length === 0) {
    const names = labs.map(({ manifest }) => manifest.file).join(', ');
    throw new LabError(
      `There is nothing to grade in ${folder}: a submission is a folder or a file for each student, with ${names} in it.`,
    );
  }
  const seeds = flags.seeds === undefined ? null : readSeeds(resolve(from, flags.seeds));
  const out = resolve(from, flags.out ?? folder);
  using workspace = copyWorkspace(labs);
  const rows: Row[] = [];
  for (const submission of submissions) {
    const row = await gradeSubmission(workspace, submission, seeds);
    rows.push(row);
    console.log(lineOf(row, rows.length, submissions.length));
  }
  makeFolder(out);
  writeFileSync(join(out, 'grades.csv'), csvOf(rows));
  writeFileSync(join(out, 'grades.json'), `${JSON.stringify(rows, null, 2)}\n`);
  // Vitest sets it when a check fails.
  process.exitCode = 0;
  console.log(`\n${rows.length} graded: ${join(out, 'grades.csv')} and grades.json`);
}

async function gradeSubmission(
  workspace: Workspace,
  { student, lab, path }: Submission,
  seeds: readonly number[] | null,
): Promise<Row> {
  const nothing = { student, lab: lab.folder, points: 0, of: lab.manifest.points, failed: '', seconds: 0, checks: [] };
  if (path === null) return { ...nothing, state: 'missing', message: `there is no ${lab.manifest.file}` };
  const { result, message } = await gradeFile(workspace, lab, path, seeds);
  if (result === null) return { ...nothing, state: 'refused', message };
  return {
    ...nothing,
    points: result.points,
    state: result.state,
    failed: firstFailure(result)?.id ?? '',
    message,
    seconds: Math.round(result.seconds * 10) / 10,
    checks: result.checks.map(({ id, gap, name, points, state }) => ({ id, gap, name, points, state })),
  };
}

export interface Graded {
  /** Null when the file was not even read. */
  readonly result: GradeResult | null;
  readonly message: string;
}

/** Puts a file in the place of the learner's, in a workspace that is a copy, and grades it. */
export async function gradeFile(
  workspace: Workspace,
  lab: Lab,
  path: string,
  seeds: readonly number[] | null,
): Promise<Graded> {
  if (statSync(path).size > LARGEST_FILE_BYTES) return { result: null, message: 'the file is larger than a megabyte' };
  copyFileSync(path, workspace.learnerFile(lab));
  const result = await grade(workspace, lab, { seeds });
  return { result, message: messageOf(result) };
}

/** The file of one submission; null when there is none. */
export function submissionIn(lab: Lab, folder: string): string | null {
  return inFolder([lab], folder, '', lab)[0]?.path ?? null;
}

/** Without the seed: it may be one that students should not know. */
function messageOf(result: GradeResult): string {
  return result.obstacle?.summary ?? firstFailure(result)?.failure?.summary ?? '';
}

/** A column for each check, and those of all labs in one file. */
function csvOf(rows: readonly Row[]): string {
  const ids = [...new Set(rows.flatMap(({ checks }) => checks.map(({ id }) => id)))];
  const head = ['student', 'lab', 'points', 'of', 'state', 'failed', 'message', 'seconds', ...ids];
  const lines = rows.map(({ student, lab, points, of, state, failed, message, seconds, checks }) => {
    const byCheck = new Map(checks.map((check) => [check.id, check.state === 'passed' ? check.points : 0]));
    return csvLine([
      student,
      lab,
      points,
      of,
      state,
      failed,
      message,
      seconds,
      ...ids.map((id) => byCheck.get(id) ?? ''),
    ]);
  });
  return csvLine(head) + lines.join('');
}

function lineOf({ student, lab, points, of, state, failed, message }: Row, number: number, count: number): string {
  const score = `${points} of ${of}`.padEnd(9);
  const what = message === '' ? state : `${failed === '' ? '' : `${failed}: `}${message}`;
  return `${`${number}/${count}`.padStart(7)}  ${student.padEnd(16)} lab ${lab.slice(0, 2)}  ${score} ${what}`.slice(
    0,
    WIDTH,
  );
}

const WIDTH = 120;
