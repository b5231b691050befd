/**
 * The two halves of the compiler: from the grammar of schema.ts to a tree, and from a type in that tree to the calls
 * that write and read it. What is around them is in files of its own: tokens before, whole files, comments and imports
 * after.
 *
 * A record must stand above the fields that use it. So a schema never goes round in circles, and a record always has a
 * smallest size.
 */
import type { PrimitiveType } from '#04-serialization/record-type.js';
import type { KnownRecords } from '#05-jute/known-records.js';
import {
  type FieldDeclaration,
  type Module,
  qualifiedName,
  type RecordDeclaration,
  type Type,
} from '#05-jute/schema.js';
import { shown, type TokenReader } from '#05-jute/token-reader.js';
import { archiveMethod, brandOf, elementFunction } from '#05-jute/typescript-types.js';

// ------------------------------------------------------------------------------------ from the grammar to a tree

const PRIMITIVE_TYPES: ReadonlySet<string> = new Set<PrimitiveType>([
  'byte',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'ustring',
  'buffer',
]);

const MODULE_FORM = 'A module looks like this: module name { class … }';
const CLASS_FORM = 'A class looks like this: class Name { type name; … }';
const FIELD_FORM = 'A field looks like this: type name;';
const VECTOR_FORM = 'A vector looks like this: vector<type>';
const MAP_FORM = 'A map looks like this: map<key type, value type>';

/**
 * Reads modules by recursive descent: one method for each line of the grammar. A method begins at the first token of
 * what it reads, and ends behind the last one.
 *
 * All methods throw a JuteError, at the first token that cannot stand where it stands.
 */
export class RecordParser {
  private readonly tokens: TokenReader;
  private readonly known: KnownRecords;

  /** @param known the records of the files that are included; those that are read here are added */
  constructor(tokens: TokenReader, known: KnownRecords) {
    this.tokens = tokens;
    this.known = known;
  }

  module(): Module {
    const comment = this.tokens.take('module', '').commentBefore;
    const name = this.tokens.takeDottedName(MODULE_FORM);
    this.tokens.take('{', MODULE_FORM);
    const records: RecordDeclaration[] = [];
    do {
      records.push(this.record(name));
    } while (this.tokens.peek().kind === 'class');
    this.tokens.take('}', 'Close the module, or begin the next class with the word class.');
    return { name, comment, records };
  }

  /**
   * A type: a word for one of PRIMITIVE_TYPES, `vector<type>`, `map<type, type>`, or the name of a record, which
   * `recordType` reads.
   *
   * The key of a map must have an order, since the entries are written in it: it is a primitive type, and not `buffer`.
   * Another key is an error at the first token of the key.
   * @param module the name of the module that is being read
   * @throws {JuteError} there is none, or half of one
   * @lab 05.1
   */
  type(module: string): Type {
    throw new Error('lab 05.1 is not written yet: RecordParser.type');
  }

  /**
   * The name of a record that is known here. With dots it is complete: `org.apache.zookeeper.data.Id`. Without, it is
   * one of this module, never of another. The type holds the very declaration that is known, not a copy.
   * @param module the name of the module that is being read
   * @throws {JuteError} `known.unknown`, at the first token of the name
   * @lab 05.2
   */
  recordType(module: string): Type {
    throw new Error('lab 05.2 is not written yet: RecordParser.recordType');
  }

  /**
   * A field: a type, a name, a semicolon. What it says about itself is the comment before its first token and the one
   * after its semicolon; most fields have one of them or none.
   * @param module the name of the module that is being read
   * @throws {JuteError} one of the three is missing
   * @lab 05.3
   */
  field(module: string): FieldDeclaration {
    throw new Error('lab 05.3 is not written yet: RecordParser.field');
  }

  /**
   * A class: the word `class`, a name, and in braces at least one field. It is known, to others, as soon as it is
   * complete: fields of the class itself can't use it. Its comment stands before the word `class`.
   * @param module the name of the module that is being read
   * @returns the declaration, with the place of its name
   * @throws {JuteError} the name is taken already (`known.refuseTaken`, at the name); it has no field (at the brace); two
   *   fields have the same name (at the second name); something is missing
   * @lab 05.3
   */
  record(module: string): RecordDeclaration {
    throw new Error('lab 05.3 is not written yet: RecordParser.record');
  }
}

// ------------------------------------------------------------------------------------- from a type to its calls

/** The type as `RecordType.fields` tells it: `{ vector: 'ustring' }`. */
export function fieldType(type: Type): string {
  switch (type.kind) {
    case 'primitive':
      return `'${type.name}'`;
    case 'vector':
      return `{ vector: ${fieldType(type.element)} }`;
    case 'map':
      return `{ map: [${fieldType(type.key)}, ${fieldType(type.value)}] }`;
    case 'record':
      return `{ record: () => ${type.record.name} }`;
  }
}

/**
 * The call that writes a field of `record` to `archive`. For fields a, b, c, d:
 *
 *     a primitive type    archive.writeString(record.a)                         see archiveMethod
 *     a record            ACL.write(archive, record.b)
 *     a vector            archive.writeVector(record.c, writeUstring)           see elementFunction
 *     a map               writeMap(archive, record.d, writeUstring, ACL.write)
 *
 * A vector and a map are handed a function for one element, `(archive, value) => …`. For a primitive type that is one of
 * elements.ts, for a record its own `write`: no closure is made for them. Only an element that is a vector or a map
 * itself needs one, `(a, value) => …` with the call that writes `value` to `a`.
 * @returns without a semicolon
 * @lab 05.4
 */
export function writeField({ name, type }: FieldDeclaration): string {
  throw new Error('lab 05.4 is not written yet: writeField');
}

/**
 * The expression that reads a field from `archive`: what `writeField` wrote, in the same four forms.
 *
 *     archive.readString()     ACL.read(archive)     archive.readVector(readUstring)     readMap(archive, readUstring, ACL.read)
 *
 * An element that is a vector or a map itself needs `(a) => …`. A field that is a Zxid or a SessionId is read as a plain
 * long and gets its brand, `archive.readLong() as Zxid`: see brandOf.
 * @lab 05.5
 */
export function readField({ name, type }: FieldDeclaration): string {
  throw new Error('lab 05.5 is not written yet: readField');
}
