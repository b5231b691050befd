/**
 * What the site's build can't see in a chapter's text: MDX knows no code by indentation, so an indented line is shown as
 * prose. (Symbols and facts that there are not fail the build: site/plugins.)
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chaptersDirectory } from '#testing/facts.node.js';

/** Numbers of the lines that are indented like code after an empty line, outside of fences. */
function indentedCode(text: string): number[] {
  const found: number[] = [];
  let isInFence = false;
  let isAfterEmpty = true;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*```/.test(line)) isInFence = !isInFence;
    else if (!isInFence && isAfterEmpty && /^( {4}|\t)\S/.test(line)) found.push(index + 1);
    isAfterEmpty = line.trim() === '';
  }
  return found;
}

test('indented code is found, and code in fences is not', () => {
  expect(indentedCode('a\n\n    code\n\n```text\n\n    code\n```\n\n\tcode\n')).toEqual([3, 10]);
});

const texts = readdirSync(chaptersDirectory)
  .map((chapter) => `${chapter}/index.mdx`)
  .filter((path) => existsSync(join(chaptersDirectory, path)));

test('there are chapters with a text', () => {
  expect(texts).not.toEqual([]);
});

test.each(texts)('%s has its code in fences', (path) => {
  expect(indentedCode(readFileSync(join(chaptersDirectory, path), 'utf8'))).toEqual([]);
});
