/** `npm run lab 11 hint`: one hint more, for the gap that failed last. */
import { wrap } from '../paint.js';
import { readProgress, saveProgress } from '../progress.node.js';
import { type Lab, LabError, ownWorkspace } from '../project.node.js';
import { terminalPaint } from '../terminal.node.js';

export function hint(lab: Lab, gapId: string | undefined, flags: { readonly ascii?: boolean }): void {
  const { gaps } = lab.manifest;
  const progress = readProgress(ownWorkspace, lab);
  const number = Number(lab.number);
  if (gapId === undefined && progress.hasPassed && progress.gap === null) {
    say(
      `All checks pass: there is nothing left to hint at.

  npm run lab ${number} solution   how we did it, and why`,
    );
    return;
  }
  const id = gapId ?? progress.gap ?? gaps[0]?.id;
  const gap = gaps.find((each) => each.id === id || each.id.endsWith(`.${id}`));
  if (gap === undefined)
    throw new LabError(`Lab ${lab.number} has no gap ${id}; it has ${gaps.map((each) => each.id).join(', ')}.`);
  const paint = terminalPaint(flags);
  const shown = Math.min(gap.hints.length, (progress.hints[gap.id] ?? 0) + 1);
  const lines = gap.hints.slice(0, shown).flatMap((text, index) => {
    const isNew = index === shown - 1;
    const words = wrap(text, paint.terminal.width - 6).map(
      (line, row) => `${row === 0 ? `${String(index + 1).padStart(3)}. ` : '     '}${line}`,
    );
    return isNew ? words : words.map(paint.dim);
  });
  const rest = gap.hints.length - shown;
  const solution = `npm run lab ${number} solution${progress.hasPassed ? '' : ' -- --spoil'}`;
  const more =
    rest > 0
      ? `${rest} more: npm run lab ${number} hint ${gap.id}`
      : `That was the last one. How we did it: ${solution}`;
  say(`${paint.bold(`Gap ${gap.id}  ${gap.title}`)}\n\n${lines.join('\n')}\n\n  ${paint.dim(more)}`);
  saveProgress(ownWorkspace, lab, { hints: { ...progress.hints, [gap.id]: shown } });
}

const say = (text: string): void => void process.stdout.write(`\n${text}\n`);
