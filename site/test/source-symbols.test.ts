import { expect, test } from 'vitest';
import { codeOfSymbol, parseSource } from '../plugins/source-symbols.js';

const SOURCE = `/** The head of the file. */
import { a } from './a.js';

/** A kind. */
export const Kind = { one: 1, two: 2 } as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/**
 * Compares.
 * @lab 15.2
 */
export function compare(x: number, y: number): number {
  return x - y;
}

export class Queue extends Base {
  /** How many. */
  private count = 0;

  constructor(readonly limit: number) {
    super();
  }

  add(one: string): void;
  add(one: string, two?: string): void {
    this.count += two === undefined ? 1 : 2;
  }

  /**
   * Takes one out.
   *
   * @lab 11.3
   */
  take(): string {
    if (this.count === 0) {
      return '';
    }
    return 'x';
  }

  get size(): number {
    return this.count;
  }
}

export const table = {
  /** Adds. */
  add: { run: () => a },
};
`;

const source = parseSource('queue.ts', SOURCE);
const code = (symbol: string) => codeOfSymbol(source, symbol).code;

test('a declaration, with its doc comment and its place', () => {
  const found = codeOfSymbol(source, 'Queue.size');
  expect(found.code).toBe('get size(): number {\n  return this.count;\n}');
  const line = SOURCE.split('\n').indexOf('  get size(): number {') + 1;
  expect([found.fromLine, found.toLine]).toEqual([line, line + 2]);
  expect(code('Queue.count')).toBe('/** How many. */\nprivate count = 0;');
  expect(code('Queue.constructor')).toContain('super();');
});

test('a constant and the type of the same name are one', () => {
  expect(code('Kind')).toBe(
    '/** A kind. */\nexport const Kind = { one: 1, two: 2 } as const;\n\nexport type Kind = (typeof Kind)[keyof typeof Kind];',
  );
});

test('overloads stay together', () => {
  expect(code('Queue.add')).toMatch(/^add\(one: string\): void;\n\nadd\(one: string, two\?: string\): void \{/);
});

test('what an object has', () => {
  expect(code('table.add')).toBe('/** Adds. */\nadd: { run: () => a }');
});

test('a gap is folded, with the contract above it', () => {
  const found = codeOfSymbol(source, 'Queue.take');
  expect(found.gaps).toEqual(['11.3']);
  expect(found.code).toBe(
    '/**\n * Takes one out.\n *\n * @lab 11.3\n */\ntake(): string {\n  // You write this in lab 11.3.\n}',
  );
  expect(code('compare')).not.toContain('x - y');
});

test('a class with a gap in it is shown with the hole', () => {
  const found = codeOfSymbol(source, 'Queue');
  expect(found.gaps).toEqual(['11.3']);
  expect(found.code).toContain('  take(): string {\n    // You write this in lab 11.3.\n  }');
  expect(found.code).not.toContain("return 'x'");
  expect(found.code).toContain('return this.count;');
});

test('a symbol that there is not is told with those that there are', () => {
  expect(() => code('Queue.nothing')).toThrow(
    'there is no Queue.nothing in queue.ts; it has Kind, compare, Queue, table',
  );
  expect(() => code('nothing')).toThrow('there is no nothing');
});
