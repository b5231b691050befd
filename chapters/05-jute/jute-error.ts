/**
 * What is wrong with a .jute file, and where. The message begins `file:line:column:`, as editors and terminals know
 * it, and goes on with what was found, what was expected, and how to mend it.
 */

/** A place in a text. Both numbers begin at 1; a column is one UTF-16 unit. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export class JuteError extends Error {
  override readonly name = 'JuteError';
  readonly path: string;
  readonly position: Position;
  constructor(path: string, position: Position, problem: string) {
    super(`${path}:${position.line}:${position.column}: ${problem}`);
    this.path = path;
    this.position = position;
  }
}
