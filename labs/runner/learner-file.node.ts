/** The learner's file: how it comes to be, goes back to the start, and takes in a starter that has changed. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, relative } from 'node:path';
import { diff3Merge } from 'node-diff3';
import { readBase, saveBase } from './progress.node.js';
import { type Lab, LabError, readText, type Workspace } from './project.node.js';

/** As people write it: `labs/11-session-buckets/expiry-queue.ts`. */
export const shownPath = (workspace: Workspace, path: string): string =>
  relative(workspace.root, path).replaceAll('\\', '/');

/**
 * Puts the starter in its place, unless there is a file of the learner's already.
 * @returns whether it did
 * @throws {LabError} there is one of another name, which would never be looked at
 */
export function startIfNew(workspace: Workspace, lab: Lab): boolean {
  const path = workspace.learnerFile(lab);
  if (existsSync(path)) {
    if (readBase(workspace, lab) === null) saveBase(workspace, lab, readText(workspace.starterFile(lab)));
    return false;
  }
  const stray = strayFile(workspace, lab);
  if (stray !== null) {
    throw new LabError(
      `There is ${shownPath(workspace, workspace.labFile(lab, stray))}, but this lab reads ${shownPath(workspace, path)}.\n` +
        'Rename it; or move it away, and run the lab again to get the starter.',
    );
  }
  start(workspace, lab);
  return true;
}

/** Begins anew. @returns where the old file is kept; null when there was none */
export function reset(workspace: Workspace, lab: Lab): string | null {
  const path = workspace.learnerFile(lab);
  const backup = existsSync(path) ? keep(workspace, lab, readText(path)) : null;
  start(workspace, lab);
  return backup;
}

export type UpdateOutcome =
  | { readonly kind: 'nothing new' }
  /** `conflicts` places have to be decided by hand: they stand between <<<<<<< and >>>>>>>. */
  | { readonly kind: 'merged'; readonly conflicts: number; readonly backup: string };

/** Takes the changes of a starter into the learner's file, which keeps what the learner wrote. */
export function update(workspace: Workspace, lab: Lab): UpdateOutcome {
  const starter = readText(workspace.starterFile(lab));
  const base = readBase(workspace, lab) ?? starter;
  if (base === starter) return { kind: 'nothing new' };
  const path = workspace.learnerFile(lab);
  const own = readText(path);
  let conflicts = 0;
  const merged = diff3Merge(own.split('\n'), base.split('\n'), starter.split('\n')).flatMap((part) => {
    if (part.ok) return part.ok;
    if (part.conflict === undefined) return [];
    conflicts++;
    return ['<<<<<<< yours', ...part.conflict.a, '=======', ...part.conflict.b, '>>>>>>> the new starter'];
  });
  const backup = keep(workspace, lab, own);
  writeFileSync(path, merged.join('\n'));
  saveBase(workspace, lab, starter);
  return { kind: 'merged', conflicts, backup };
}

/** Whether the starter is another one than the learner began with. */
export function hasNewStarter(workspace: Workspace, lab: Lab): boolean {
  const base = readBase(workspace, lab);
  return base !== null && base !== readText(workspace.starterFile(lab));
}

function start(workspace: Workspace, lab: Lab): void {
  const starter = readText(workspace.starterFile(lab));
  writeFileSync(workspace.learnerFile(lab), starter);
  saveBase(workspace, lab, starter);
  writeFileSync(workspace.labFile(lab, 'tsconfig.json'), editorConfig(lab));
}

/** So that an editor, too, takes the learner's file for the chapter's. Before there is one, it must not. */
function editorConfig({ condition }: Lab): string {
  const config = { extends: '../tsconfig.json', compilerOptions: { customConditions: [condition] }, include: ['*.ts'] };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** A copy beside the file, under the first name that is free. */
function keep(workspace: Workspace, lab: Lab, text: string): string {
  const path = workspace.learnerFile(lab);
  for (let number = 1; ; number++) {
    const backup = `${path}.before-${number}`;
    if (existsSync(backup)) continue;
    writeFileSync(backup, text);
    return shownPath(workspace, backup);
  }
}

const LAB_FILE = /^(?:lab|grade[\w.-]*)\.ts$/;

/** A program in the lab's folder that belongs to nobody: most likely the learner's, under a wrong name. */
function strayFile(workspace: Workspace, lab: Lab): string | null {
  const names = readdirSync(workspace.labFile(lab, '.'), { withFileTypes: true });
  const stray = names.find(
    (entry) => entry.isFile() && /^\.[cm]?[jt]sx?$/.test(extname(entry.name)) && !LAB_FILE.test(entry.name),
  );
  return stray?.name ?? null;
}
