/**
 * The import lines of a generated file: what its records use, and nothing else, in the order that Biome wants.
 */
import { generatedFileName } from '#05-jute/generated-file-name.js';
import type { FieldDeclaration, RecordDeclaration, Schema, Type } from '#05-jute/schema.js';
import { brandOf, elementFunction, partsOf } from '#05-jute/typescript-types.js';

/** Biome's, as this repository sets it. */
const LINE_WIDTH = 120;

/** @param importPrefix what goes before the name of another generated file */
export function importLines(schema: Schema, importPrefix: string): string[] {
  const records = schema.modules.flatMap((module) => module.records);
  const imports = new Map<string, Import>();
  for (const { from, name, typeOnly } of records.flatMap((record) => needsOf(record, importPrefix))) {
    const entry = imports.get(from) ?? { from, names: new Set<string>(), typeOnly };
    imports.set(from, entry);
    entry.names.add(name);
  }
  return [...imports.values()].sort(inBiomesOrder).map(importLine);
}

interface Need {
  readonly from: string;
  readonly name: string;
  readonly typeOnly: boolean;
}

interface Import {
  readonly from: string;
  readonly names: Set<string>;
  readonly typeOnly: boolean;
}

function needsOf(record: RecordDeclaration, importPrefix: string): Need[] {
  const needs: Need[] = [{ from: '#04-serialization/record-type.js', name: 'RecordType', typeOnly: true }];
  for (const field of record.fields) {
    needs.push(...brandNeeds(field));
    for (const part of partsOf(field.type)) {
      if (part.kind === 'primitive' && part.name === 'buffer') {
        needs.push({ from: 'node:buffer', name: 'Buffer', typeOnly: true });
      }
      if (part.kind === 'record' && part.record.path !== record.path) {
        const file = generatedFileName(part.record.path).replace(/\.ts$/, '.js');
        needs.push({ from: `${importPrefix}${file}`, name: part.record.name, typeOnly: false });
      }
      for (const name of elementFunctionsOf(part)) {
        needs.push({ from: '#05-jute/elements.js', name, typeOnly: false });
      }
    }
  }
  return needs;
}

function brandNeeds({ name, type }: FieldDeclaration): Need[] {
  const brand = brandOf(type, name);
  if (brand === null) return [];
  return [{ from: '#06-network-protocol/ids.js', name: brand, typeOnly: true }];
}

/** What of elements.ts the code for a type calls; not what its parts call. */
function elementFunctionsOf(type: Type): string[] {
  if (type.kind === 'vector') return primitiveFunctions(type.element);
  if (type.kind !== 'map') return [];
  return ['readMap', 'writeMap', ...primitiveFunctions(type.key), ...primitiveFunctions(type.value)];
}

function primitiveFunctions(element: Type): string[] {
  if (element.kind !== 'primitive') return [];
  return [elementFunction('read', element.name), elementFunction('write', element.name)];
}

function importLine({ from, names, typeOnly }: Import): string {
  const keyword = typeOnly ? 'import type' : 'import';
  const sorted = [...names].sort();
  const line = `${keyword} { ${sorted.join(', ')} } from '${from}';`;
  if (line.length <= LINE_WIDTH) return line;
  return `${keyword} {\n${sorted.map((name) => `  ${name},\n`).join('')}} from '${from}';`;
}

/** Node's own modules, then names with a #, then files. */
function inBiomesOrder(a: Import, b: Import): number {
  const rank = ({ from }: Import) => (from.startsWith('node:') ? 0 : from.startsWith('#') ? 1 : 2);
  return rank(a) - rank(b) || (a.from < b.from ? -1 : 1);
}
