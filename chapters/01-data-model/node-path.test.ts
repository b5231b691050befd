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
