/**
 * Reads a .jute file into a schema, by recursive descent: one method for each line of the grammar in schema.ts.
 *
 * A record must stand above the fields that use it, so a schema never goes round in circles, and a record always has
 * a smallest size.
 */
import type { PrimitiveType } from '#04-serialization/record-type.js';
import { JuteError, type Position } from '#05-jute/jute-error.js';
import { KEYWORDS, type Keyword, type Token, tokenize } from '#05-jute/lexer.js';
import {
  type Comment,
  type FieldDeclaration,
  type Module,
  qualifiedName,
  type RecordDeclaration,
  type Schema,
  type Type,
} from '#05-jute/schema.js';

export interface Source {
  /** Names the file in messages, and tells one file from another. */
  readonly path: string;
  readonly text: string;
}

/**
 * Finds the file that an `include` names.
 * @param includedPath what stands between the quotes
 * @param fromPath the file that includes it
 * @returns null when there is no such file
 */
export type ResolveInclude = (includedPath: string, fromPath: string) => Source | null;

/**
 * Parses one file and those that it includes.
 * @param parsed what is known already, by path; files that are read here are added
 * @throws {JuteError} where the file does not keep to the grammar, or names what is not there
 * @apache org.apache.jute.compiler.generated.Rcc
 */
export function parseJute(source: Source, resolveInclude: ResolveInclude, parsed = new Map<string, Schema>()): Schema {
  return new Parser(source, { resolveInclude, parsed, open: [] }).file();
}

const PRIMITIVE_TYPES: ReadonlySet<string> = new Set<PrimitiveType & Keyword>([
  'byte',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'ustring',
  'buffer',
]);

const MAP_FORM = 'A map looks like this: map<key type, value type>';
const CLASS_FORM = 'A class looks like this: class Name { type name; … }';

interface Context {
  readonly resolveInclude: ResolveInclude;
  readonly parsed: Map<string, Schema>;
  /** The files that are being read: this one is the last, the one that includes it stands before it. */
  readonly open: readonly string[];
}

class Parser {
  private readonly path: string;
  private readonly context: Context;
  private readonly tokens: readonly Token[];
  private next = 0;
  /** The qualified name of the class that is being read. */
  private openClass = '';
  /** Every record that may be used from here on, by its qualified name. */
  private readonly known = new Map<string, RecordDeclaration>();

  constructor(source: Source, context: Context) {
    this.path = source.path;
    this.context = { ...context, open: [...context.open, source.path] };
    this.tokens = tokenize(source.path, source.text);
  }

  file(): Schema {
    const includes: Schema[] = [];
    const modules: Module[] = [];
    do {
      const token = this.peek();
      if (token.kind === 'include') {
        const included = this.include();
        if (!includes.includes(included)) includes.push(included);
      } else if (token.kind === 'module') {
        modules.push(this.module());
      } else {
        throw this.unexpected(token, "'include' or 'module'", 'Classes stand inside a module: module name { class … }');
      }
    } while (this.peek().kind !== 'end of file');
    const schema: Schema = { path: this.path, includes, modules };
    this.context.parsed.set(this.path, schema);
    return schema;
  }

  private include(): Schema {
    this.take('include', '');
    const name = this.take('string', 'An include looks like this: include "data.jute"');
    const source = this.context.resolveInclude(name.text, this.path);
    if (source === null) {
      throw this.error(name, `there is no file "${name.text}" to include. The path is relative to this file.`);
    }
    if (this.context.open.includes(source.path)) {
      const circle = [...this.context.open, source.path].join(' -> ');
      throw this.error(name, `files include each other in a circle: ${circle}. Move what both need into a third file.`);
    }
    const included = this.context.parsed.get(source.path) ?? new Parser(source, this.context).file();
    this.know(included, name);
    return included;
  }

  /** Makes the records of another file, and of those that it includes, known here. */
  private know(schema: Schema, at: Token): void {
    for (const included of schema.includes) this.know(included, at);
    for (const record of schema.modules.flatMap((module) => module.records)) {
      const other = this.known.get(qualifiedName(record));
      if (other !== undefined && other !== record) throw this.duplicateRecord(record, at, other);
      this.known.set(qualifiedName(record), record);
    }
  }

  private module(): Module {
    const comment = commentOf(this.take('module', ''));
    const name = this.dottedName('A module looks like this: module name { class … }');
    this.take('{', 'A module looks like this: module name { class … }');
    const records: RecordDeclaration[] = [];
    do {
      records.push(this.record(name));
    } while (this.peek().kind === 'class');
    this.take('}', 'Close the module, or begin the next class with the word class.');
    return { name, comment, records };
  }

  private record(module: string): RecordDeclaration {
    const comment = commentOf(this.take('class', 'A module holds at least one class: class Name { type name; … }'));
    const name = this.take('identifier', CLASS_FORM);
    const known = this.known.get(qualifiedName({ module, name: name.text }));
    if (known !== undefined) throw this.duplicateRecord({ module, name: name.text }, name, known);
    this.openClass = qualifiedName({ module, name: name.text });
    this.take('{', CLASS_FORM);
    if (this.peek().kind === '}') {
      throw this.error(this.peek(), `class ${name.text} is empty, expected at least one field. ${CLASS_FORM}`);
    }
    const fields: FieldDeclaration[] = [];
    const places = new Map<string, Position>();
    do {
      fields.push(this.field(module, name.text, places));
    } while (this.peek().kind !== '}');
    this.take('}', '');
    const { position } = name;
    const record: RecordDeclaration = { name: name.text, module, path: this.path, position, comment, fields };
    this.known.set(qualifiedName(record), record);
    return record;
  }

  /** @param places where the fields before this one are, by name */
  private field(module: string, record: string, places: Map<string, Position>): FieldDeclaration {
    const first = this.peek();
    const type = this.type(module);
    const name = this.take('identifier', 'A field looks like this: type name;');
    const place = places.get(name.text);
    if (place !== undefined) {
      throw this.error(
        name,
        `class ${record} has a field ${name.text} already, in line ${place.line}. Give one of them another name.`,
      );
    }
    places.set(name.text, name.position);
    const end = this.take(';', `Write ; after the field ${name.text}.`);
    const comment = [...first.commentBefore, ...end.commentAfter];
    return { name: name.text, type, comment };
  }

  private type(module: string): Type {
    const token = this.peek();
    if (token.kind === 'vector') return this.vector(module);
    if (token.kind === 'map') return this.map(module);
    if (token.kind === 'identifier') return this.recordType(module);
    if (!PRIMITIVE_TYPES.has(token.kind)) {
      throw this.unexpected(
        token,
        'a type',
        `Types are ${[...PRIMITIVE_TYPES].join(', ')}, vector<…>, map<…, …> and classes.`,
      );
    }
    this.next++;
    return { kind: 'primitive', name: token.kind as PrimitiveType };
  }

  private vector(module: string): Type {
    this.take('vector', '');
    this.take('<', 'A vector looks like this: vector<type>');
    const element = this.type(module);
    this.take('>', 'A vector looks like this: vector<type>');
    return { kind: 'vector', element };
  }

  private map(module: string): Type {
    this.take('map', '');
    this.take('<', MAP_FORM);
    const keyToken = this.peek();
    const key = this.type(module);
    if (key.kind !== 'primitive' || key.name === 'buffer') {
      throw this.error(
        keyToken,
        `found ${shown(keyToken)} as the key of a map, expected a number, a boolean or a ustring: the keys of a map ` +
          'are written in their order. Use a vector of records that hold a key and a value.',
      );
    }
    this.take(',', MAP_FORM);
    const value = this.type(module);
    this.take('>', MAP_FORM);
    return { kind: 'map', key, value };
  }

  /** A name without dots is one of this module, never of another. */
  private recordType(module: string): Type {
    const token = this.peek();
    const name = this.dottedName('');
    const qualified = name.includes('.') ? name : qualifiedName({ module, name });
    const record = this.known.get(qualified);
    if (record === undefined)
      throw this.error(token, `type ${qualified} is not known here. ${this.adviceFor(name, qualified)}`);
    return { kind: 'record', record };
  }

  private adviceFor(name: string, qualified: string): string {
    if (qualified === this.openClass) return 'A class cannot hold itself: its bytes would never end.';
    const simple = name.slice(name.lastIndexOf('.') + 1);
    const elsewhere = [...this.known.keys()].find((known) => known.endsWith(`.${simple}`));
    if (elsewhere !== undefined) return `Write ${elsewhere}, if that is the one.`;
    const below = this.tokens.findIndex(
      (token, i) => i >= this.next && token.kind === 'class' && this.tokens[i + 1]?.text === simple,
    );
    if (below !== -1) {
      const { line } = (this.tokens[below] as Token).position;
      return `Class ${simple} is declared below, in line ${line}: move it above the class that uses it.`;
    }
    return `Declare class ${simple} above this line, or include the file that does.`;
  }

  private dottedName(mend: string): string {
    let name = this.take('identifier', mend).text;
    while (this.peek().kind === '.') {
      this.take('.', '');
      name += `.${this.take('identifier', 'A name goes on after a dot: org.apache.zookeeper').text}`;
    }
    return name;
  }

  private peek(): Token {
    return this.tokens[this.next] as Token;
  }

  /** @throws {JuteError} when the next token is another one */
  private take(kind: Token['kind'], mend: string): Token {
    const token = this.peek();
    if (token.kind !== kind) throw this.unexpected(token, kind === 'identifier' ? 'a name' : quoted(kind), mend);
    this.next++;
    return token;
  }

  private unexpected(token: Token, expected: string, mend: string): JuteError {
    const keyword = expected === 'a name' && isKeyword(token);
    const reserved = keyword ? ` ${token.text} is a word of the language; choose another name.` : '';
    return this.error(token, `found ${shown(token)}, expected ${expected}. ${mend}${reserved}`.trim());
  }

  private duplicateRecord(record: { module: string; name: string }, at: Token, other: RecordDeclaration): JuteError {
    const where = other.path === this.path ? 'in this file' : `in ${other.path}`;
    const name = qualifiedName(record);
    return this.error(
      at,
      `class ${name} is declared already, ${where}. Take one of them out, or give it another name.`,
    );
  }

  private error(token: Token, problem: string): JuteError {
    return new JuteError(this.path, token.position, problem);
  }
}

function commentOf(token: Token): Comment {
  return token.commentBefore;
}

function isKeyword(token: Token): boolean {
  return (KEYWORDS as readonly string[]).includes(token.kind);
}

function shown(token: Token): string {
  if (token.kind === 'end of file') return 'the end of the file';
  return token.kind === 'string' ? `"${token.text}"` : `'${token.text}'`;
}

function quoted(kind: Token['kind']): string {
  return kind === 'string' ? 'the name of a file in quotes' : `'${kind}'`;
}
