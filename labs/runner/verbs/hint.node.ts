/** `npm run lab 11 hint`: one hint more, for the gap that failed last. */
import { wrap } from '../paint.js';
import { readProgress, saveProgress } from '../progress.node.js';
import { type Lab, LabError, ownWorkspace } from '../project.node.js';
import { terminalPaint } from '../terminal.node.js';

export function hint(lab: Lab, gapId: string | undefined, flags: { readonly ascii?: boolean }): void {
  const { gaps } = lab.manifest;
  const progress = readProgress(ownWorkspace, lab);
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
  const more =
    rest > 0
      ? `${rest} more: npm run lab ${Number(lab.number)} hint ${gap.id}`
      : `That was the last one. How we did it: npm run lab ${Number(lab.number)} solution -- --spoil`;
  process.stdout.write(
    `\n${paint.bold(`Gap ${gap.id}  ${gap.title}`)}\n\n${lines.join('\n')}\n\n  ${paint.dim(more)}\n`,
  );
  saveProgress(ownWorkspace, lab, { hints: { ...progress.hints, [gap.id]: shown } });
}
