/**
 * What is committed is what the compiler makes of the .jute files now, and those say what facts.md says.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Field, FieldType } from '#04-serialization/record-type.js';
import { compileJute } from '#05-jute/compile-files.js';
import type { Source } from '#05-jute/parser.js';
import { RECORDS_BY_MODULE } from '#05-jute/testing/all-records.js';
import { proves } from '#testing/proves.js';

const CHAPTER = join(import.meta.dirname, '..');

function sourcesIn(folder: string): Source[] {
  const names = readdirSync(join(CHAPTER, folder)).filter((name) => name.endsWith('.jute'));
  return names.map((name) => ({ path: name, text: readFileSync(join(CHAPTER, folder, name), 'utf8') }));
}

describe('generated files are up to date (mend with the command in their first lines)', () => {
  const sources = sourcesIn('zookeeper');
  const resolveInclude = (path: string) => sources.find((source) => source.path === path) ?? null;
  const options = { importPrefix: '#05-jute/records/', command: 'npm run jute' };
  const files = compileJute(sources, resolveInclude, options);

  it.each(files)('records/$name', ({ name, text }) => {
    expect(readFileSync(join(CHAPTER, 'records', name), 'utf8')).toBe(text);
  });

  it('records has no generated file without a .jute file', () => {
    const committed = readdirSync(join(CHAPTER, 'records')).filter((name) => !name.endsWith('.test.ts'));
    expect(committed.sort()).toEqual(files.map((file) => file.name).sort());
  });

  it('example/every-type.ts', () => {
    const folder = 'chapters/05-jute/example';
    const command = `npx tsx chapters/05-jute/main.node.ts -o ${folder} ${folder}`;
    const [example] = compileJute(sourcesIn('example'), () => null, { importPrefix: './', command });
    expect(readFileSync(join(CHAPTER, 'example', 'every-type.ts'), 'utf8')).toBe(example?.text);
  });
});

describe('the records are those of facts.md', () => {
  const rows = factRows(readFileSync(join(CHAPTER, 'facts.md'), 'utf8'));

  it('has 72 rows', () => {
    expect(rows).toHaveLength(72);
  });

  it.each(rows)('$id $module.$name', ({ id, module, name, fields }) => {
    proves(id);
    const types = RECORDS_BY_MODULE[module.split('.').at(-1) as string] ?? [];
    const type = types.find((candidate) => candidate.name === name);
    expect(type?.fields.map(inIdl)).toEqual(fields);
  });
});

interface FactRow {
  readonly id: string;
  readonly module: string;
  readonly name: string;
  /** Such as `vector<ACL> acl`. */
  readonly fields: readonly string[];
}

function factRows(markdown: string): FactRow[] {
  return [...markdown.matchAll(/^\| (JR-\d+) *\| (\S+) *\| (\S+) *\| (.*) \|$/gm)].map(([, id, module, name, cell]) => {
    // "long czxid, mzxid, int version (60 bytes)": a type holds until the next one; what is in brackets is a remark.
    const parts = (cell as string)
      .replace(/\(.*\)/, '')
      .replace(/[[\]]/g, '')
      .split(',');
    let type = '';
    const fields = parts.map((part) => {
      const words = part.trim().split(' ');
      if (words.length === 2) type = words[0] as string;
      return `${type} ${words.at(-1)}`;
    });
    return { id: id as string, module: module as string, name: name as string, fields };
  });
}

function inIdl({ name, type }: Field): string {
  return `${typeInIdl(type)} ${name}`;
}

function typeInIdl(type: FieldType): string {
  if (typeof type === 'string') return type;
  if ('vector' in type) return `vector<${typeInIdl(type.vector)}>`;
  if ('map' in type) return `map<${type.map.map(typeInIdl).join(', ')}>`;
  return type.record().name;
}
