/**
 * What the runner remembers about the learner, in labs/.progress (not in git): the best result, the hints that were
 * shown, and the starter that they began with, which `update` needs.
 */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Lab, makeFolder, PROGRESS_FOLDER, readText, type Workspace } from './project.node.js';

export interface Progress {
  /** The best result so far. */
  readonly points: number;
  /** All checks passed at some time. */
  readonly hasPassed: boolean;
  /** The gap of the first failure of the last run: what a hint is for. */
  readonly gap: string | null;
  /** How many hints were shown, by gap. */
  readonly hints: Readonly<Record<string, number>>;
}

const NOTHING: Progress = { points: 0, hasPassed: false, gap: null, hints: {} };

export function readProgress(workspace: Workspace, lab: Lab): Progress {
  try {
    return { ...NOTHING, ...(JSON.parse(readText(progressFile(workspace, lab))) as Partial<Progress>) };
  } catch {
    return NOTHING;
  }
}

export function saveProgress(workspace: Workspace, lab: Lab, change: Partial<Progress>): void {
  const path = progressFile(workspace, lab);
  makeFolder(dirname(path));
  writeFileSync(path, `${JSON.stringify({ ...readProgress(workspace, lab), ...change }, null, 2)}\n`);
}

export function forgetProgress(workspace: Workspace, lab: Lab): void {
  rmSync(progressFile(workspace, lab), { force: true });
}

/** The lab that the learner ran last; null before the first one. */
export function lastLab(workspace: Workspace, labs: readonly Lab[]): Lab | null {
  const ranMs = (lab: Lab): number => {
    const path = progressFile(workspace, lab);
    return existsSync(path) ? statSync(path).mtimeMs : 0;
  };
  const [last] = [...labs].sort((a, b) => ranMs(b) - ranMs(a));
  return last !== undefined && ranMs(last) > 0 ? last : null;
}

/** The starter that the learner's file began as; null when nobody knows. */
export function readBase(workspace: Workspace, lab: Lab): string | null {
  const path = baseFile(workspace, lab);
  return existsSync(path) ? readText(path) : null;
}

export function saveBase(workspace: Workspace, lab: Lab, starter: string): void {
  const path = baseFile(workspace, lab);
  makeFolder(dirname(path));
  writeFileSync(path, starter);
}

const progressFile = (workspace: Workspace, { folder }: Lab): string =>
  workspace.path('labs', PROGRESS_FOLDER, `${folder}.json`);

const baseFile = (workspace: Workspace, { folder, manifest }: Lab): string =>
  workspace.path('labs', PROGRESS_FOLDER, folder, `${manifest.file}.starter`);
