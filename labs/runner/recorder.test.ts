import { expect, test } from 'vitest';
import { type Note, recorded, recordedFunction } from './recorder.js';

class Counter {
  #count = 0;
  list = [1];

  add(by: number, _note?: string): number {
    this.#count += by;
    return this.#count;
  }
  get count(): number {
    return this.#count;
  }
}

const noteInto =
  (notes: string[]): Note =>
  (call) => {
    notes.push(call);
    return () => notes.push(`end of ${call}`);
  };

test('calls and getters are noted before they are made, and do what they do', () => {
  const notes: string[] = [];
  const counter = recorded('counter', new Counter(), noteInto(notes));
  expect(counter.add(2, 'a')).toBe(2);
  expect(counter.add(3)).toBe(5);
  expect(counter.count).toBe(5);
  expect(counter.list).toEqual([1]);
  expect(notes.filter((note) => !note.startsWith('end'))).toEqual([
    "counter.add(2, 'a')",
    'counter.add(3)',
    'counter.count',
  ]);
});

test('a call that throws has been noted', () => {
  const notes: string[] = [];
  const fail = recordedFunction(
    'fail',
    (_: bigint, _run: () => void): void => {
      throw new Error('no');
    },
    noteInto(notes),
  );
  expect(() => fail(5n, function onEnd() {})).toThrow('no');
  expect(notes).toEqual(['fail(5n, onEnd)', 'end of fail(5n, onEnd)']);
});
