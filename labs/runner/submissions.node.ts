/**
 * What a class has handed in: a folder in which each submission is a folder (`alice/expiry-queue.ts`, or a whole project
 * with labs/11-session-buckets/expiry-queue.ts in it) or a file (`alice.ts`, `alice-expiry-queue.ts`).
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type Lab, LabError } from './project.node.js';

export interface Submission {
  readonly student: string;
  readonly lab: Lab;
  /** Null when nothing was found that could be graded. */
  readonly path: string | null;
}

/** Larger than any answer: it is not even read. */
export const LARGEST_FILE_BYTES = 1_000_000;

/**
 * @param lab which one, when it is known
 * @throws {LabError} nobody can tell which lab a file is for
 */
export function findSubmissions(labs: readonly Lab[], folder: string, lab: Lab | null): Submission[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new LabError(`${folder} can't be read: ${(error as Error).message}`);
  }
  return names.flatMap((name) => {
    if (name.startsWith('.')) return [];
    const path = join(folder, name);
    return statSync(path).isDirectory() ? inFolder(labs, path, name, lab) : inFile(labs, path, name, lab);
  });
}

/** What a folder of one student holds. */
export function inFolder(labs: readonly Lab[], folder: string, student: string, lab: Lab | null): Submission[] {
  const found = (lab === null ? labs : [lab]).flatMap((each): Submission[] => {
    const { file } = each.manifest;
    const places = [join(folder, 'labs', each.folder, file), join(folder, each.folder, file), join(folder, file)];
    const path = places.find(isFile) ?? (lab === null ? undefined : onlyProgram(folder));
    return path === undefined ? [] : [{ student, lab: each, path }];
  });
  if (found.length > 0) return found;
  return lab === null ? [] : [{ student, lab, path: null }];
}

/** Students name files as they like; when there is one only, it is the one. */
function onlyProgram(folder: string): string | undefined {
  const programs = readdirSync(folder).filter((name) => extname(name) === '.ts');
  return programs.length === 1 ? join(folder, programs[0] as string) : undefined;
}

function inFile(labs: readonly Lab[], path: string, name: string, lab: Lab | null): Submission[] {
  if (extname(name) !== '.ts') return [];
  const ofName = labs.find(
    ({ manifest }) =>
      name === manifest.file || name.endsWith(`-${manifest.file}`) || name.endsWith(`_${manifest.file}`),
  );
  const found = lab ?? ofName;
  if (found === undefined) {
    throw new LabError(
      `${path}: for which lab is it? Say so with --lab 11, or call it NAME-${labs[0]?.manifest.file ?? 'file.ts'}`,
    );
  }
  const stem = basename(name, '.ts');
  const ending = basename(found.manifest.file, '.ts');
  const student = stem === ending ? stem : stem.replace(new RegExp(`[-_]${ending}$`), '');
  return [{ student, lab: found, path }];
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
