import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validateCreatePath, validatePath } from '#06-network-protocol/paths.js';
import { proves } from '#testing/proves.js';

describe('validatePath', () => {
  test.each([
    '/',
    '/a',
    '/a/b',
    '/zookeeper/quota',
    '/...',
    '/.a',
    '/a.',
    '/..a',
    '/a..',
    '/a/.b./c',
    '/ü',
    '/日本',
    '/ ',
    '/\u00a0',
    '/\uf900',
    '/\uffef',
  ])('%j is right', (path) => {
    expect(validatePath(path)).toBeNull();
  });

  test.each([
    ['', 'it is empty'],
    ['a', 'it does not start with /'],
    ['a/b', 'it does not start with /'],
    ['/a/', 'it ends with /'],
    ['//', 'it ends with /'],
  ])('%j is wrong: %s', (path, reason) => {
    expect(validatePath(path)).toBe(reason);
    proves('PA-1');
  });

  test.each([
    ['//a', 'the name at 1 is empty'],
    ['/a//b', 'the name at 3 is empty'],
    ['/.', 'the name . at 1 is not allowed'],
    ['/./a', 'the name . at 1 is not allowed'],
    ['/a/.', 'the name . at 3 is not allowed'],
    ['/..', 'the name .. at 1 is not allowed'],
    ['/a/../b', 'the name .. at 3 is not allowed'],
  ])('%j is wrong: %s', (path, reason) => {
    expect(validatePath(path)).toBe(reason);
    proves('PA-2');
  });

  test('exactly the characters of the table are refused', () => {
    const refused = (unit: number) => validatePath(`/a${String.fromCharCode(unit)}b`) !== null;
    const ranges: string[] = [];
    for (let unit = 0, from = -1; unit <= 0x10000; unit++) {
      const wrong = unit < 0x10000 && refused(unit);
      if (wrong && from === -1) from = unit;
      if (!wrong && from !== -1) {
        ranges.push(`${from.toString(16)}-${(unit - 1).toString(16)}`);
        from = -1;
      }
    }
    expect(ranges).toEqual(['0-1f', '7f-9f', 'd800-f8ff', 'fff0-ffff']);
    expect(validatePath('/a\u0000')).toBe('the character U+0000 at 2 is not allowed');
    proves('PA-3');
  });

  test('a right path stays right when a right name is put behind it', () => {
    const name = fc.stringMatching(/^[a-z.]{1,5}$/).filter((text) => text !== '.' && text !== '..');
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        expect(validatePath(`/${names.join('/')}`)).toBeNull();
      }),
    );
  });
});

describe('validateCreatePath', () => {
  test('a sequential node may have no name but its number', () => {
    expect(validateCreatePath('/queue/', true)).toBeNull();
    expect(validateCreatePath('/queue/', false)).toBe('it ends with /');
    expect(validateCreatePath('/', true)).toBeNull();
    expect(validateCreatePath('/..', true)).toBeNull();
    expect(validateCreatePath('/queue//', true)).toBe('the name at 7 is empty');
    expect(validateCreatePath('', true)).toBe('it does not start with /');
  });
});
