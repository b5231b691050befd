import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from '#10-client-cnxn/fifo.js';

test('gives back what it got, in order, however pushes and shifts are mixed', () => {
  // Positive: so many pushes; negative: so many shifts. Large ones, so that it moves its items, too.
  const step = fc.oneof(fc.integer({ min: -10, max: 10 }), fc.integer({ min: -3000, max: 3000 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const count of steps) {
        for (let i = 0; i < count; i++) {
          fifo.push(next);
          model.push(next++);
        }
        for (let i = 0; i > count; i--) {
          if (fifo.peek() !== model[0] || fifo.shift() !== model.shift()) throw new Error('not in order');
        }
        expect(fifo.length).toBe(model.length);
      }
    }),
  );
});
