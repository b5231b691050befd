/**
 * `npm run labs:generate`: makes all that follows from the `@lab` tags of the chapters: the starters, the patches from a
 * starter to its answer, and the entries in package.json by which a learner's file takes the place of ours.
 *
 * `npm run labs:generate -- --check` changes nothing, and fails when something would.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { findGaps, GapError, starterOf } from './gaps.js';
import {
  allLabs,
  type Lab,
  LabError,
  makeFolder,
  ownWorkspace,
  project,
  readText,
  type Workspace,
} from './project.node.js';

const isCheck = process.argv.includes('--check');

try {
  const labs = await allLabs();
  const stale = [...generatedFiles(labs, ownWorkspace)].filter(
    ([path, text]) => !existsSync(path) || readText(path) !== text,
  );
  const names = stale.map(([path]) => path.slice(project.length + 1).replaceAll('\\', '/'));
  if (isCheck && names.length > 0) {
    throw new LabError(`Not as the @lab tags would have it: ${names.join(', ')}. Mend it with: npm run labs:generate`);
  }
  for (const [path, text] of stale) {
    makeFolder(dirname(path));
    writeFileSync(path, text);
  }
  const done = names.length === 0 ? 'everything is up to date' : `wrote ${names.join(', ')}`;
  console.log(`${labs.length} ${labs.length === 1 ? 'lab' : 'labs'}: ${done}`);
} catch (error) {
  if (!(error instanceof LabError) && !(error instanceof GapError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** @throws {GapError | LabError} */
function generatedFiles(labs: readonly Lab[], workspace: Workspace): Map<string, string> {
  const files = new Map<string, string>();
  for (const lab of labs) {
    checkGaps(lab, workspace);
    const reference = readText(workspace.referenceFile(lab));
    const starter = starterOf(workspace.referenceFile(lab), reference);
    files.set(workspace.starterFile(lab), starter);
    files.set(join(workspace.solutionFolder(lab), 'answer.patch'), answerPatch(lab, starter, reference));
  }
  checkNoOtherTags(labs, workspace);
  files.set(workspace.path('package.json'), packageJson(labs, workspace));
  return files;
}

/** From the starter to the reference, for the place where the learner's file is: `git apply` takes it there. */
function answerPatch({ folder, manifest }: Lab, starter: string, reference: string): string {
  const path = `labs/${folder}/${manifest.file}`;
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, starter, reference, undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '').replaceAll('\t\n', '\n');
}

/** The manifest and the tags have the same gaps. */
function checkGaps(lab: Lab, workspace: Workspace): void {
  const path = workspace.referenceFile(lab);
  if (!existsSync(path))
    throw new LabError(`labs/${lab.folder}/lab.ts names ${lab.manifest.file}, but there is no ${path}`);
  const tagged = [...new Set(findGaps(path, readText(path)).map(({ id }) => id))].sort();
  const named = lab.manifest.gaps.map(({ id }) => id);
  if (tagged.join() !== named.join()) {
    throw new LabError(
      `labs/${lab.folder}/lab.ts has the gaps ${named.join(', ')}, the tags in ${path} are ${tagged.join(', ')}`,
    );
  }
  const foreign = tagged.find((id) => !id.startsWith(`${lab.number}.`));
  if (foreign !== undefined)
    throw new LabError(`${path} belongs to lab ${lab.number}, but has the tag @lab ${foreign}`);
}

/** A tag in a file that no lab names would be a gap that nobody fills. */
function checkNoOtherTags(labs: readonly Lab[], workspace: Workspace): void {
  const known = new Set(labs.map((lab) => workspace.referenceFile(lab)));
  const chapters = workspace.path('chapters');
  for (const name of readdirSync(chapters, { recursive: true }) as string[]) {
    const path = join(chapters, name);
    if (!name.endsWith('.ts') || known.has(path) || !/^\s*\* @lab /m.test(readText(path))) continue;
    throw new LabError(`${path} has an @lab tag, but no labs/*/lab.ts names this file`);
  }
}

/** The exact names come before the pattern that holds for everything else. */
function packageJson(labs: readonly Lab[], workspace: Workspace): string {
  const json = JSON.parse(readText(workspace.path('package.json'))) as { imports: Record<string, unknown> };
  const others = Object.entries(json.imports).filter(([name]) => name.includes('*'));
  const exact = labs.map(({ specifier, condition, folder, manifest }): [string, unknown] => [
    specifier,
    { [condition]: `./labs/${folder}/${manifest.file}`, default: `./chapters/${folder}/${manifest.file}` },
  ]);
  json.imports = Object.fromEntries([...exact, ...others]);
  return `${JSON.stringify(json, null, 2)}\n`;
}
