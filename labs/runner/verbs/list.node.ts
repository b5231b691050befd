/** `npm run lab`: which labs there are, and how far the learner is. */
import { existsSync } from 'node:fs';
import { wrap } from '../paint.js';
import { readProgress } from '../progress.node.js';
import { type Lab, ownWorkspace } from '../project.node.js';
import { terminalPaint } from '../terminal.node.js';

export interface ListFlags {
  readonly json?: boolean;
  readonly ascii?: boolean;
}

export function list(labs: readonly Lab[], flags: ListFlags): void {
  const rows = labs.map((lab) => {
    const { points, hasPassed } = readProgress(ownWorkspace, lab);
    const isBegun = existsSync(ownWorkspace.learnerFile(lab));
    const state = hasPassed ? 'passed' : isBegun ? 'begun' : 'not begun';
    const { title, goal, effortMinutes, after, points: of } = lab.manifest;
    return { lab: lab.folder, number: lab.number, title, goal, state, points, of, effortMinutes, after } as const;
  });
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const paint = terminalPaint(flags);
  const { signs } = paint;
  const lines = rows.flatMap(({ number, title, goal, state, points, of, effortMinutes, after }) => {
    const sign = state === 'passed' ? paint.good(signs.passed) : paint.dim(signs.open);
    const score = state === 'not begun' ? 'not begun' : `${points} of ${of}`;
    const minutes = `${effortMinutes[0]} to ${effortMinutes[1]} min`;
    return [
      `  ${sign} ${paint.bold(number)}  ${title.padEnd(28)} ${score.padEnd(12)} ${minutes}`,
      ...wrap(`${goal}${after.length > 0 ? ` After ${after.join(', ')}.` : ''}`, paint.terminal.width - 8).map((line) =>
        paint.dim(`        ${line}`),
      ),
    ];
  });
  const next = rows.find(({ state }) => state !== 'passed');
  const advice =
    next === undefined ? 'You have passed them all.' : `Begin or go on:  npm run lab ${Number(next.number)}`;
  process.stdout.write(
    `\n${paint.bold('Labs')}\n\n${lines.join('\n')}\n\n${advice}\nAll verbs:       npm run lab help\n`,
  );
}
