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
    const token = this.tokens.peek();
    if (token.kind === 'vector') return this.vector(module);
    if (token.kind === 'map') return this.map(module);
    if (token.kind === 'identifier') return this.recordType(module);
    if (!PRIMITIVE_TYPES.has(token.kind)) {
      const types = [...PRIMITIVE_TYPES].join(', ');
      throw this.tokens.unexpected(token, 'a type', `Types are ${types}, vector<…>, map<…, …> and classes.`);
    }
    this.tokens.take(token.kind, '');
    return { kind: 'primitive', name: token.kind as PrimitiveType };
  }

  /** @lab 05.1 helper */
  private vector(module: string): Type {
    this.tokens.take('vector', '');
    this.tokens.take('<', VECTOR_FORM);
    const element = this.type(module);
    this.tokens.take('>', VECTOR_FORM);
    return { kind: 'vector', element };
  }

  /** @lab 05.1 helper */
  private map(module: string): Type {
    this.tokens.take('map', '');
    this.tokens.take('<', MAP_FORM);
    const keyToken = this.tokens.peek();
    const key = this.type(module);
    if (key.kind !== 'primitive' || key.name === 'buffer') {
      throw this.tokens.error(
        keyToken,
        `found ${shown(keyToken)} as the key of a map, expected a number, a boolean or a ustring: the keys of a map ` +
          'are written in their order. Use a vector of records that hold a key and a value.',
      );
    }
    this.tokens.take(',', MAP_FORM);
    const value = this.type(module);
    this.tokens.take('>', MAP_FORM);
    return { kind: 'map', key, value };
  }

  /**
   * The name of a record that is known here. With dots it is complete: `org.apache.zookeeper.data.Id`. Without, it is
   * one of this module, never of another. The type holds the very declaration that is known, not a copy.
   * @param module the name of the module that is being read
   * @throws {JuteError} `known.unknown`, at the first token of the name
   * @lab 05.2
   */
  recordType(module: string): Type {
    const token = this.tokens.peek();
    const name = this.tokens.takeDottedName('');
    const qualified = name.includes('.') ? name : qualifiedName({ module, name });
    const record = this.known.get(qualified);
    if (record === undefined) throw this.known.unknown(qualified, module, token);
    return { kind: 'record', record };
  }

  /**
   * A field: a type, a name, a semicolon. What it says about itself is the comment before its first token and the one
   * after its semicolon; most fields have one of them or none.
   * @param module the name of the module that is being read
   * @throws {JuteError} one of the three is missing
   * @lab 05.3
   */
  field(module: string): FieldDeclaration {
    const first = this.tokens.peek();
    const type = this.type(module);
    const { text: name, position } = this.tokens.take('identifier', FIELD_FORM);
    const end = this.tokens.take(';', `Write ; after the field ${name}.`);
    return { name, position, type, comment: [...first.commentBefore, ...end.commentAfter] };
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
    const start = this.tokens.take('class', `A module holds at least one class: class Name { type name; … }`);
    const nameToken = this.tokens.take('identifier', CLASS_FORM);
    const { text: name, position } = nameToken;
    this.known.refuseTaken(qualifiedName({ module, name }), nameToken);
    this.tokens.take('{', CLASS_FORM);
    const fields = this.fields(module, name);
    this.tokens.take('}', '');
    const record = { name, module, path: this.tokens.path, position, comment: start.commentBefore, fields };
    this.known.add(record);
    return record;
  }

  /** @lab 05.3 helper */
  private fields(module: string, record: string): FieldDeclaration[] {
    const end = this.tokens.peek();
    if (end.kind === '}') {
      throw this.tokens.error(end, `class ${record} is empty, expected at least one field. ${CLASS_FORM}`);
    }
    const fields: FieldDeclaration[] = [];
    const places = new Map<string, number>();
    do {
      const field = this.field(module);
      const line = places.get(field.name);
      if (line !== undefined) {
        const mend = 'Give one of them another name.';
        throw this.tokens.error(field, `class ${record} has a field ${field.name} already, in line ${line}. ${mend}`);
      }
      places.set(field.name, field.position.line);
      fields.push(field);
    } while (this.tokens.peek().kind !== '}');
    return fields;
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
  return writeValue(type, 'archive', `record.${name}`, name);
}

/**
 * @param fieldName of the field that the value is; none for an element of a vector or a map
 * @lab 05.4 helper
 */
function writeValue(type: Type, archive: string, value: string, fieldName?: string): string {
  switch (type.kind) {
    case 'primitive':
      return `${archive}.write${archiveMethod(type.name, fieldName)}(${value})`;
    case 'vector':
      return `${archive}.writeVector(${value}, ${elementWriter(type.element)})`;
    case 'map':
      return `writeMap(${archive}, ${value}, ${elementWriter(type.key)}, ${elementWriter(type.value)})`;
    case 'record':
      return `${type.record.name}.write(${archive}, ${value})`;
  }
}

/** @lab 05.4 helper */
function elementWriter(type: Type): string {
  if (type.kind === 'primitive') return elementFunction('write', type.name);
  if (type.kind === 'record') return `${type.record.name}.write`;
  return `(a, value) => ${writeValue(type, 'a', 'value')}`;
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
  const brand = brandOf(type, name);
  const code = readValue(type, 'archive', name);
  return brand === null ? code : `${code} as ${brand}`;
}

/**
 * @param fieldName of the field that the value is; none for an element of a vector or a map
 * @lab 05.5 helper
 */
function readValue(type: Type, archive: string, fieldName?: string): string {
  switch (type.kind) {
    case 'primitive':
      return `${archive}.read${archiveMethod(type.name, fieldName)}()`;
    case 'vector':
      return `${archive}.readVector(${elementReader(type.element)})`;
    case 'map':
      return `readMap(${archive}, ${elementReader(type.key)}, ${elementReader(type.value)})`;
    case 'record':
      return `${type.record.name}.read(${archive})`;
  }
}

/** @lab 05.5 helper */
function elementReader(type: Type): string {
  if (type.kind === 'primitive') return elementFunction('read', type.name);
  if (type.kind === 'record') return `${type.record.name}.read`;
  return `(a) => ${readValue(type, 'a')}`;
}
