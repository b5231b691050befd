/**
 * Invariants: what must be true whatever the peers do. A false one is a bug in this program, never bad input.
 *
 * Each has a name, so that a test, a log line and the text can speak of the same thing. Checking one is cheap and
 * stays on in production: a server that has found itself wrong stops before it acknowledges anything more.
 */

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  readonly invariant: string;
  constructor(invariant: string) {
    super(`invariant broken: ${invariant}`);
    this.invariant = invariant;
  }
}

/**
 * @param name kebab-case, as it stands in the chapter's table
 * @throws {InvariantViolation} when `holds` is false
 */
export function invariant(name: string, holds: boolean): asserts holds {
  if (!holds) throw new InvariantViolation(name);
}
