import { expect, test } from 'vitest';
import { isAtLeast } from '#testing/versions.js';

const cases: [version: string, since: string, has: boolean][] = [
  ['3.8.0', '3.9.0', false],
  ['3.9.0', '3.9.0', true],
  ['3.9.5', '3.9', true],
  ['3.10.0', '3.9.2', true],
  ['3.8.0', '3.8.4/3.9.2', false],
  ['3.8.3', '3.8.4/3.9.2', false],
  ['3.8.4', '3.8.4/3.9.2', true],
  ['3.8.10', '3.8.4/3.9.2', true],
  ['3.9.1', '3.8.4/3.9.2', false],
  ['3.9.2', '3.8.4/3.9.2', true],
  ['3.10.0', '3.8.4/3.9.2', true],
  ['3.7.5', '3.8.4/3.9.2', false],
  ['3.8.1', '3.8.2/3.7.2/3.9.0', false],
  ['3.7.2', '3.8.2/3.7.2/3.9.0', true],
];

for (const [version, since, has] of cases) {
  test(`${version} ${has ? 'has' : 'lacks'} what came with ${since}`, () =>
    expect(isAtLeast(version, since)).toBe(has));
}

test('what is no version is refused', () => {
  expect(() => isAtLeast('3.9.5', 'H')).toThrow('"H" is no version');
});
