/** Colours and signs of the terminal. Without colour everything says the same in words. */
import { styleText } from 'node:util';

export interface Terminal {
  readonly width: number;
  readonly hasColor: boolean;
  /** Whether lines and ticks can be shown; otherwise it is + - | and words. */
  readonly hasUnicode: boolean;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export class Paint {
  readonly terminal: Terminal;
  readonly signs: Signs;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
    this.signs = terminal.hasUnicode ? UNICODE : ASCII;
  }

  bold = (text: string): string => this.style('bold', text);
  dim = (text: string): string => this.style('dim', text);
  bad = (text: string): string => this.style('red', text);
  good = (text: string): string => this.style('green', text);
  warn = (text: string): string => this.style('yellow', text);
  name = (text: string): string => this.style('cyan', text);

  private style(style: Style, text: string): string {
    // Whether there is colour has been decided already.
    return this.terminal.hasColor ? styleText(style, text, { validateStream: false }) : text;
  }
}

export interface Signs {
  readonly passed: string;
  readonly failed: string;
  readonly open: string;
  readonly lane: string;
  readonly line: string;
  readonly right: string;
  readonly left: string;
  readonly lost: string;
  readonly event: string;
  readonly rule: string;
}

const UNICODE: Signs = {
  passed: '✓',
  failed: '✗',
  open: '·',
  lane: '│',
  line: '─',
  right: '▶',
  left: '◀',
  lost: '×',
  event: '●',
  rule: '─',
};

const ASCII: Signs = {
  passed: 'ok',
  failed: 'x',
  open: '.',
  lane: '|',
  line: '-',
  right: '>',
  left: '<',
  lost: 'x',
  event: '*',
  rule: '-',
};

/**
 * Breaks lines between words. A line that begins with spaces keeps them, and what is broken off it has them as well.
 * @param breaksWords whether a word that is longer than a line is broken; a path that somebody wants to copy is not
 */
export function wrap(text: string, width: number, breaksWords = true): string[] {
  return text.split('\n').flatMap((line) => {
    const indent = /^ */.exec(line)?.[0] ?? '';
    const room = Math.max(10, width - indent.length);
    return wrapLine(line.slice(indent.length), room, breaksWords).map((part) => indent + part);
  });
}

function wrapLine(text: string, width: number, breaksWords: boolean): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    while (breaksWords && line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  return [...lines, line];
}

/** Cut to a width, with a sign that it was. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
