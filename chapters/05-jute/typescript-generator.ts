/**
 * Writes the TypeScript for a schema; how one field is written and read, jute-compiler.ts says. For each class of the .jute file there is a type, the object as a program holds
 * it, and under the same name a `RecordType`, which puts such an object into an archive and takes it out.
 *
 * The code that it writes is straight: one call of the archive for each field, in the order of the fields, because
 * these functions run for every request of every client. `fields` is there for those who are not in a hurry.
 *
 * What comes out is formatted as Biome would.
 */
import { baseName } from '#05-jute/generated-file-name.js';
import { fieldType, readField, writeField } from '#05-jute/jute-compiler.js';
import type { Comment, FieldDeclaration, RecordDeclaration, Schema } from '#05-jute/schema.js';
import { importLines } from '#05-jute/typescript-imports.js';
import { checkNames } from '#05-jute/typescript-names.js';
import { typeScriptType } from '#05-jute/typescript-types.js';

export interface GeneratorOptions {
  /** What goes before the name of a generated file in an import of another one, such as `#05-jute/records/`. */
  readonly importPrefix: string;
  /** The command that a reader can give to generate the file again. */
  readonly command: string;
}

/**
 * @returns the text of the file
 * @throws {JuteError} when a class cannot have its name in TypeScript
 * @apache org.apache.jute.compiler.JavaGenerator
 */
export function generateTypeScript(schema: Schema, options: GeneratorOptions): string {
  checkNames(schema);
  const records = schema.modules.flatMap((module) => module.records);
  return [
    ...headComment(schema, options.command),
    ...importLines(schema, options.importPrefix),
    '',
    records.map(recordCode).join('\n\n'),
    '',
  ].join('\n');
}

// ------------------------------------------------------------------------------------------------ records

function recordCode(record: RecordDeclaration): string {
  const { name } = record;
  return [
    ...docComment([...record.comment, ...apacheTag(record)], ''),
    `export interface ${name} {`,
    ...record.fields.flatMap((field) => [
      ...docComment(field.comment, '  '),
      `  ${field.name}: ${typeScriptType(field.type, field.name)};`,
    ]),
    '}',
    '',
    `export const ${name}: RecordType<${name}> = {`,
    `  name: '${name}',`,
    ...fieldTable(record.fields),
    '  write(archive, record) {',
    ...record.fields.map((field) => `    ${writeField(field)};`),
    '  },',
    '  read(archive) {',
    '    return {',
    ...record.fields.map((field) => `      ${field.name}: ${readField(field)},`),
    '    };',
    '  },',
    '};',
  ].join('\n');
}

function fieldTable(fields: readonly FieldDeclaration[]): string[] {
  const entries = fields.map((field) => `{ name: '${field.name}', type: ${fieldType(field.type)} }`);
  if (entries.length === 1) return [`  fields: [${entries[0]}],`];
  return ['  fields: [', ...entries.map((entry) => `    ${entry},`), '  ],'];
}

// ------------------------------------------------------------------------------------------------ comments

function headComment(schema: Schema, command: string): string[] {
  const generated = [
    `Generated from ${baseName(schema.path)}.jute. Change that file, not this one, and run:`,
    `    ${command}`,
  ];
  const comments = schema.modules.map((module) => module.comment).filter((comment) => comment.length > 0);
  return docComment([...generated, '', ...comments.flatMap((comment) => [...comment, ''])].slice(0, -1), '');
}

function docComment(lines: Comment, indent: string): string[] {
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`${indent}/** ${harmless(lines[0] as string)} */`];
  return [`${indent}/**`, ...starred(lines, indent), `${indent} */`];
}

function starred(lines: Comment, indent: string): string[] {
  return lines.map((line) => (line === '' ? `${indent} *` : `${indent} * ${harmless(line)}`));
}

/** A comment of the .jute file must not end the comment that it is put into. */
function harmless(line: string): string {
  return line.replaceAll('*/', '*\\/');
}

/** Where the class is one of Apache's, its name there, for the table of counterparts. */
function apacheTag(record: RecordDeclaration): string[] {
  const prefix = 'org.apache.zookeeper.';
  if (!record.module.startsWith(prefix)) return [];
  const tag = `@apache ${record.module.slice(prefix.length)}.${record.name}`;
  return record.comment.length === 0 ? [tag] : ['', tag];
}
