/**
 * `npm run lab 15 picture`: the learner's file among real servers, in `labs/NN-name/grade-picture.node.ts`, where a lab has
 * that. It is shown after a pass, too. Nothing is graded by it: other programs have a part in it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startIfNew } from '../learner-file.node.js';
import { type Lab, LabError, ownWorkspace, readText } from '../project.node.js';
import { unwrittenGaps } from '../unwritten.js';

/** Servers have to start, and to notice that others are gone. */
const LIMIT_MS = 120_000;

export interface PictureFlags {
  readonly ascii?: boolean;
}

const programOf = (lab: Lab): string => ownWorkspace.labFile(lab, 'grade-picture.node.ts');

export const hasPicture = (lab: Lab): boolean => existsSync(programOf(lab));

export async function picture(lab: Lab, flags: PictureFlags): Promise<void> {
  const number = Number(lab.number);
  if (!hasPicture(lab))
    throw new LabError(`Lab ${number} has no picture. A real server on your file: npm run lab ${number} serve`);
  startIfNew(ownWorkspace, lab);
  const open = unwrittenGaps(readText(ownWorkspace.learnerFile(lab)));
  if (open.length > 0) throw new LabError(`Not written yet: ${open.join(', ')}. Before that there is nothing to see.`);
  process.exitCode = await showPicture(lab, flags);
}

/** @returns the exit code of the program that shows it */
export function showPicture(lab: Lab, { ascii = false }: PictureFlags): Promise<number> {
  const args = [`--conditions=${lab.condition}`, '--import', 'tsx', programOf(lab), ...(ascii ? ['--ascii'] : [])];
  const child = spawn(process.execPath, args, { cwd: ownWorkspace.root, stdio: 'inherit' });
  const limit = setTimeout(() => {
    process.stderr.write(`\nThe picture is not finished after ${LIMIT_MS / 1000} s, and is ended.\n`);
    child.kill('SIGKILL');
  }, LIMIT_MS);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
}
