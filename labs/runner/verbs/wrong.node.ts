/** `npm run lab 11 wrong touch-only-later`: how a known misconception fails, in a copy, for a lesson. */
import { writeFileSync } from 'node:fs';
import { type WrongAnswer, wrongAnswers } from '../answers.node.js';
import { grade } from '../grade.node.js';
import { type Paint, wrap } from '../paint.js';
import { readProgress } from '../progress.node.js';
import { allLabs, copyWorkspace, type Lab, LabError, ownWorkspace } from '../project.node.js';
import { report } from '../report.js';
import { terminalPaint } from '../terminal.node.js';
import { contextOf } from './run.node.js';

export interface WrongFlags {
  readonly ascii?: boolean;
  /** Tell the names before a pass: each says what not to do. */
  readonly spoil?: boolean;
}

export async function wrong(lab: Lab, name: string | undefined, flags: WrongFlags): Promise<void> {
  const answers = wrongAnswers(ownWorkspace, lab);
  const paint = terminalPaint(flags);
  const number = Number(lab.number);
  const isOpen = flags.spoil === true || readProgress(ownWorkspace, lab).hasPassed;
  if (name === undefined) {
    if (!isOpen) {
      throw new LabError(
        `You have not passed lab ${number} yet, and its ${answers.length} wrong answers would tell you what to look out for.\n` +
          `To see them all the same: npm run lab ${number} wrong -- --spoil`,
      );
    }
    process.stdout.write(listing(lab, answers, paint));
    return;
  }
  const answer = answers.find((each) => each.name === name);
  if (answer === undefined) {
    const names = isOpen
      ? `There are:\n\n${answers.map((each) => `    ${each.name}`).join('\n')}`
      : `Which there are:\n  npm run lab ${number} wrong -- --spoil`;
    throw new LabError(`Lab ${number} knows no wrong answer "${name}". ${names}`);
  }
  using workspace = copyWorkspace(await allLabs());
  writeFileSync(workspace.learnerFile(lab), answer.text);
  const result = await grade(workspace, lab);
  // Vitest sets it when a check fails.
  process.exitCode = 0;
  const context = { ...contextOf(lab, result), path: `${answer.name} (in a copy)`, source: answer.text };
  process.stdout.write(`${report(result, { ...context, isDemonstration: true }, paint)}\n${about(lab, answer, paint)}`);
}

function listing(lab: Lab, answers: readonly WrongAnswer[], paint: Paint): string {
  const lines = answers.flatMap(({ name, gap, caughtBy, misconception }) => [
    '',
    `  ${paint.bold(name)}  ${paint.dim(`gap ${gap}, caught by ${caughtBy}`)}`,
    ...wrap(misconception, paint.terminal.width - 4).map((line) => `    ${line}`),
  ]);
  const number = Number(lab.number);
  return [
    '',
    paint.bold(`Wrong answers of lab ${number}, and what is thought by those who give them`),
    ...lines,
    '',
    `How one of them fails:  npm run lab ${number} wrong ${answers[0]?.name ?? 'NAME'}`,
    '',
  ].join('\n');
}

function about(lab: Lab, { name, misconception, gap }: WrongAnswer, paint: Paint): string {
  return [
    `  ${paint.bold('Misconception')}`,
    ...wrap(misconception, paint.terminal.width - 4).map((line) => `    ${line}`),
    '',
    paint.dim(`  The code: solutions/${lab.folder}/wrong/${name}.* (gap ${gap})`),
    '',
  ].join('\n');
}
