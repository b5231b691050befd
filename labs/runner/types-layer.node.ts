/**
 * The first layer: does the learner's file compile, and does what uses it? Only these files are checked, so that it takes
 * a second and not ten.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import type { Lab, Workspace } from './project.node.js';
import type { Obstacle } from './result.js';

/** More than these would only be read from below. */
const MOST_ERRORS = 3;

/** @returns null when everything is in order */
export function checkTypes(workspace: Workspace, lab: Lab, conditions: readonly string[]): Obstacle | null {
  const learnerFile = workspace.learnerFile(lab);
  const refused = refusedImports(workspace, lab);
  if (refused !== null) return refused;
  const users = filesThatImport(workspace, lab);
  const program = ts.createProgram([learnerFile, ...users], {
    ...optionsOf(workspace),
    customConditions: [lab.condition, ...conditions],
  });
  const errors = diagnosticsOf(program, learnerFile);
  if (errors.length > 0) return obstacle('Your file does not compile', errors, workspace);
  const usersErrors = users.flatMap((path) => diagnosticsOf(program, path));
  if (usersErrors.length === 0) return null;
  return obstacle('Your file compiles, but what it exports does not fit where it is used', usersErrors, workspace);
}

/**
 * What is left of the project's rules for a file that is being written: a name that is not used yet is no mistake.
 */
function optionsOf(workspace: Workspace): ts.CompilerOptions {
  const { config } = ts.readConfigFile(workspace.path('tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, workspace.root);
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}

function diagnosticsOf(program: ts.Program, path: string): ts.Diagnostic[] {
  const source = program.getSourceFile(path);
  if (source === undefined) return [];
  const syntactic = program.getSyntacticDiagnostics(source);
  return syntactic.length > 0 ? [...syntactic] : [...program.getSemanticDiagnostics(source)];
}

function obstacle(title: string, diagnostics: readonly ts.Diagnostic[], workspace: Workspace): Obstacle {
  const details = diagnostics.slice(0, MOST_ERRORS).flatMap((each) => [...describe(each, workspace), '']);
  if (diagnostics.length > MOST_ERRORS) details.push(`… and ${diagnostics.length - MOST_ERRORS} more.`);
  else details.pop();
  const [first] = diagnostics;
  const { line } = first?.file?.getLineAndCharacterOfPosition(first.start ?? 0) ?? { line: 0 };
  const message = ts.flattenDiagnosticMessageText(first?.messageText, ' ');
  return { layer: 'types', why: 'types', title, details, summary: `${title}: line ${line + 1}: ${message}` };
}

function describe({ file, start = 0, length = 1, messageText, code }: ts.Diagnostic, workspace: Workspace): string[] {
  const message = `${ts.flattenDiagnosticMessageText(messageText, '\n')} (TS${code})`;
  if (file === undefined) return [message];
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return [
    `${relative(workspace.root, file.fileName).replaceAll('\\', '/')}:${line + 1}:${character + 1}`,
    ...sourceLines(file.text.split('\n'), line, character, length),
    ...message.split('\n'),
  ];
}

/** For the shape: an error is often that of the line before. */
const LINES_BEFORE = 1;

/** The line with the error and the one before it, as they stand in the file, and a sign under the place. */
function sourceLines(all: readonly string[], line: number, character: number, length: number): string[] {
  const from = Math.max(0, line - LINES_BEFORE);
  // A tab is as wide as the space that stands for it, so the sign is under its place.
  const shown = all.slice(from, line + 1).map((text) => text.trimEnd().replaceAll('\t', ' '));
  const width = Math.max(1, Math.min(length, (shown.at(-1) as string).length - character));
  const numbered = shown.map((text, index) => `  ${String(from + index + 1).padStart(4)} | ${text}`);
  return [...numbered, `  ${' '.repeat(4)} | ${' '.repeat(character)}${'^'.repeat(width)}`];
}

/** Chapters that import the lab's file by its name, tests left out. */
function filesThatImport(workspace: Workspace, lab: Lab): string[] {
  const chapters = workspace.path('chapters');
  return (readdirSync(chapters, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(chapters, name))
    .filter((path) => readFileSync(path, 'utf8').includes(`'${lab.specifier}'`));
}

// ------------------------------------------------------------------------------------------------ imports

/**
 * A learner's file may import what any file of a chapter may: chapters by their names, and the packages that the
 * reference uses. Everything else would be a way around the task.
 */
function refusedImports(workspace: Workspace, lab: Lab): Obstacle | null {
  const learnerFile = workspace.learnerFile(lab);
  const text = readFileSync(learnerFile, 'utf8');
  const allowed = new Set([...importsOf(readFileSync(workspace.referenceFile(lab), 'utf8')), 'node:buffer']);
  const refused = importsOf(text).filter((name) => {
    return !allowed.has(name) && !/^#\d\d-[\w-]+\/(?:[\w-]+\/)*(?!.*\.node\.js$)[\w.-]+\.js$/.test(name);
  });
  if (refused.length === 0) return null;
  const details = refused.flatMap((name) => [
    `It imports '${name}'.`,
    name.includes('chapters/')
      ? 'That is the reference itself: a lab is passed by a file of your own.'
      : 'A file of a chapter imports only chapters, by their names: #00-introduction/world.js.',
  ]);
  const title = 'Your file imports what it may not';
  return { layer: 'types', why: 'refused', title, details, summary: `${title}: ${refused.join(', ')}` };
}

function importsOf(text: string): string[] {
  const info = ts.preProcessFile(text, true, true);
  return [...new Set(info.importedFiles.map(({ fileName }) => fileName))];
}
