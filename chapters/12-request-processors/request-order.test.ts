import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '#00-introduction/invariant.js';
import { RequestOrder } from '#12-request-processors/request-order.js';

interface Item {
  readonly name: string;
  readonly operation: { readonly kind: 'read' | 'write' };
}
const read = (name: string): Item => ({ name, operation: { kind: 'read' } });
const write = (name: string): Item => ({ name, operation: { kind: 'write' } });

/** The reads that are answered when this write is done. */
function complete(order: RequestOrder<Item>, done: Item): string[] {
  const answered: string[] = [];
  order.completed(done, (item) => answered.push(item.name));
  return answered;
}

describe('the requests of a connection', () => {
  test('a write takes the reads behind it along, up to the next write', () => {
    const order = new RequestOrder<Item>();
    const [first, second] = [write('w1'), write('w2')];
    for (const item of [first, read('r1'), read('r2'), second, read('r3')]) order.add(item);
    expect(order.length).toBe(5);
    expect(complete(order, first)).toEqual(['r1', 'r2']);
    expect([order.length, order.isIdle]).toEqual([2, false]);
    expect(complete(order, second)).toEqual(['r3']);
    expect([order.length, order.isIdle]).toEqual([0, true]);
  });

  test('a write that is done before its turn is a fault of the program', () => {
    const order = new RequestOrder<Item>();
    const [first, second] = [write('w1'), write('w2')];
    order.add(first);
    order.add(second);
    expect(() => complete(order, second)).toThrow(InvariantViolation);
    complete(order, first);
    expect(() => complete(order, first)).toThrow('writes-complete-in-order');
    complete(order, second);
    expect(() => complete(order, second)).toThrow(InvariantViolation);
  });

  test('who is answered may ask for more: that waits behind the rest', () => {
    const order = new RequestOrder<Item>();
    const [first, second] = [write('w1'), write('w2')];
    for (const item of [first, read('r1'), read('r2')]) order.add(item);
    const answered: string[] = [];
    order.completed(first, (item) => {
      answered.push(item.name);
      if (item.name === 'r1') order.add(second);
    });
    expect(answered).toEqual(['r1', 'r2']);
    expect(complete(order, second)).toEqual([]);
  });

  test('leave in the order in which they came, however many are under way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('read', 'write', 'complete')),
        fc.integer({ min: 1, max: 700 }),
        (kinds, times) => {
          const order = new RequestOrder<Item>();
          const came: string[] = [];
          const left: string[] = [];
          const writes: Item[] = [];
          const finish = (): void => {
            const next = writes.shift();
            if (!next) return;
            left.push(next.name);
            left.push(...complete(order, next));
          };
          for (let i = 0; i < times; i++) {
            for (const kind of kinds) {
              if (kind === 'complete') finish();
              else {
                const item = (kind === 'read' ? read : write)(`${came.length}`);
                came.push(item.name);
                if (kind === 'write') writes.push(item);
                if (kind === 'read' && order.isIdle) left.push(item.name);
                else order.add(item);
              }
            }
          }
          while (writes.length > 0) finish();
          expect(left).toEqual(came);
          expect(order.isIdle).toBe(true);
        },
      ),
    );
  });
});
