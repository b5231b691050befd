import { describe, expect, test } from 'vitest';
import { findGaps, starterOf } from './gaps.js';
import { unwrittenGaps, unwrittenOf } from './unwritten.js';

const FILE = `/** A file. */
import { a } from '#00-x/a.js';

export class Queue {
  /**
   * Adds.
   * @lab 11.1
   */
  add(first: number,
      second: string): void { this.list.push(this.pair(first, second)); }

  private list: string[] = [];

  /** @lab 11.2 */
  get size(): number {
    // a comment with a brace }
    return this.list.length;
  }

  /** @lab 11.1 helper */
  private pair(first: number, second: string): string {
    return \`\${first} \${second}\`;
  }
}

/** @lab 11.3 */
export const twice = (text: string): string => text + text;
`;

const STARTER = `/** A file. */
import { a } from '#00-x/a.js';

export class Queue {
  /**
   * Adds.
   * @lab 11.1
   */
  add(first: number,
      second: string): void {
    throw new Error('lab 11.1 is not written yet: Queue.add');
  }

  private list: string[] = [];

  /** @lab 11.2 */
  get size(): number {
    throw new Error('lab 11.2 is not written yet: Queue.size');
  }
}

/** @lab 11.3 */
export const twice = (text: string): string => {
  throw new Error('lab 11.3 is not written yet: twice');
};
`;

test('a starter is the file with its gaps open and the helpers gone, and otherwise the same', () => {
  expect(starterOf('queue.ts', FILE)).toBe(STARTER);
});

test('some gaps may be left as they are, with their helpers', () => {
  const text = starterOf('queue.ts', FILE, (id) => id === '11.3');
  expect(text).toBe(
    FILE.replace('=> text + text', "=> {\n  throw new Error('lab 11.3 is not written yet: twice');\n}"),
  );
});

test('gaps are told in the order of the text, with their lines', () => {
  expect(
    findGaps('queue.ts', FILE).map(({ id, symbol, role, firstLine, lastLine }) => [
      id,
      symbol,
      role,
      firstLine,
      lastLine,
    ]),
  ).toEqual([
    ['11.1', 'Queue.add', 'body', 10, 10],
    ['11.2', 'Queue.size', 'body', 15, 18],
    ['11.1', 'Queue.pair', 'helper', 19, 24],
    ['11.3', 'twice', 'body', 27, 27],
  ]);
});

test('a file without tags has no gaps, and is its own starter', () => {
  expect(findGaps('a.ts', 'export const a = 1;\n')).toEqual([]);
  expect(starterOf('a.ts', 'export const a = 1;\n')).toBe('export const a = 1;\n');
});

test('what an open gap throws is told from other errors', () => {
  expect(unwrittenOf('lab 11.2 is not written yet: Queue.size')).toEqual({ id: '11.2', symbol: 'Queue.size' });
  expect(unwrittenOf('lab 11.2 is too hard')).toBeNull();
  expect(unwrittenGaps(STARTER)).toEqual(['11.1', '11.2', '11.3']);
  expect(unwrittenGaps(FILE)).toEqual([]);
});

describe('a tag is refused', () => {
  const tag = '/** @lab 11.1 */\n';
  test.each([
    ['on a constructor', `class A {\n${tag}constructor() {}\n}`, 'only functions'],
    ['on a field', `class A {\n${tag}field = 1;\n}`, 'only functions'],
    ['on a class', `${tag}class A {}`, 'only functions'],
    ['on an overload', `${tag}function f(a: string): void;\nfunction f(a: unknown): void {}`, 'tag the implementation'],
    ['without a return type', `${tag}function f() {}`, 'explicit return type'],
    ['with another form', '/** @lab 11 */\nfunction f(): void {}', 'has to be "@lab 11.2"'],
    ['when a number is left out', '/** @lab 11.2 */\nfunction f(): void {}', 'no gap 11.1'],
    [
      'when another lab is in the file',
      `${tag}function f(): void {}\n/** @lab 12.1 */\nfunction g(): void {}`,
      'more than one lab',
    ],
    [
      'when others use the helper',
      `${tag}function f(): void {}\n/** @lab 11.1 helper */\nfunction g(): void {}\ng();`,
      'only gaps may use it',
    ],
  ])('%s', (_, text, message) => {
    expect(() => findGaps('a.ts', text)).toThrow(message);
  });
});
