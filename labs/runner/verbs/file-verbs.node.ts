/** The verbs about the learner's file: diff, reset, update, and the solution. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import * as file from '../learner-file.node.js';
import { markdownLines } from '../markdown.js';
import { type Paint, wrap } from '../paint.js';
import { forgetProgress, readProgress } from '../progress.node.js';
import { type Lab, LabError, ownWorkspace, readText } from '../project.node.js';
import { terminalPaint } from '../terminal.node.js';

interface Flags {
  readonly ascii?: boolean;
}

export function diff(lab: Lab, flags: Flags): void {
  const path = begun(lab);
  const name = file.shownPath(ownWorkspace, path);
  const starter = readText(ownWorkspace.starterFile(lab));
  const own = readText(path);
  if (own === starter) {
    tell(`${name} is the starter, unchanged.`);
    return;
  }
  const patch = createTwoFilesPatch('the starter', name, starter, own, '', '', { context: 2 });
  say(
    patch
      .split('\n')
      .slice(1)
      .map((line) => colored(line, terminalPaint(flags)))
      .join('\n'),
  );
}

export function reset(lab: Lab): void {
  const backup = file.reset(ownWorkspace, lab);
  forgetProgress(ownWorkspace, lab);
  const path = file.shownPath(ownWorkspace, ownWorkspace.learnerFile(lab));
  tell(`${path} is the starter again.${backup === null ? '' : ` What was there is in ${backup}.`}`);
}

export function update(lab: Lab): void {
  begun(lab);
  const outcome = file.update(ownWorkspace, lab);
  const path = file.shownPath(ownWorkspace, ownWorkspace.learnerFile(lab));
  if (outcome.kind === 'nothing new') {
    tell('The starter has not changed since you began.');
    return;
  }
  const { conflicts, backup } = outcome;
  const places = conflicts === 1 ? 'one place is' : `${conflicts} places are`;
  tell(
    conflicts === 0
      ? `${path} has the changes of the new starter, and all of yours. As it was before: ${backup}`
      : `${path} has the changes of the new starter; ${places} yours to decide, between <<<<<<< and >>>>>>>.\nAs it was before: ${backup}`,
  );
}

export function solution(lab: Lab, flags: Flags & { readonly spoil?: boolean }): void {
  const { hasPassed } = readProgress(ownWorkspace, lab);
  const number = Number(lab.number);
  if (!hasPassed && !flags.spoil) {
    throw new LabError(
      `You have not passed lab ${number} yet. Another hint may do: npm run lab ${number} hint\n` +
        `To see the solution all the same: npm run lab ${number} solution -- --spoil`,
    );
  }
  const folder = ownWorkspace.solutionFolder(lab);
  const text = join(folder, 'README.md');
  const paint = terminalPaint(flags);
  const patch = readText(join(folder, 'answer.patch'))
    .split('\n')
    .map((line) => colored(line, paint))
    .join('\n');
  const why = existsSync(text) ? markdownLines(readText(text), paint).join('\n') : '';
  say(`${why}\n\n${paint.bold('From the starter to our answer')}\n\n${patch}`);
}

function begun(lab: Lab): string {
  const path = ownWorkspace.learnerFile(lab);
  if (!existsSync(path))
    throw new LabError(`You have not begun lab ${Number(lab.number)}: npm run lab ${Number(lab.number)}`);
  return path;
}

function colored(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint.good(line);
  if (line.startsWith('-')) return paint.bad(line);
  return line.startsWith('@@') ? paint.dim(line) : line;
}

/** In words, which fit into any terminal. */
const tell = (text: string): void => say(wrap(text, terminalPaint().terminal.width, false).join('\n'));

const say = (text: string): void => void process.stdout.write(`\n${text.trimEnd()}\n`);
