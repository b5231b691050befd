/** Our texts, written in Markdown, as a terminal shows them: as wide as it is, and without most of the signs. */
import { type Paint, wrap } from './paint.js';

export function markdownLines(text: string, paint: Paint): string[] {
  const lines: string[] = [];
  for (const block of blocksOf(text)) {
    if (block.kind === 'as it is') lines.push(...block.lines);
    else if (block.kind === 'heading') lines.push(paint.bold(block.text));
    else lines.push(...withBold(hanging(block.mark, block.text, paint.terminal.width), paint));
  }
  return lines;
}

type Block =
  /** Code, tables, and empty lines. */
  | { readonly kind: 'as it is'; readonly lines: string[] }
  | { readonly kind: 'heading'; readonly text: string }
  /** `mark` is what stands before the first line: nothing, or `- `. */
  | { readonly kind: 'text'; readonly mark: string; text: string };

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let isFenced = false;
  for (const line of text.trimEnd().split('\n')) {
    const last = blocks.at(-1);
    const isFence = line.startsWith('```');
    if (isFence) isFenced = !isFenced;
    const heading = /^#+ (.*)$/.exec(line);
    const item = /^( *(?:[-*]|\d+\.) )(.*)$/.exec(line);
    if (isFence) continue;
    if (isFenced) blocks.push({ kind: 'as it is', lines: [`    ${line}`] });
    else if (heading) blocks.push({ kind: 'heading', text: heading[1] as string });
    else if (item) blocks.push({ kind: 'text', mark: item[1] as string, text: item[2] as string });
    else if (line.trim() === '' || line.startsWith('|')) blocks.push({ kind: 'as it is', lines: [line] });
    else if (last?.kind === 'text') last.text += ` ${line.trim()}`;
    else if (line.startsWith('    ')) blocks.push({ kind: 'as it is', lines: [line] });
    else blocks.push({ kind: 'text', mark: '', text: line.trim() });
  }
  return blocks;
}

/** What follows the first line of a list's item stands under its text. */
function hanging(mark: string, text: string, width: number): string[] {
  const plain = text.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');
  return wrap(plain, width - mark.length).map((line, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + line);
}

/** What stands between two `**`, also when that is on several lines. */
function withBold(lines: readonly string[], paint: Paint): string[] {
  let isBold = false;
  return lines.map((line) =>
    line
      .split('**')
      .map((part, index) => {
        if (index > 0) isBold = !isBold;
        return isBold && part !== '' ? paint.bold(part) : part;
      })
      .join(''),
  );
}
