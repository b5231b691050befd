import { expect, test } from 'vitest';
import { nodeName, parentPath } from '#01-data-model/node-path.js';

test.each([
  ['/', '/', ''],
  ['/a', '/', 'a'],
  ['/a/b', '/a', 'b'],
  ['/a/b/c', '/a/b', 'c'],
  ['/a/', '/a', ''],
  ['//', '/', ''],
  ['a', '/', 'a'],
  ['', '/', ''],
])('%j is in %j, where it is called %j', (path, parent, name) => {
  expect([parentPath(path), nodeName(path)]).toEqual([parent, name]);
});

test('the parents of many paths are not mixed up, and are one string where they are one node', () => {
  const parents = Array.from({ length: 2000 }, (_, i) => `/${'x'.repeat(i % 40)}/${i % 7}/${i}`);
  for (const round of ['a', 'b']) {
    for (const parent of parents) expect(parentPath(`${parent}/${round}`)).toBe(parent);
  }
  const long = `/${'long'.repeat(1000)}`;
  expect(parentPath(`${long}/a`)).toBe(long);
});
