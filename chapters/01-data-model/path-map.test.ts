import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PathMap } from '#01-data-model/path-map.js';

const KEYS = 500;
const pathOf = (key: number): string => `/locks/${key}`;

const aKey = fc.nat(KEYS - 1);
const aStep = fc.record({ key: aKey, isDelete: fc.boolean() });
const someSteps = fc.array(aStep, { minLength: 1000, maxLength: 4000, size: 'max' });

/** To make thousands of steps fewer, one at a time, takes minutes: the seed tells as much. */
const RUNS = { numRuns: 15, endOnFailure: true };

/** Ours beside a `Map`: they have to agree about everything, the order included. */
class Twins {
  readonly ours = new PathMap<object>();
  readonly model = new Map<string, object>();

  do({ key, isDelete }: { key: number; isDelete: boolean }): void {
    const path = pathOf(key);
    if (isDelete) {
      expect(this.ours.delete(path)).toBe(this.model.delete(path));
    } else {
      const value = { key };
      this.ours.set(path, value);
      this.model.set(path, value);
    }
    this.compare(path);
  }

  compare(path: string): void {
    expect(this.ours.get(path)).toBe(this.model.get(path));
    expect(this.ours.has(path)).toBe(this.model.has(path));
    expect(this.ours.size).toBe(this.model.size);
  }
}

test('does what a Map does, in the same order', () => {
  fc.assert(
    fc.property(someSteps, someSteps, (mixed, later) => {
      const twins = new Twins();
      for (const step of mixed) twins.do(step);
      for (let key = 0; key < KEYS; key++) twins.compare(pathOf(key));
      expect([...twins.ours]).toEqual([...twins.model]);
      // First it grows, then most of it goes.
      for (const { key } of later) twins.do({ key, isDelete: false });
      for (const { key } of later) twins.do({ key, isDelete: key % 10 !== 0 });
      for (let key = 0; key < KEYS; key++) twins.compare(pathOf(key));
      expect([...twins.ours]).toEqual([...twins.model]);
      expect([...twins.ours.values()]).toEqual([...twins.model.values()]);
    }),
    RUNS,
  );
});

test('who goes through it while entries come and go sees what he would see in a Map', () => {
  fc.assert(
    fc.property(someSteps, fc.integer({ min: 1, max: 8 }), (steps, stepsBetween) => {
      const twins = new Twins();
      for (let key = 0; key < KEYS; key += 2) twins.do({ key, isDelete: false });
      const [ours, theirs] = [twins.ours[Symbol.iterator](), twins.model[Symbol.iterator]()];
      for (let at = 0; at < steps.length; at += stepsBetween) {
        expect(ours.next()).toEqual(theirs.next());
        for (const step of steps.slice(at, at + stepsBetween)) twins.do(step);
      }
      expect([...ours]).toEqual([...theirs]);
    }),
    RUNS,
  );
});

test('paths of one hash are told apart', () => {
  // Of so many hashes of 32 bits some are the same: none would be, once in 30 000 runs.
  const map = new PathMap<{ key: number }>();
  const keys = Array.from({ length: 300_000 }, (_, key) => key);
  // Paths that are alike, such as those of numbers in a row, have hashes that are never the same.
  const mixedPathOf = (key: number): string => `/${Math.imul(key, 0x9e3779b1)}/${Math.imul(key, 0x85ebca6b)}`;
  for (const key of keys) {
    if (map.has(mixedPathOf(key))) throw new Error(`${mixedPathOf(key)} is there already`);
    map.set(mixedPathOf(key), { key });
  }
  expect(keys.filter((key) => map.get(mixedPathOf(key))?.key !== key)).toEqual([]);
  expect(map.size).toBe(keys.length);
});

test('what comes and goes all day leaves nothing behind', () => {
  const map = new PathMap<object>();
  const sizes = (): number[] => ['paths', 'valuesByNumber', 'slots'].map((name) => Reflect.get(map, name).length);
  const emptySizes = sizes();
  for (let i = 0; i < 10_000; i++) {
    map.set('/locks/payout', {});
    map.delete('/locks/payout');
  }
  expect(Math.max(...sizes())).toBeLessThan(200);
  for (let key = 0; key < 10_000; key++) map.set(pathOf(key), {});
  expect(Math.min(...sizes())).toBeGreaterThan(10_000);
  for (let key = 0; key < 10_000; key++) map.delete(pathOf(key));
  for (let i = 0; i < 10_000; i++) {
    map.set('/locks/payout', {});
    map.delete('/locks/payout');
  }
  expect(sizes()[2]).toBe(emptySizes[2]);
  expect(Math.max(...sizes())).toBeLessThan(200);
});
