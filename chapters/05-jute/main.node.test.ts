/**
 * The command, run in this process on files of a temporary folder.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runJute } from '#05-jute/main.node.js';

let folder: string;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jute-'));
  output = join(folder, 'generated', 'here');
  mkdirSync(join(folder, 'idl'));
  writeFileSync(join(folder, 'idl', 'base.jute'), 'module base { class B { int i; } }');
  writeFileSync(join(folder, 'idl', 'user.jute'), 'include "base.jute" module user { class U { base.B b; } }');
});

afterEach(() => rmSync(folder, { recursive: true }));

function jute(...args: string[]): { status: number; out: string; error: string } {
  let out = '';
  let error = '';
  const status = runJute(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { status, out, error };
}

describe('jute -o DIR files…', () => {
  it('writes a file for each file, and says so', () => {
    const ran = jute('-l', 'ts', '-o', output, join(folder, 'idl', 'base.jute'), join(folder, 'idl', 'user.jute'));
    expect(ran).toEqual({ status: 0, out: `${join(output, 'base.ts')}\n${join(output, 'user.ts')}\n`, error: '' });
    expect(readFileSync(join(output, 'user.ts'), 'utf8')).toContain("import { B } from './base.js';");
  });

  it('takes a folder for the .jute files in it, and nothing else of it', () => {
    writeFileSync(join(folder, 'idl', 'README.md'), '');
    expect(jute('-o', output, join(folder, 'idl')).status).toBe(0);
    expect(readdirSync(output)).toEqual(['base.ts', 'user.ts']);
  });

  it('reads what is included, and generates only what is named', () => {
    expect(jute('-o', output, join(folder, 'idl', 'user.jute')).status).toBe(0);
    expect(readdirSync(output)).toEqual(['user.ts']);
  });

  it('passes on how files import each other, and the command', () => {
    jute('-o', output, '--import-prefix', '#x/', '--command', 'make records', join(folder, 'idl'));
    const text = readFileSync(join(output, 'user.ts'), 'utf8');
    expect(text).toContain("from '#x/base.js'");
    expect(text).toContain(' *     make records\n');
  });

  it('writes nothing at all when one file has an error', () => {
    writeFileSync(join(folder, 'idl', 'user.jute'), 'module user {\n  class U { int i }\n}');
    const ran = jute('-o', output, join(folder, 'idl'));
    expect(ran.status).toBe(1);
    expect(ran.error).toMatch(/user\.jute:2:19: found '}', expected ';'\. Write ; after the field i\.\n$/);
    expect(readdirSync(folder)).toEqual(['idl']);
  });
});

describe('jute --check', () => {
  it('is content with what was generated', () => {
    jute('-o', output, join(folder, 'idl'));
    expect(jute('-o', output, '--check', join(folder, 'idl'))).toEqual({ status: 0, out: '', error: '' });
  });

  it('names each file that differs or is missing, and leaves it alone', () => {
    jute('-o', output, join(folder, 'idl'));
    rmSync(join(output, 'base.ts'));
    writeFileSync(join(output, 'user.ts'), 'changed by hand');
    const ran = jute('-o', output, '--check', '--command', 'make records', join(folder, 'idl'));
    expect(ran.status).toBe(1);
    expect(ran.error).toBe(
      `${join(output, 'base.ts')} is missing. Generate it again: make records\n` +
        `${join(output, 'user.ts')} is not what its .jute file says now. Generate it again: make records\n`,
    );
    expect(readdirSync(output)).toEqual(['user.ts']);
    expect(readFileSync(join(output, 'user.ts'), 'utf8')).toBe('changed by hand');
  });
});

describe('what jute says', () => {
  it('about itself', () => {
    const { status, out } = jute('--help');
    expect(status).toBe(0);
    expect(out).toContain('Usage: jute [options] <files...>');
    expect(out).toContain('--check');
  });

  it('about a call that is not complete', () => {
    expect(jute('a.jute')).toMatchObject({ status: 1, error: expect.stringContaining("'-o, --output <folder>' not") });
    expect(jute('-o', output)).toMatchObject({ status: 1, error: expect.stringContaining("argument 'files'") });
    const java = jute('-l', 'java', '-o', output, 'a.jute');
    expect(java).toMatchObject({ status: 1, error: expect.stringContaining('Allowed choices are ts') });
  });

  it('about a file that is not there, and a folder without .jute files', () => {
    const missing = join(folder, 'nowhere.jute');
    expect(jute('-o', output, missing)).toEqual({ status: 1, out: '', error: `There is no file ${missing}.\n` });
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const error = `There is no .jute file in ${empty}. Name the folder that has them.\n`;
    expect(jute('-o', output, empty)).toEqual({ status: 1, out: '', error });
  });
});
