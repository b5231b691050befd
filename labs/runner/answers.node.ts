/**
 * Answers that are known: right ones beside ours, and wrong ones, each with the misconception behind it.
 *
 * An answer is a whole file (`right/lazy-buckets.ts`), or a patch on the reference with a few lines before it:
 *
 *     Misconception: A sign of life can only put the end off.
 *     Gap: 11.2
 *     Caught by: s2
 *     Message: it is still there
 *
 *     --- a/chapters/11-session-buckets/expiry-queue.ts
 *     …
 *
 * So a wrong answer shows what it gets wrong and nothing else, and one that does not fit the reference any more is found.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { applyPatch } from 'diff';
import { type Lab, LabError, readText, type Workspace } from './project.node.js';

export interface Answer {
  /** `touch-only-later`. */
  readonly name: string;
  /** The learner's file with this answer. */
  readonly text: string;
  /** What is said before the code: for a right answer, how it differs from ours. */
  readonly about: string;
}

export interface WrongAnswer extends Answer {
  readonly misconception: string;
  readonly gap: string;
  /** The check that fails first: `s2`. */
  readonly caughtBy: string;
  /** Words that are in what the check says. */
  readonly message: string;
}

/** @throws {LabError} one of them can't be read, or does not fit the reference */
export function rightAnswers(workspace: Workspace, lab: Lab): Answer[] {
  return answersIn(workspace, lab, 'right');
}

/** @throws {LabError} */
export function wrongAnswers(workspace: Workspace, lab: Lab): WrongAnswer[] {
  return answersIn(workspace, lab, 'wrong').map((answer) => {
    const field = (name: string): string => {
      const value = new RegExp(`^${name}: (.+)$`, 'm').exec(answer.about)?.[1];
      if (value !== undefined) return value.trim();
      throw new LabError(`solutions/${lab.folder}/wrong/${answer.name} has no line "${name}: …" before its code`);
    };
    return {
      ...answer,
      misconception: field('Misconception'),
      gap: field('Gap'),
      caughtBy: field('Caught by'),
      message: field('Message'),
    };
  });
}

function answersIn(workspace: Workspace, lab: Lab, kind: 'right' | 'wrong'): Answer[] {
  const folder = join(workspace.solutionFolder(lab), kind);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => ['.ts', '.patch'].includes(extname(name)));
  return names.sort().map((name) => readAnswer(workspace, lab, join(folder, name)));
}

function readAnswer(workspace: Workspace, lab: Lab, path: string): Answer {
  const text = readText(path);
  const extension = extname(path);
  const name = basename(path, extension);
  if (extension === '.ts') {
    const about = /^\/\*\*?([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
    return { name, text, about: about.replace(/^ *\* ?/gm, '').trim() };
  }
  const start = text.search(/^--- /m);
  const patched = start < 0 ? false : applyPatch(readText(workspace.referenceFile(lab)), text.slice(start));
  if (patched === false) {
    throw new LabError(
      `${path} does not fit chapters/${lab.folder}/${lab.manifest.file} any more. Make the change anew in a copy of it, ` +
        'and write: diff -u REFERENCE COPY',
    );
  }
  return { name, text: patched, about: text.slice(0, start).trim() };
}
