/**
 * The project and its labs on the disk.
 *
 *     chapters/11-session-buckets/expiry-queue.ts        the reference
 *     labs/11-session-buckets/lab.ts, grade.test.ts …    the lab
 *     labs/11-session-buckets/starter/expiry-queue.ts    generated
 *     labs/11-session-buckets/expiry-queue.ts            the learner's
 *     solutions/11-session-buckets/                      worked answer, right and wrong ones
 *
 * A workspace is a folder with all of that: the project itself, or a copy of it in which somebody's file is graded.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { LabManifest } from './manifest.js';

/** Where this program is part of. */
export const project = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Something is not as it has to be; the message says what, where, and how to mend it. No stack is shown. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

export interface Lab {
  /** `11`. */
  readonly number: string;
  /** `11-session-buckets`. */
  readonly folder: string;
  readonly manifest: LabManifest;
  /** The condition under which the learner's file is taken. */
  readonly condition: string;
  /** `#11-session-buckets/expiry-queue.js`. */
  readonly specifier: string;
}

export class Workspace {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }
  referenceFile({ folder, manifest }: Lab): string {
    return this.path('chapters', folder, manifest.file);
  }
  learnerFile({ folder, manifest }: Lab): string {
    return this.path('labs', folder, manifest.file);
  }
  starterFile({ folder, manifest }: Lab): string {
    return this.path('labs', folder, 'starter', manifest.file);
  }
  labFile({ folder }: Lab, name: string): string {
    return this.path('labs', folder, name);
  }
  solutionFolder({ folder }: Lab): string {
    return this.path('solutions', folder);
  }
}

export const ownWorkspace = new Workspace(project);

/** The labs, in their order. */
export async function allLabs(root = project): Promise<Lab[]> {
  const folders = readdirSync(join(root, 'labs')).filter((name) => existsSync(join(root, 'labs', name, 'lab.ts')));
  return Promise.all(folders.sort().map((folder) => loadLab(root, folder)));
}

/**
 * @param name `11`, `session-buckets`, or `11-session-buckets`; `4` is `04`
 * @throws {LabError} there is none of that name
 */
export function labNamed(labs: readonly Lab[], name: string): Lab {
  const number = /^\d+$/.test(name) ? name.padStart(2, '0') : name;
  const lab = labs.find(({ folder }) => folder === name || folder.startsWith(`${number}-`) || folder.slice(3) === name);
  if (lab) return lab;
  const known = labs.map((each) => `${each.number} (${each.manifest.title})`).join(', ');
  throw new LabError(`There is no lab "${name}". There are: ${known}.`);
}

async function loadLab(root: string, folder: string): Promise<Lab> {
  const module = (await import(pathToFileURL(join(root, 'labs', folder, 'lab.ts')).href)) as { default: LabManifest };
  const number = folder.slice(0, 2);
  return {
    number,
    folder,
    manifest: module.default,
    condition: `lab-${number}`,
    specifier: `#${folder}/${basename(module.default.file, '.ts')}.js`,
  };
}

/** What a copy needs to run a lab. */
const COPIED = ['chapters', 'labs', 'package.json', 'tsconfig.json'] as const;

/** In labs/, for what the runner remembers about the learner. */
export const PROGRESS_FOLDER = '.progress';

/**
 * Makes a copy of the project in which a file can be graded without touching anybody's work. Packages are linked, the
 * rest is copied; files of learners stay behind.
 */
export function copyWorkspace(labs: readonly Lab[], from = project): Workspace & Disposable {
  const root = mkdtempSync(join(tmpdir(), 'zoowalk-lab-'));
  const own = new Workspace(from);
  const learnerFiles = new Set(labs.map((lab) => own.learnerFile(lab)));
  for (const name of COPIED) {
    cpSync(join(from, name), join(root, name), {
      recursive: true,
      filter: (path) => !learnerFiles.has(path) && basename(path) !== PROGRESS_FOLDER,
    });
  }
  symlinkSync(join(from, 'node_modules'), join(root, 'node_modules'), 'junction');
  return Object.assign(new Workspace(root), {
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  });
}

export function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
}
