/** Values as people read them, short and always the same. */
import { inspect } from 'node:util';

export function show(value: unknown): string {
  return inspect(value, {
    depth: 5,
    breakLength: 60,
    maxArrayLength: 24,
    maxStringLength: 160,
    sorted: false,
    numericSeparator: false,
  });
}

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
