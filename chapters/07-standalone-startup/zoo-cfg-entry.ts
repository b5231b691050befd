/** One thing that somebody has configured, and the error that says what is wrong with it. */

export interface Entry {
  readonly key: string;
  /** Without the white space around it. */
  readonly value: string;
  /** What errors call it: `zoo.cfg, line 7: tickTime`, or `-DtickTime`. */
  readonly label: string;
}

/** A configuration that no server can run with. The message is one line: where, what was found, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @param allowed what would be right, in words: `a whole number from 1 to 9` */
export function wrongValue(entry: Entry, allowed: string): ConfigError {
  return new ConfigError(`${entry.label} is ${quoted(entry.value)}, but must be ${allowed}`);
}

const LONGEST_QUOTE = 80;

/** A value as errors show it: on one line, harmless to a terminal, and not endless. */
export function quoted(value: string): string {
  const start = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  return `"${printable(start)}"`;
}

/** Control characters written out. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
