import { describe, expect, it } from 'vitest';
import { JuteError } from '#05-jute/jute-error.js';
import { type Token, tokenize } from '#05-jute/lexer.js';
import { proves } from '#testing/proves.js';

/** Kind and text of each token; the end of the file is left out. */
function words(text: string): string[] {
  return tokenize('a.jute', text)
    .slice(0, -1)
    .map((token) => (token.kind === token.text ? token.text : `${token.kind} ${token.text}`));
}

function tokenNamed(text: string, name: string): Token {
  return tokenize('a.jute', text).find((token) => token.text === name) as Token;
}

function messageOf(text: string): string {
  try {
    tokenize('a.jute', text);
  } catch (error) {
    if (error instanceof JuteError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('tokens (JU-09)', () => {
  it('are keywords, names, signs and strings', () => {
    proves('JU-09');
    expect(words('module a.b1_C{class X{vector<ustring>v;}} include "x y.jute"')).toEqual([
      'module',
      'identifier a',
      '.',
      'identifier b1_C',
      '{',
      'class',
      'identifier X',
      '{',
      'vector',
      '<',
      'ustring',
      '>',
      'identifier v',
      ';',
      '}',
      '}',
      'include',
      'string x y.jute',
    ]);
  });

  it('are a keyword only as a whole word', () => {
    expect(words('int integer classy Class')).toEqual([
      'int',
      'identifier integer',
      'identifier classy',
      'identifier Class',
    ]);
  });

  it.each(['module class include byte boolean int long float double ustring buffer vector map'])('%s', (keywords) => {
    expect(words(keywords)).toEqual(keywords.split(' '));
  });

  it('know their line and column, after comments and any kind of line end too', () => {
    const text = 'int\r\n\tlong /* one\n two */ byte\n// three\nmap';
    const places = tokenize('a.jute', text).map(({ kind, position }) => [kind, position.line, position.column]);
    expect(places).toEqual([
      ['int', 1, 1],
      ['long', 2, 2],
      ['byte', 3, 9],
      ['map', 5, 1],
      ['end of file', 5, 4],
    ]);
  });
});

describe('comments (JU-11)', () => {
  it('belong to the token below them', () => {
    expect(tokenNamed('// one\n// two\nint a;', 'int').commentBefore).toEqual(['one', 'two']);
  });

  it('of several lines lose their signs and their empty ends', () => {
    const text = '/**\n * one\n *\n * * two\n */\nint a;';
    expect(tokenNamed(text, 'int').commentBefore).toEqual(['one', '', '* two']);
  });

  it('stay where they are when an empty line follows', () => {
    expect(tokenNamed('// a remark\n\n// one\nint a;', 'int').commentBefore).toEqual(['one']);
    expect(tokenNamed('// a remark\n\nint a;', 'int').commentBefore).toEqual([]);
  });

  it('on the line of a token belong to that token, not to the next', () => {
    const text = 'int a; // of a\n// of b\nint b;';
    const tokens = tokenize('a.jute', text);
    expect(tokens[2]?.commentAfter).toEqual(['of a']);
    expect(tokens[3]?.commentBefore).toEqual(['of b']);
  });

  it('between two tokens of a line belong to the second', () => {
    const tokens = tokenize('a.jute', 'int a; /* of b */ int b;');
    expect(tokens[2]?.commentAfter).toEqual([]);
    expect(tokens[3]?.commentBefore).toEqual(['of b']);
  });

  it('that end the file belong to the last token of their line', () => {
    expect(tokenNamed('} // the end', '}').commentAfter).toEqual([]);
    expect(tokenNamed('} // the end\n', '}').commentAfter).toEqual(['the end']);
  });

  it('that say nothing are none', () => {
    expect(tokenNamed('//\n/**/\nint a;', 'int').commentBefore).toEqual([]);
  });
});

describe('what is not a token', () => {
  it('is a sign that the language does not have', () => {
    expect(messageOf('module a {\n  class A { int a = 1; }\n}')).toBe(
      'a.jute:2:19: found "=", expected a name, a keyword or one of { } < > ; , . — names are made of the letters A ' +
        'to Z, digits and _, and begin with a letter. Take the character out, or put it into a comment.',
    );
  });

  it('is a name that begins with a digit, an underscore or a letter from elsewhere', () => {
    expect(messageOf('4ever')).toMatch(/^a\.jute:1:1: found "4", expected a name/);
    expect(messageOf(' _a')).toMatch(/^a\.jute:1:2: found "_", /);
    expect(messageOf('größe')).toMatch(/^a\.jute:1:3: found "ö", /);
    expect(messageOf('😀')).toMatch(/^a\.jute:1:1: found "😀", /);
  });

  it('is a comment without an end, told where it begins', () => {
    expect(messageOf('int a;\n  /* and so on\n and on')).toBe(
      'a.jute:2:3: found a comment that does not end. Close it with */.',
    );
    expect(messageOf('/*/')).toBe('a.jute:1:1: found a comment that does not end. Close it with */.');
  });

  it('is a string without an end, or with nothing in it', () => {
    expect(messageOf('include "data.jute\nmodule "')).toBe(
      'a.jute:1:9: found a string that does not end on its line. Close it with ".',
    );
    expect(messageOf('include "data.jute')).toMatch(/^a\.jute:1:9: found a string that does not end/);
    expect(messageOf('include ""')).toBe(
      'a.jute:1:9: found an empty string, expected the name of a file between the quotes.',
    );
  });
});
