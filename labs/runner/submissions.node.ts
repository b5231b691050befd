/**
 * What a class has handed in: a folder in which each submission is a folder (`alice/expiry-queue.ts`, or a whole project
 * with labs/11-session-buckets/expiry-queue.ts in it) or a file (`alice.ts`, `alice-expiry-queue.ts`). Everything in the
 * folder gets an answer: nobody's work may vanish because of its name.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import { type Lab, LabError } from './project.node.js';

export type Submission = FoundSubmission | MissingSubmission;

export interface FoundSubmission {
  readonly student: string;
  readonly lab: Lab;
  readonly path: string;
}

export interface MissingSubmission {
  readonly student: string;
  /** Null when nobody can tell. */
  readonly lab: Lab | null;
  readonly path: null;
  /** Why there is nothing to grade. */
  readonly reason: string;
}

/** Larger than any answer: it is not even read. */
export const LARGEST_FILE_BYTES = 1_000_000;

/** What systems leave in folders. */
const NOT_HANDED_IN = /^(?:\..*|__MACOSX)$/;

/**
 * @param lab which one, when it is known
 * @param own files of the teacher's that may lie between the submissions
 * @throws {LabError} the folder can't be read
 */
export function findSubmissions(
  labs: readonly Lab[],
  folder: string,
  lab: Lab | null,
  own: readonly string[] = [],
): Submission[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new LabError(`${folder} can't be read: ${(error as Error).message}`);
  }
  const isOwn = new Set(own.map((path) => resolve(path)));
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (NOT_HANDED_IN.test(name) || isOwn.has(resolve(path))) return [];
    const kind = kindOf(path);
    if (kind === null) return [{ student: name, lab, path: null, reason: "it can't be read" }];
    return kind === 'folder' ? inFolder(labs, path, name, lab) : [ofFile(labs, path, name, lab)];
  });
}

// ---------------------------------------------------------------------------------------------- a folder

/** What a folder of one student holds; one that is missing, when it holds nothing. */
export function inFolder(labs: readonly Lab[], folder: string, student: string, lab: Lab | null): Submission[] {
  const wanted = lab === null ? labs : [lab];
  const programs = programsIn(folder);
  const all = wanted.flatMap((each) => submissionFor(each, folder, student, programs) ?? []);
  if (all.length > 0) return all;
  const [only] = programs;
  // Students name files as they like; when there is one only, it is the one.
  if (lab !== null && only !== undefined && programs.length === 1) return [{ student, lab, path: join(folder, only) }];
  const names = wanted.map(({ manifest }) => manifest.file).join(' or ');
  const others = programs.length === 0 ? '' : `, but ${someOf(programs)}`;
  return [{ student, lab, path: null, reason: `there is no ${names}${others}` }];
}

/** Null when there is no file of the lab's name. */
function submissionFor(lab: Lab, folder: string, student: string, programs: readonly string[]): Submission | null {
  const { file } = lab.manifest;
  const places = [join('labs', lab.folder, file), join(lab.folder, file), file];
  const named = programs.filter((path) => basename(path) === file);
  const path = places.find((place) => programs.includes(place)) ?? named[0];
  if (path === undefined) return null;
  if (places.includes(path) || named.length === 1) return { student, lab, path: join(folder, path) };
  return { student, lab, path: null, reason: `there are several ${file}: ${someOf(named)}` };
}

/** Of a whole project that somebody hands in: ours, and not theirs. */
const NOT_THEIRS = new Set(['node_modules', 'chapters', 'solutions', 'starter', 'runner', 'dist', 'site', 'bench']);
const OF_THE_LAB = /^(?:lab|grade[\w.-]*)\.ts$/;
const MOST_LEVELS = 6;

/** TypeScript in a folder and in the folders in it, by its path from there; what lies higher comes first. */
function programsIn(root: string, folder = root, level = 1): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => entry.isFile() && extname(entry.name) === '.ts');
  const folders = entries.filter((entry) => entry.isDirectory() && !NOT_THEIRS.has(entry.name));
  return [
    ...files
      .filter(({ name }) => !NOT_HANDED_IN.test(name) && !OF_THE_LAB.test(name))
      .map(({ name }) => relative(root, join(folder, name))),
    ...folders
      .filter(({ name }) => !NOT_HANDED_IN.test(name) && level < MOST_LEVELS)
      .flatMap(({ name }) => programsIn(root, join(folder, name), level + 1)),
  ];
}

const MOST_NAMED = 3;

const someOf = (paths: readonly string[]): string =>
  paths.slice(0, MOST_NAMED).join(', ') + (paths.length > MOST_NAMED ? ' …' : '');

// ------------------------------------------------------------------------------------------------ a file

function ofFile(labs: readonly Lab[], path: string, name: string, lab: Lab | null): Submission {
  const missing = (reason: string): Submission => ({ student: name, lab, path: null, reason });
  if (extname(name) !== '.ts') return missing('it is neither a folder nor a .ts file');
  const ofName = labs.find(
    ({ manifest }) =>
      name === manifest.file || name.endsWith(`-${manifest.file}`) || name.endsWith(`_${manifest.file}`),
  );
  const found = lab ?? ofName;
  if (found === undefined) {
    return missing(`for which lab is it? Say so with --lab 11, or call it NAME-${labs[0]?.manifest.file ?? 'file.ts'}`);
  }
  const stem = basename(name, '.ts');
  const ending = basename(found.manifest.file, '.ts');
  const student = stem === ending ? stem : stem.replace(new RegExp(`[-_]${ending}$`), '');
  return { student, lab: found, path };
}

function kindOf(path: string): 'folder' | 'file' | null {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return null;
  }
}
