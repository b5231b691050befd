import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecyclingMap } from '#01-data-model/recycling-map.js';

const value = (id: number) => ({ id });

test('does what a Map does, but for the order of keys that come back', () => {
  const key = fc.integer({ min: 0, max: 2000 });
  const step = fc.oneof(fc.record({ key, id: fc.nat() }), fc.record({ key, id: fc.constant(null) }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 3000, maxLength: 6000 }), (steps) => {
      const map = new RecyclingMap<number, { id: number }>();
      const model = new Map<number, { id: number }>();
      for (const { key, id } of steps) {
        if (id === null) {
          expect(map.delete(key)).toBe(model.delete(key));
        } else {
          map.set(key, value(id));
          model.set(key, value(id));
        }
        expect(map.get(key)).toEqual(model.get(key));
        expect(map.has(key)).toBe(model.has(key));
        expect(map.size).toBe(model.size);
      }
      expect(new Map(map)).toEqual(model);
      expect([...map.values()].length).toBe(model.size);
    }),
    { numRuns: 20 },
  );
});

test('a key that comes back soon stands where it stood, later it stands at the end', () => {
  const map = new RecyclingMap<string, object>();
  for (const key of ['a', 'b', 'c']) map.set(key, {});
  map.delete('a');
  map.set('a', {});
  expect([...map].map(([key]) => key)).toEqual(['a', 'b', 'c']);
  map.delete('a');
  for (let i = 0; i < 1024; i++) {
    map.set(`x${i}`, {});
    map.delete(`x${i}`);
  }
  map.set('a', {});
  expect([...map].map(([key]) => key)).toEqual(['b', 'c', 'a']);
});

test('a place is given up for the last deletion of its key, not for one before it', () => {
  const map = new RecyclingMap<string, object>();
  for (const key of ['parent', 'child', 'last']) map.set(key, {});
  const churn = (count: number, name: string): void => {
    for (let i = 0; i < count; i++) {
      map.set(`${name}${i}`, {});
      map.delete(`${name}${i}`);
    }
  };
  map.delete('parent');
  map.set('parent', {});
  map.delete('child');
  map.delete('parent');
  churn(1022, 'x');
  // So many deletions later the first one of the parent is forgotten, and the place of the child; not that of the parent.
  churn(1, 'y');
  for (const key of ['parent', 'child']) map.set(key, {});
  expect([...map].map(([key]) => key)).toEqual(['parent', 'last', 'child']);
});

test('what was deleted is not kept in memory, but for the last ones', () => {
  const map = new RecyclingMap<number, object>();
  for (let i = 0; i < 10_000; i++) {
    map.set(i, {});
    map.delete(i);
  }
  const { places, spares } = map as unknown as { places: Map<number, object>; spares: object[] };
  expect(map.size).toBe(0);
  expect(places.size).toBe(1024);
  expect(spares.length).toBeLessThan(3 * 1024);
});
