/**
 * Which names a class cannot have. The IDL lets two modules of one file each have a class of the same name; a
 * TypeScript file has no modules inside, so what it declares and what it imports must have names of their own.
 */
import { JuteError } from '#05-jute/jute-error.js';
import type { RecordDeclaration, Schema } from '#05-jute/schema.js';
import { ELEMENT_FUNCTIONS, partsOf } from '#05-jute/typescript-types.js';

/** @throws {JuteError} when a class cannot have its name in TypeScript */
export function checkNames(schema: Schema): void {
  const records = schema.modules.flatMap((module) => module.records);
  for (const record of records) refuseTakenName(record);

  const owners = new Map<string, RecordDeclaration>();
  for (const record of [...records, ...records.flatMap(recordsUsedBy)]) {
    const owner = owners.get(record.name) ?? record;
    if (owner !== record) {
      throw new JuteError(
        schema.path,
        owner.position,
        `class ${record.name} of module ${owner.module} and the one of ${record.module} would be one name in ` +
          'TypeScript. Rename one, or put them into files that do not use each other.',
      );
    }
    owners.set(record.name, record);
  }
}

function recordsUsedBy(record: RecordDeclaration): RecordDeclaration[] {
  const parts = record.fields.flatMap((field) => partsOf(field.type));
  return parts.flatMap((part) => (part.kind === 'record' ? [part.record] : []));
}

function refuseTakenName(record: RecordDeclaration): void {
  if (!TAKEN_NAMES.has(record.name) && !RESERVED_WORDS.has(record.name)) return;
  throw new JuteError(
    record.path,
    record.position,
    `class ${record.name} cannot have that name: it means something else in TypeScript. Choose another one.`,
  );
}

/** What a generated file imports or uses under that name. */
const TAKEN_NAMES: ReadonlySet<string> = new Set([
  'Buffer',
  'Map',
  'RecordType',
  'SessionId',
  'Zxid',
  ...ELEMENT_FUNCTIONS,
]);

const RESERVED_WORDS: ReadonlySet<string> = new Set(
  (
    'any arguments as async await bigint break case catch const continue debugger default delete do else enum eval ' +
    'export extends false finally for function if implements import in instanceof interface let never new null ' +
    'number object of package private protected public return static string super switch symbol this throw true try ' +
    'type typeof undefined unknown var void while with yield'
  ).split(' '),
);
