/**
 * The records that a field may have as its type, at one point of a .jute file: those of the files that it includes, and
 * those above. No two of them have the same qualified name.
 */
import type { JuteError } from '#05-jute/jute-error.js';
import type { Token } from '#05-jute/lexer.js';
import { qualifiedName, type RecordDeclaration, type Schema } from '#05-jute/schema.js';
import type { TokenReader } from '#05-jute/token-reader.js';

export class KnownRecords {
  private readonly tokens: TokenReader;
  private readonly byName = new Map<string, RecordDeclaration>();

  constructor(tokens: TokenReader) {
    this.tokens = tokens;
  }

  /** @param qualified the module and the name: `org.apache.zookeeper.data.Id` */
  get(qualified: string): RecordDeclaration | undefined {
    return this.byName.get(qualified);
  }

  /** From here on fields may use it. */
  add(record: RecordDeclaration): void {
    this.byName.set(qualifiedName(record), record);
  }

  /**
   * Adds the records of another file, and of those that it includes.
   * @param at where it is included
   * @throws {JuteError} two records have the same name
   */
  addAll(schema: Schema, at: Token): void {
    for (const included of schema.includes) this.addAll(included, at);
    for (const record of schema.modules.flatMap((module) => module.records)) {
      if (this.get(qualifiedName(record)) !== record) this.refuseTaken(qualifiedName(record), at);
      this.add(record);
    }
  }

  /**
   * @param at the token to blame
   * @throws {JuteError} there is a record of that name already
   */
  refuseTaken(qualified: string, at: Token): void {
    const other = this.get(qualified);
    if (other === undefined) return;
    const where = other.path === this.tokens.path ? 'in this file' : `in ${other.path}`;
    const mend = 'Take one of them out, or give it another name.';
    throw this.tokens.error(at, `class ${qualified} is declared already, ${where}. ${mend}`);
  }

  /**
   * The error for a type that is no known record, with advice: perhaps it is in another module, or further down.
   * @param module the one that is being read
   * @param at its first token
   */
  unknown(qualified: string, module: string, at: Token): JuteError {
    return this.tokens.error(at, `type ${qualified} is not known here. ${this.adviceFor(qualified, module)}`);
  }

  private adviceFor(qualified: string, module: string): string {
    const name = qualified.slice(qualified.lastIndexOf('.') + 1);
    if (name === this.tokens.openClass() && qualified === qualifiedName({ module, name })) {
      return 'A class cannot hold itself: its bytes would never end.';
    }
    const elsewhere = [...this.byName.keys()].find((known) => known.endsWith(`.${name}`));
    if (elsewhere !== undefined) return `Write ${elsewhere}, if that is the one.`;
    const line = this.tokens.lineOfClassBelow(name);
    if (line === null) return `Declare class ${name} above this line, or include the file that does.`;
    return `Class ${name} is declared below, in line ${line}: move it above the class that uses it.`;
  }
}
