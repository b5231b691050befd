/** Values as people read them, short and always the same. */
import { inspect } from 'node:util';

export function show(value: unknown): string {
  const text = inspect(value, {
    depth: 5,
    breakLength: 60,
    maxArrayLength: 24,
    maxStringLength: 160,
    sorted: false,
    numericSeparator: false,
  });
  return text.replace(UNREADABLE, (character) => {
    const code = character.codePointAt(0) as number;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/**
 * What a terminal shows as nothing, as a box, upon its neighbour, or in another order than it stands: characters without
 * a sign of their own, spaces other than the usual one, marks, and what is written from right to left.
 */
const UNREADABLE =
  /(?![\n ])[\p{C}\p{Z}\p{M}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/gu;

/** An error in one line, as it stands in a stack. */
export function showError(error: unknown): string {
  if (!(error instanceof Error)) return `throw of ${show(error)}`;
  const [firstLine = ''] = error.message.split('\n');
  return `${error.name}: ${firstLine}`;
}

/** A few of many: the first ones and the last ones, and how many are between. */
export function fewOf(lines: readonly string[], atStart: number, atEnd: number): string[] {
  const hidden = lines.length - atStart - atEnd;
  if (hidden <= 1) return [...lines];
  return [...lines.slice(0, atStart), `… ${hidden} more …`, ...lines.slice(-atEnd)];
}
