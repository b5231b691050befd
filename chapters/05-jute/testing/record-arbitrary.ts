/**
 * Any value of a record type, for property tests: made from `fields`, so a new record is tested as soon as it is
 * declared. Whatever can be null is null now and then.
 *
 * Strings have no surrogates, because those do not come back from the wire (JU-02).
 */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import type { FieldType, PrimitiveType, RecordType } from '#04-serialization/record-type.js';
import { longKind } from '#05-jute/field-types.js';

export function recordArbitrary<T>(type: RecordType<T>): fc.Arbitrary<T> {
  return fieldsArbitrary(type) as fc.Arbitrary<T>;
}

function fieldsArbitrary(type: Pick<RecordType<unknown>, 'fields'>): fc.Arbitrary<Record<string, unknown>> {
  const fields = type.fields.map((field) => [field.name, fieldArbitrary(field.type, field.name)] as const);
  return fc.record(Object.fromEntries(fields), { noNullPrototype: true });
}

function fieldArbitrary(type: FieldType, fieldName?: string): fc.Arbitrary<unknown> {
  if (type === 'long' && fieldName !== undefined && longKind(fieldName) === 'timeMs') return fc.maxSafeInteger();
  if (typeof type === 'string') return PRIMITIVES[type];
  if ('record' in type) return fieldsArbitrary(type.record());
  if ('vector' in type) return fc.option(fc.array(fieldArbitrary(type.vector), { maxLength: 3 }), { freq: 5 });
  const entry = fc.tuple(fieldArbitrary(type.map[0]), fieldArbitrary(type.map[1]));
  return fc.array(entry, { maxLength: 3 }).map((entries) => new Map(entries));
}

const stringArbitrary = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0xd7ff }), fc.constant(0xffff)), {
    maxLength: 8,
  })
  .map((units) => String.fromCharCode(...units));

const bufferArbitrary = fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes));

const PRIMITIVES: Readonly<Record<PrimitiveType, fc.Arbitrary<unknown>>> = {
  byte: fc.integer({ min: -128, max: 127 }),
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  float: fc.float(),
  double: fc.double(),
  ustring: fc.option(stringArbitrary, { freq: 5 }),
  buffer: fc.option(bufferArbitrary, { freq: 5 }),
};
