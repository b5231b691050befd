/** `npm run lab 11`: grades the learner's file, and says what to do next. `watch` does so on every save. */
import { watch as watchFolder } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type GradeOptions, grade } from '../grade.node.js';
import { hasNewStarter, shownPath, startIfNew } from '../learner-file.node.js';
import type { Paint } from '../paint.js';
import { readProgress, saveProgress } from '../progress.node.js';
import { type Lab, LabError, ownWorkspace, readText } from '../project.node.js';
import { type ReportContext, report } from '../report.js';
import { firstFailure, type GradeResult } from '../result.js';
import { terminalPaint } from '../terminal.node.js';
import { hasPicture, showPicture } from './picture.node.js';

export interface RunFlags {
  readonly check?: readonly string[];
  readonly seed?: number;
  readonly whole?: boolean;
  readonly all?: boolean;
  readonly with?: readonly Lab[];
  readonly json?: boolean;
  readonly ascii?: boolean;
}

export async function run(lab: Lab, flags: RunFlags): Promise<void> {
  if (flags.seed !== undefined && flags.check === undefined) {
    throw new LabError('A seed belongs to a check: npm run lab 11 -- --check s1 --seed 7');
  }
  const isNew = startIfNew(ownWorkspace, lab);
  const result = await gradeOnce(lab, flags);
  remember(lab, result);
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ ...result, modules: result.modules.map((path) => shownPath(ownWorkspace, path)) }, null, 2)}\n`,
    );
  } else {
    const paint = terminalPaint(flags);
    const context = { ...contextOf(lab, result), isWhole: flags.whole ?? false };
    process.stdout.write(`${report(result, context, paint)}\n${afterwards(lab, isNew, paint)}`);
    if (result.state === 'passed' && hasPicture(lab)) await showPicture(lab, flags);
  }
  process.exitCode =
    result.state === 'passed' || (result.state === 'partial run' && firstFailure(result) === null) ? 0 : 1;
}

/** Settles when the terminal is closed or Ctrl-C is pressed. */
export async function watch(lab: Lab, flags: RunFlags): Promise<void> {
  startIfNew(ownWorkspace, lab);
  const path = ownWorkspace.learnerFile(lab);
  let isStale = true;
  let wake = (): void => {};
  // The folder and not the file: many editors write a new file and rename it.
  watchFolder(dirname(path), (_, name) => {
    if (name !== basename(path)) return;
    isStale = true;
    wake();
  });
  process.once('SIGINT', () => process.exit(0));
  let seen = '';
  for (;;) {
    const text = isStale ? readIfThere(path) : seen;
    isStale = false;
    if (text !== seen && text !== '') {
      seen = text;
      const paint = terminalPaint(flags);
      process.stdout.write(process.stdout.isTTY ? '\x1b[2J\x1b[3J\x1b[H' : '\n');
      process.stdout.write(paint.dim(`${shownPath(ownWorkspace, path)} is being graded …\n`));
      const result = await gradeOnce(lab, flags);
      remember(lab, result);
      process.stdout.write(`${report(result, contextOf(lab, result), paint)}\n`);
      process.stdout.write(paint.dim('Watching. Save the file to grade it again; Ctrl-C ends.\n'));
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (isStale) resolve();
      });
    }
  }
}

async function gradeOnce(lab: Lab, flags: RunFlags): Promise<GradeResult> {
  const progress = new ProgressLine(flags.json !== true);
  const options: GradeOptions = {
    also: flags.with ?? [],
    only: flags.check ?? null,
    seeds: flags.seed === undefined ? null : [flags.seed],
    isReplay: flags.check !== undefined,
    goesOn: flags.all ?? false,
    onCheck: ({ id, name }) => progress.show(`${id} ${name}`),
  };
  progress.show('types, and getting ready');
  try {
    return await grade(ownWorkspace, lab, options);
  } finally {
    progress.clear();
  }
}

/** What goes on, in one line that is written over and over; nothing when nobody watches. */
class ProgressLine {
  private readonly isShown: boolean;

  constructor(isWanted: boolean) {
    this.isShown = isWanted && process.stderr.isTTY === true;
  }

  show(text: string): void {
    if (this.isShown) process.stderr.write(`\r\x1b[K… ${text.slice(0, (process.stderr.columns ?? 80) - 4)}`);
  }

  clear(): void {
    if (this.isShown) process.stderr.write('\r\x1b[K');
  }
}

export function contextOf(lab: Lab, result: GradeResult): ReportContext {
  const { manifest, number } = lab;
  const gap = firstFailure(result)?.gap;
  const path = ownWorkspace.learnerFile(lab);
  return {
    title: manifest.title,
    number: String(Number(number)),
    path: shownPath(ownWorkspace, path),
    source: readIfThere(path),
    gapTitles: new Map(manifest.gaps.map(({ id, title }) => [id, title])),
    hints: {
      shown: gap === undefined ? 0 : (readProgress(ownWorkspace, lab).hints[gap] ?? 0),
      total: manifest.gaps.find(({ id }) => id === gap)?.hints.length ?? 0,
    },
  };
}

function remember(lab: Lab, result: GradeResult): void {
  const before = readProgress(ownWorkspace, lab);
  const isWhole = result.state !== 'partial run';
  const gap = firstFailure(result)?.gap ?? null;
  saveProgress(ownWorkspace, lab, {
    points: isWhole ? Math.max(before.points, result.points) : before.points,
    hasPassed: before.hasPassed || result.state === 'passed',
    // One check that passes does not say that nothing else fails.
    gap: isWhole ? gap : (gap ?? before.gap),
  });
}

function afterwards(lab: Lab, isNew: boolean, paint: Paint): string {
  const number = Number(lab.number);
  if (isNew)
    return paint.dim(
      `The starter is now at ${shownPath(ownWorkspace, ownWorkspace.learnerFile(lab))}; git does not see it.\nThe task: labs/${lab.folder}/README.md\n`,
    );
  if (hasNewStarter(ownWorkspace, lab))
    return paint.warn(`The starter has changed since you began. Take it in: npm run lab ${number} update\n`);
  return '';
}

function readIfThere(path: string): string {
  try {
    return readText(path);
  } catch {
    return '';
  }
}
