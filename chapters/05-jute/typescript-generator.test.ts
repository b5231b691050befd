/**
 * The text that the compiler writes. What it does is tested with the records; `example/every-type.ts` shows each type.
 */
import { describe, expect, it } from 'vitest';
import { compileJute, type GeneratedFile } from '#05-jute/compile-files.js';
import { JuteError } from '#05-jute/jute-error.js';
import type { Source } from '#05-jute/parser.js';

const OPTIONS = { importPrefix: '#05-jute/records/', command: 'npm run jute' };

/** Compiles the files, in this order; each may include the others. */
function compile(files: Readonly<Record<string, string>>, options = OPTIONS): GeneratedFile[] {
  const sources = Object.entries(files).map(([path, text]): Source => ({ path, text }));
  return compileJute(sources, (path) => sources.find((source) => source.path === path) ?? null, options);
}

function generated(text: string): string {
  return compile({ 'a.jute': text })[0]?.text as string;
}

function messageOf(files: Readonly<Record<string, string>>): string {
  try {
    compile(files);
  } catch (error) {
    if (error instanceof JuteError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a generated file', () => {
  it('is a type and a record type for each class', () => {
    const text = `
      // A module.
      module m {
        // Two ways to say it.
        class Pair { ustring left; /* a long name */ long zxid; }
      }`;
    expect(generated(text)).toBe(`/**
 * Generated from a.jute. Change that file, not this one, and run:
 *     npm run jute
 *
 * A module.
 */
import type { RecordType } from '#04-serialization/record-type.js';
import type { Zxid } from '#06-network-protocol/ids.js';

/** Two ways to say it. */
export interface Pair {
  left: string | null;
  /** a long name */
  zxid: Zxid;
}

export const Pair: RecordType<Pair> = {
  name: 'Pair',
  fields: [
    { name: 'left', type: 'ustring' },
    { name: 'zxid', type: 'long' },
  ],
  write(archive, record) {
    archive.writeString(record.left);
    archive.writeLong(record.zxid);
  },
  read(archive) {
    return {
      left: archive.readString(),
      zxid: archive.readLong() as Zxid,
    };
  },
};
`);
  });

  it('names the counterpart of what is Apache’s, and of nothing else', () => {
    expect(generated('module org.apache.zookeeper.txn { class T { int i; } }')).toContain('/** @apache txn.T */');
    expect(generated('module org.apache.zookeeper.txn { // T.\n// A class.\nclass T { int i; } }')).toContain(
      '/**\n * A class.\n *\n * @apache txn.T\n */',
    );
    expect(generated('module com.example { class T { int i; } }')).not.toContain('@apache');
  });

  it('does not let a comment end early', () => {
    expect(generated('module m { class T {\n// a */ b\nint i; } }')).toContain('/** a *\\/ b */');
  });

  it('imports what it uses, and once', () => {
    const text = generated('module m { class T { buffer a; vector<buffer> b; vector<buffer> c; long sessionId; } }');
    expect(text.match(/^import .*$/gm)).toEqual([
      "import type { Buffer } from 'node:buffer';",
      "import type { RecordType } from '#04-serialization/record-type.js';",
      "import { readBuffer, writeBuffer } from '#05-jute/elements.js';",
      "import type { SessionId } from '#06-network-protocol/ids.js';",
    ]);
  });

  it('does not take a word in a comment for a use', () => {
    const text = generated('module m { class T {\n// A Buffer, a Zxid, a Map\nint i; } }');
    expect(text.match(/^import .*$/gm)).toHaveLength(1);
  });
});

describe('several files', () => {
  const BASE = { 'x/base.jute': 'module base { class B { int i; } class C { int i; } }' };

  it('import each other’s classes', () => {
    const user =
      'include "x/base.jute" module user { class T { int i; } class U { base.C c; vector<base.B> b; T t; } }';
    const files = compile({ ...BASE, 'x/user.jute': user });
    expect(files.map((file) => file.name)).toEqual(['base.ts', 'user.ts']);
    expect(files[1]?.text).toContain("import { B, C } from '#05-jute/records/base.js';");
    expect(files[1]?.text).not.toContain('export interface B');
  });

  it('import each other by a path when that is asked for, after everything else', () => {
    const user = 'include "x/base.jute" module user { class U { base.C c; long zxid; } }';
    const [, file] = compile({ ...BASE, 'x/user.jute': user }, { ...OPTIONS, importPrefix: './' });
    expect(file?.text.match(/^import .*$/gm)?.at(-1)).toBe("import { C } from './base.js';");
  });

  it('that would become one file are refused', () => {
    expect(messageOf({ 'x/a.jute': 'module m { class T { int i; } }', 'y/a.jute': '' })).toBe(
      'y/a.jute:1:1: x/a.jute would be generated into a.ts too. Rename one of them.',
    );
  });
});

describe('names that TypeScript cannot have', () => {
  it.each(['Buffer', 'Map', 'RecordType', 'Zxid', 'default', 'string', 'readLong'])('%s', (name) => {
    expect(messageOf({ 'a.jute': `module m {\n class ${name} { int i; } }` })).toBe(
      `a.jute:2:8: class ${name} cannot have that name: it means something else in TypeScript. Choose another one.`,
    );
  });

  it('two classes of one name, from two modules of a file', () => {
    expect(messageOf({ 'a.jute': 'module m { class T { int i; } } module n { class T { int i; } }' })).toBe(
      'a.jute:1:18: class T of module m and the one of n would be one name in TypeScript. Rename one, or put them into ' +
        'files that do not use each other.',
    );
  });

  it('two classes of one name, one of them from another file', () => {
    const user = 'include "a.jute"\nmodule n { class T { m.T t; } }';
    expect(messageOf({ 'a.jute': 'module m { class T { int i; } }', 'b.jute': user })).toMatch(
      /^b\.jute:2:18: class T of module n and the one of m would be one name/,
    );
  });
});
