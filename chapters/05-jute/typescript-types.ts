/**
 * How the types of the IDL look in TypeScript, and which call of an archive moves each.
 */
import type { PrimitiveType } from '#04-serialization/record-type.js';
import { longKind } from '#05-jute/field-types.js';
import type { Type } from '#05-jute/schema.js';

const PRIMITIVES: Readonly<Record<PrimitiveType, { readonly typeScript: string; readonly method: string }>> = {
  byte: { typeScript: 'number', method: 'Byte' },
  boolean: { typeScript: 'boolean', method: 'Boolean' },
  int: { typeScript: 'number', method: 'Int' },
  long: { typeScript: 'bigint', method: 'Long' },
  float: { typeScript: 'number', method: 'Float' },
  double: { typeScript: 'number', method: 'Double' },
  ustring: { typeScript: 'string | null', method: 'String' },
  buffer: { typeScript: 'Buffer | null', method: 'Buffer' },
};

const LONGS = { zxid: 'Zxid', sessionId: 'SessionId', timeMs: 'number', plain: 'bigint' } as const;

/** @param fieldName of the field that has this type; none for an element of a vector or a map */
export function typeScriptType(type: Type, fieldName?: string): string {
  switch (type.kind) {
    case 'primitive':
      if (type.name === 'long' && fieldName !== undefined) return LONGS[longKind(fieldName)];
      return PRIMITIVES[type.name].typeScript;
    case 'vector': {
      const element = typeScriptType(type.element);
      return element.endsWith(' | null') ? `(${element})[] | null` : `${element}[] | null`;
    }
    case 'map':
      return `Map<${typeScriptType(type.key)}, ${typeScriptType(type.value)}>`;
    case 'record':
      return type.record.name;
  }
}

/** The brand of a field, for a long that is not just a number: `Zxid`, `SessionId`. Null for all others. */
export function brandOf(type: Type, fieldName: string): string | null {
  const name = typeScriptType(type, fieldName);
  return name === LONGS.zxid || name === LONGS.sessionId ? name : null;
}

/**
 * The method of an archive for a primitive type, without `read` or `write`: `String` for a ustring.
 * @param fieldName of the field that has this type, since the name of a long says what it is
 */
export function archiveMethod(type: PrimitiveType, fieldName?: string): string {
  const isTime = type === 'long' && fieldName !== undefined && longKind(fieldName) === 'timeMs';
  return isTime ? 'LongNumber' : PRIMITIVES[type].method;
}

/** The function of elements.ts for an element of a primitive type: `writeUstring`. */
export function elementFunction(verb: 'read' | 'write', type: PrimitiveType): string {
  return `${verb}${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

/** Every name that generated code may import from elements.ts. */
export const ELEMENT_FUNCTIONS: readonly string[] = [
  'readMap',
  'writeMap',
  ...(Object.keys(PRIMITIVES) as PrimitiveType[]).flatMap((type) => [
    elementFunction('read', type),
    elementFunction('write', type),
  ]),
];

/** A type and everything that it is made of. The fields of a record are not looked into. */
export function partsOf(type: Type): Type[] {
  if (type.kind === 'vector') return [type, ...partsOf(type.element)];
  if (type.kind === 'map') return [type, ...partsOf(type.key), ...partsOf(type.value)];
  return [type];
}
