/**
 * The signature of a record: its type in one line, where every primitive type is a letter. Two programs that print
 * the same one for a record agree about its bytes.
 *
 *     byte b   boolean z   int i   long l   float f   double d   ustring s   buffer B
 *     vector [element]     map {key value}   record LName(fields)
 */
import type { FieldType, PrimitiveType, RecordType } from '#04-serialization/record-type.js';

/**
 * `LId(ss)` for the record Id with its two strings.
 * @apache org.apache.jute.compiler.JType#getSignature
 */
export function signature(type: Pick<RecordType<unknown>, 'name' | 'fields'>): string {
  return `L${type.name}(${type.fields.map((field) => typeSignature(field.type)).join('')})`;
}

const LETTERS: Readonly<Record<PrimitiveType, string>> = {
  byte: 'b',
  boolean: 'z',
  int: 'i',
  long: 'l',
  float: 'f',
  double: 'd',
  ustring: 's',
  buffer: 'B',
};

function typeSignature(type: FieldType): string {
  if (typeof type === 'string') return LETTERS[type];
  if ('vector' in type) return `[${typeSignature(type.vector)}]`;
  if ('map' in type) return `{${typeSignature(type.map[0])}${typeSignature(type.map[1])}}`;
  return signature(type.record());
}
