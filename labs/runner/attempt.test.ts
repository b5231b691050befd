import { expect, test } from 'vitest';
import { Attempt, Mismatch } from './attempt.js';

class Queue {
  private readonly names: string[] = [];

  add(name: string): number {
    return this.names.push(name);
  }
  each(run: (name: string) => void): number {
    for (const name of [...this.names]) run(name);
    return this.names.length;
  }
}

test('what a callback calls is indented, and what comes after it is not', () => {
  const told: string[] = [];
  const attempt = new Attempt((call) => told.push(call));
  const queue = attempt.make('queue', Queue);
  queue.add('a');
  queue.each(function addOne(name) {
    attempt.did('it is told of one');
    queue.add(`${name}${name}`);
  });
  queue.add('c');
  expect(attempt.trace().sent).toEqual([
    'queue = new Queue()',
    "queue.add('a')",
    'queue.each(addOne)',
    '  it is told of one',
    "  queue.add('aa')",
    "queue.add('c')",
  ]);
  expect(told).toEqual(attempt.trace().sent);
});

test('a wrong value is that of the last call that has come back', () => {
  const attempt = new Attempt();
  const queue = attempt.make('queue', Queue);
  const messageOf = (run: () => void): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof Mismatch) return error.message;
    }
    return 'nothing';
  };
  queue.add('a');
  const inside: string[] = [];
  const count = queue.each(function check() {
    inside.push(messageOf(() => attempt.equal(queue.add('b'), 7)));
  });
  expect(inside).toEqual(["queue.add('b'): expected 7, got 2"]);
  expect(messageOf(() => attempt.equal(count, 7))).toBe('queue.each(check): expected 7, got 2');
  expect(messageOf(() => attempt.equal(count, 7, 'the count'))).toBe('the count: expected 7, got 2');
});

test('a call that throws is over, too', () => {
  const attempt = new Attempt();
  const fail = attempt.function('fail', (): void => {
    throw new Error('no');
  });
  attempt.throws(fail, Error);
  attempt.did('what comes next');
  expect(attempt.trace().sent).toEqual(['fail()', 'what comes next']);
});
