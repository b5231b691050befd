import { describe, expect, it } from 'vitest';
import { JuteError } from '#05-jute/jute-error.js';
import { parseJute, type Source } from '#05-jute/parser.js';
import { type Module, qualifiedName, type RecordDeclaration, type Schema, type Type } from '#05-jute/schema.js';
import { proves } from '#testing/proves.js';

/** Parses `a.jute`, which may include the other files. */
function parse(text: string, others: Readonly<Record<string, string>> = {}): Schema {
  const files = new Map(Object.entries({ ...others, 'a.jute': text }));
  return parseJute({ path: 'a.jute', text }, (path): Source | null => {
    const found = files.get(path);
    return found === undefined ? null : { path, text: found };
  });
}

function firstModule(text: string, others?: Readonly<Record<string, string>>): Module {
  return parse(text, others).modules[0] as Module;
}

function lastRecord(text: string, others?: Readonly<Record<string, string>>): RecordDeclaration {
  return firstModule(text, others).records.at(-1) as RecordDeclaration;
}

function messageOf(text: string, others?: Readonly<Record<string, string>>): string {
  try {
    parse(text, others);
  } catch (error) {
    if (error instanceof JuteError) return error.message;
    throw error;
  }
  return 'no error';
}

/** A type in the notation of the language. */
function shown(type: Type): string {
  switch (type.kind) {
    case 'primitive':
      return type.name;
    case 'vector':
      return `vector<${shown(type.element)}>`;
    case 'map':
      return `map<${shown(type.key)},${shown(type.value)}>`;
    case 'record':
      return qualifiedName(type.record);
  }
}

describe('a schema (JU-10)', () => {
  it('has the modules, classes and fields of the file, in order', () => {
    proves('JU-10');
    const schema = parse(
      'module org.a { class B { int x; long y; } class C { byte z; } } module d { class B { int x; } }',
    );
    expect(schema.modules.map((module) => [module.name, module.records.map(qualifiedName)])).toEqual([
      ['org.a', ['org.a.B', 'org.a.C']],
      ['d', ['d.B']],
    ]);
    expect(schema.modules[0]?.records[0]?.fields.map((field) => field.name)).toEqual(['x', 'y']);
  });

  it.each([
    'byte',
    'boolean',
    'int',
    'long',
    'float',
    'double',
    'ustring',
    'buffer',
    'vector<ustring>',
    'vector<vector<m.R>>',
    'map<ustring,m.R>',
    'map<int,map<long,vector<buffer>>>',
    'm.R',
  ])('knows the type %s', (type) => {
    const record = lastRecord(`module m { class R { int i; } class S { ${type} field; } }`);
    expect(record.fields.map((field) => shown(field.type))).toEqual([type]);
  });

  it('takes a name without dots for a class of the same module', () => {
    const record = lastRecord('module m { class R { int i; } class S { R r; vector<R> rs; } }');
    expect(record.fields.map((field) => shown(field.type))).toEqual(['m.R', 'vector<m.R>']);
  });

  it('hands the declaration to whoever uses it', () => {
    const module = firstModule('module m { class R { int i; } class S { R r; } }');
    const type = module.records[1]?.fields[0]?.type;
    expect(type?.kind === 'record' && type.record).toBe(module.records[0]);
  });

  it('keeps the comments of modules, classes and fields (JU-11)', () => {
    const module = firstModule(
      '// About m.\nmodule m {\n  // About R.\n  class R { // not about i\n    // Before i.\n    int i; // After i.\n    int j;\n  }\n}',
    );
    expect(module.comment).toEqual(['About m.']);
    expect(module.records[0]?.comment).toEqual(['About R.']);
    expect(module.records[0]?.fields.map((field) => field.comment)).toEqual([['Before i.', 'After i.'], []]);
  });
});

describe('include', () => {
  const BASE = 'module base { class B { int i; } }';

  it('makes the classes of the other file known, and those that it includes', () => {
    const others = { 'b.jute': 'include "base.jute" module b { class C { base.B b; } }', 'base.jute': BASE };
    const record = lastRecord('include "b.jute" module a { class A { b.C c; base.B b; } }', others);
    expect(record.fields.map((field) => shown(field.type))).toEqual(['b.C', 'base.B']);
    expect(record.path).toBe('a.jute');
  });

  it('reads a file once, by whatever way it is reached', () => {
    const others = { 'b.jute': 'include "base.jute" module b { class C { base.B b; } }', 'base.jute': BASE };
    const schema = parse('include "base.jute" include "b.jute" include "base.jute"', others);
    expect(schema.includes.map((included) => included.path)).toEqual(['base.jute', 'b.jute']);
    expect(schema.includes[1]?.includes[0]).toBe(schema.includes[0]);
  });

  it('asks for the path as it is written, and says who asks', () => {
    const asked: string[] = [];
    parseJute({ path: 'x/a.jute', text: 'include "../y/b.jute"' }, (path, from) => {
      asked.push(`${path} from ${from}`);
      return { path: 'y/b.jute', text: BASE };
    });
    expect(asked).toEqual(['../y/b.jute from x/a.jute']);
  });

  it('does not leak what a file includes into a file beside it', () => {
    const others = { 'b.jute': 'module b { class C { base.B b; } }', 'base.jute': BASE };
    expect(messageOf('include "base.jute" include "b.jute"', others)).toMatch(
      /^b\.jute:1:22: type base\.B is not known/,
    );
  });

  it('of a file that is not there', () => {
    expect(messageOf('include "c.jute"')).toBe(
      'a.jute:1:9: there is no file "c.jute" to include. The path is relative to this file.',
    );
  });

  it('in a circle', () => {
    expect(messageOf('include "b.jute"', { 'b.jute': '\ninclude "a.jute"' })).toBe(
      'b.jute:2:9: files include each other in a circle: a.jute -> b.jute -> a.jute. Move what both need into a third ' +
        'file.',
    );
  });

  it('of a file that declares a class again', () => {
    expect(messageOf(`include "b.jute" include "c.jute"`, { 'b.jute': BASE, 'c.jute': BASE })).toBe(
      'a.jute:1:26: class base.B is declared already, in b.jute. Take one of them out, or give it another name.',
    );
    expect(messageOf('include "b.jute" module base { class B { int i; } }', { 'b.jute': BASE })).toBe(
      'a.jute:1:38: class base.B is declared already, in b.jute. Take one of them out, or give it another name.',
    );
  });

  it('of a file with an error in it, which is told with its own name', () => {
    expect(messageOf('include "b.jute"', { 'b.jute': 'module b { class C { int }}' })).toMatch(/^b\.jute:1:26: /);
  });
});

describe('errors about types', () => {
  it('a class that nobody declares', () => {
    expect(messageOf('module m {\n  class R {\n    vector<Foo> f;\n  }\n}')).toBe(
      'a.jute:3:12: type m.Foo is not known here. Declare class Foo above this line, or include the file that does.',
    );
  });

  it('a class of another module, without its name', () => {
    expect(messageOf('module m { class R { int i; } } module n { class S { R r; } }')).toBe(
      'a.jute:1:54: type n.R is not known here. Write m.R, if that is the one.',
    );
  });

  it('a class that is declared below', () => {
    expect(messageOf('module m { class R { S s; }\nclass S { int i; } }')).toBe(
      'a.jute:1:22: type m.S is not known here. Class S is declared below, in line 2: move it above the class that ' +
        'uses it.',
    );
  });

  it('a class of a module that does not have it', () => {
    expect(messageOf('module m { class R { x.R r; } }')).toBe(
      'a.jute:1:22: type x.R is not known here. Declare class R above this line, or include the file that does.',
    );
  });

  it('a class inside itself', () => {
    expect(messageOf('module m { class R { R r; } }')).toBe(
      'a.jute:1:22: type m.R is not known here. A class cannot hold itself: its bytes would never end.',
    );
  });

  it('no type at all', () => {
    expect(messageOf('module m { class R { vector<> v; } }')).toBe(
      "a.jute:1:29: found '>', expected a type. Types are byte, boolean, int, long, float, double, ustring, buffer, " +
        'vector<…>, map<…, …> and classes.',
    );
  });

  it.each(['buffer', 'vector<int>', 'map<int, int>'])('a map with the key %s', (key) => {
    expect(messageOf(`module m { class R { map<${key}, int> v; } }`)).toMatch(
      /^a\.jute:1:26: found '(buffer|vector|map)' as the key of a map, expected a number, a boolean or a ustring: .* Use a vector of records/,
    );
  });

  it('half a vector, half a map', () => {
    expect(messageOf('module m { class R { vector int v; } }')).toBe(
      "a.jute:1:29: found 'int', expected '<'. A vector looks like this: vector<type>",
    );
    expect(messageOf('module m { class R { map<int> v; } }')).toBe(
      "a.jute:1:29: found '>', expected ','. A map looks like this: map<key type, value type>",
    );
  });
});

describe('errors about names', () => {
  it('two classes of one name in a module', () => {
    expect(messageOf('module m { class R { int i; }\n class R { int i; } }')).toBe(
      'a.jute:2:8: class m.R is declared already, in this file. Take one of them out, or give it another name.',
    );
  });

  it('two fields of one name in a class', () => {
    expect(messageOf('module m { class R {\n int i;\n long i;\n} }')).toBe(
      'a.jute:3:7: class R has a field i already, in line 2. Give one of them another name.',
    );
  });

  it('a keyword for a name', () => {
    expect(messageOf('module m { class R { int map; } }')).toBe(
      "a.jute:1:26: found 'map', expected a name. A field looks like this: type name; map is a word of the language; " +
        'choose another name.',
    );
    expect(messageOf('module org.buffer { class R { int i; } }')).toMatch(
      /^a\.jute:1:12: found 'buffer', expected a name\./,
    );
  });
});

describe('errors about form', () => {
  it('a class without fields', () => {
    expect(messageOf('module m { class R { } }')).toBe(
      'a.jute:1:22: class R is empty, expected at least one field. A class looks like this: class Name { type name; … }',
    );
  });

  it('a module without classes', () => {
    expect(messageOf('module m { }')).toBe(
      "a.jute:1:12: found '}', expected 'class'. A module holds at least one class: class Name { type name; … }",
    );
  });

  it('a file without modules', () => {
    expect(messageOf('// nothing\n')).toBe(
      "a.jute:2:1: found the end of the file, expected 'include' or 'module'. Classes stand inside a module: module " +
        'name { class … }',
    );
  });

  it('a missing semicolon', () => {
    expect(messageOf('module m { class R {\n int i\n int j;\n} }')).toBe(
      "a.jute:3:2: found 'int', expected ';'. Write ; after the field i.",
    );
  });

  it('a missing bracket', () => {
    expect(messageOf('module m { class R { int i; }')).toBe(
      "a.jute:1:30: found the end of the file, expected '}'. Close the module, or begin the next class with the word " +
        'class.',
    );
    expect(messageOf('module m class R { int i; } }')).toBe(
      "a.jute:1:10: found 'class', expected '{'. A module looks like this: module name { class … }",
    );
  });

  it('a class outside of a module', () => {
    expect(messageOf('class R { int i; }')).toMatch(/^a\.jute:1:1: found 'class', expected 'include' or 'module'/);
    expect(messageOf('module m { class R { int i; } } }')).toMatch(/^a\.jute:1:33: found '}', expected 'include'/);
  });

  it('an include without quotes', () => {
    expect(messageOf('include data.jute')).toBe(
      "a.jute:1:9: found 'data', expected the name of a file in quotes. An include looks like this: include " +
        '"data.jute"',
    );
  });
});
