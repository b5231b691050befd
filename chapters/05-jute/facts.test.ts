/** The rows of this chapter about the language and the texts that it makes; the parts are tested one by one beside them. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { KEYWORDS, tokenize } from '#05-jute/lexer.js';
import { parseJute } from '#05-jute/parser.js';
import { Stat } from '#05-jute/records/data.js';
import { CreateRequest } from '#05-jute/records/proto.js';
import { qualifiedName, type Schema, type Type } from '#05-jute/schema.js';
import { signature } from '#05-jute/signature.js';
import { textForm } from '#05-jute/text-form.js';
import { proves } from '#testing/proves.js';

const others = new Map([['other.jute', 'module o.p { class Known { int i; } }']]);

function parse(text: string): Schema {
  return parseJute({ path: 'a.jute', text }, (path) => {
    const found = others.get(path);
    return found === undefined ? null : { path, text: found };
  });
}

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

describe('the language', () => {
  test('has two kinds of comments, names of ASCII letters, digits and underscores, and these keywords', () => {
    const words = 'module class include byte boolean int long float double ustring buffer vector map';
    expect([...KEYWORDS].sort()).toEqual(words.split(' ').sort());
    const tokens = tokenize('a.jute', '// class\nA_1b /* int\n*/ z').slice(0, -1);
    expect(tokens.map(({ text }) => text)).toEqual(['A_1b', 'z']);
    for (const bad of ['_a', '1a', 'é', '/* open']) expect(() => tokenize('a.jute', bad)).toThrow('a.jute:1:1');
    proves('JU-09');
  });

  test('has files of includes and modules, modules of classes, classes of fields, fields of types that are known', () => {
    const { modules } = parse(
      'include "other.jute" module a.b { class C { int i; vector<map<int,ustring>> v; } class D { C c; o.p.Known k; } }',
    );
    const fields = modules.flatMap(({ records }) => records.flatMap((record) => record.fields));
    expect(fields.map(({ type }) => shown(type))).toEqual(['int', 'vector<map<int,ustring>>', 'a.b.C', 'o.p.Known']);
    const wrong = [
      '',
      'module a { }',
      'module a { class C { } }',
      'module a { class C { int i } }',
      'module a { class C { D d; } class D { int i; } }',
      'module a { class C { Known k; } }',
      'class C { int i; }',
    ];
    for (const text of wrong) expect(() => parse(text), text).toThrow('a.jute');
    proves('JU-10');
  });
});

test('the text of a record has commas, signs before strings and bytes, and braces around what has parts', () => {
  const acl = [{ perms: 31, id: { scheme: 'world', id: null } }];
  const request = { path: '/a,\n%}\r\0', data: Buffer.from([1, 0x7f, 0x80, 0xff]), acl, flags: -1 };
  expect(textForm(CreateRequest, request)).toBe("'/a%2C%0A%25%7D%0D%00,#17fffffff80ffffffff,v{s{31,s{'world,}}},-1\n");
  proves('JU-07');
});

test('a signature names the types of all fields', () => {
  expect(signature(Stat)).toBe('LStat(lllliiiliil)');
  expect(signature(CreateRequest)).toBe('LCreateRequest(sB[LACL(iLId(ss))]i)');
  proves('JU-16');
});
