import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AclCache, OPEN_UNSAFE_ACL_ID } from '#03-acl/acl-cache.js';
import type { ACL } from '#05-jute/records/data.js';

const entry = (perms: number, scheme: string, id: string): ACL => ({ perms, id: { scheme, id } });

const ALICE = [entry(31, 'digest', 'alice:x')];
const BOB = [entry(31, 'digest', 'bob:y')];
const NOBODY = [entry(0, 'world', 'anyone')];

/** All numbers, with their lists. */
const numbers = (cache: AclCache): [number, ACL[]][] => [...cache.entries()].map(({ id, acl }) => [id, acl]);

/** A list that is equal, and not the same. */
const copyOf = (acl: readonly ACL[]): ACL[] => structuredClone([...acl]);

describe('lists', () => {
  test('that are equal have one number, and others have others', () => {
    const cache = new AclCache();
    expect([cache.use(ALICE), cache.use(BOB), cache.use(copyOf(ALICE))]).toEqual([1, 2, 1]);
    expect([cache.list(1), cache.list(2)]).toEqual([ALICE, BOB]);
    expect(cache.use([...ALICE, ...BOB])).not.toBe(cache.use([...BOB, ...ALICE]));
  });

  test('have different numbers whatever identities are made of', () => {
    const cache = new AclCache();
    const lists = [
      [entry(31, 'digest', 'a'), entry(31, 'world', 'anyone')],
      [entry(31, 'digest', 'a\n31\nworld\nanyone')],
      [entry(31, 'digest', 'a 31 world anyone')],
      [entry(31, 'digest', 'a 31 5:world 6:anyone')],
      [entry(31, 'digest', '')],
      [entry(31, '', 'digest')],
      [entry(3, '1digest', '')],
      [],
    ];
    expect(new Set(lists.map((acl) => cache.use(acl))).size).toBe(lists.length);
    const text = fc.oneof(fc.string(), fc.constantFrom(' ', ':', '1', '1:', '\n', '-'));
    const list = fc.array(fc.tuple(fc.nat(31), text, text), { maxLength: 3 });
    fc.assert(
      fc.property(list, list, (first, second) => {
        const isEqual = JSON.stringify(first) === JSON.stringify(second);
        const use = (tuples: typeof first) => fresh.use(tuples.map((tuple) => entry(...tuple)));
        const fresh = new AclCache();
        expect(use(first) === use(second)).toBe(isEqual);
      }),
    );
  });

  test('the open one has a number of its own, and needs no entry', () => {
    const cache = new AclCache();
    expect(cache.use(null)).toBe(OPEN_UNSAFE_ACL_ID);
    cache.useId(OPEN_UNSAFE_ACL_ID);
    cache.release(OPEN_UNSAFE_ACL_ID);
    expect([cache.list(OPEN_UNSAFE_ACL_ID), cache.has(OPEN_UNSAFE_ACL_ID)]).toEqual([null, true]);
    expect(numbers(cache)).toEqual([]);
  });

  test('that do not exist are open to nobody', () => {
    const cache = new AclCache();
    expect([cache.has(5), cache.list(5)]).toEqual([false, NOBODY]);
  });
});

describe('a list', () => {
  test('is kept while a node uses it, and its number is not given out again', () => {
    const cache = new AclCache();
    const id = cache.use(ALICE);
    cache.use(ALICE);
    cache.release(id);
    expect(numbers(cache)).toEqual([[id, ALICE]]);
    cache.release(id);
    expect(numbers(cache)).toEqual([]);
    cache.release(id);
    expect(cache.use(BOB)).toBe(id + 1);
    expect(cache.use(ALICE)).toBe(id + 2);
  });
});

describe('a restored cache', () => {
  function restored(...lists: [number, ACL[]][]): AclCache {
    const cache = new AclCache();
    for (const [id, acl] of lists) cache.restore(id, acl);
    return cache;
  }

  test('knows the lists by their numbers, and goes on above the largest', () => {
    const cache = restored([7, ALICE], [3, BOB]);
    cache.useId(7);
    expect(cache.list(7)).toEqual(ALICE);
    expect(cache.use(copyOf(ALICE))).toBe(7);
    expect(cache.use(BOB)).toBe(3);
    expect(cache.use([])).toBe(8);
  });

  test('forgets what no node uses, and only that', () => {
    const cache = restored([1, ALICE], [2, BOB]);
    cache.useId(2);
    cache.purgeUnused();
    expect(numbers(cache)).toEqual([[2, BOB]]);
    expect(cache.use(ALICE)).toBe(3);
  });

  test('counts the nodes that use a list', () => {
    const cache = restored([1, ALICE]);
    cache.useId(1);
    cache.useId(1);
    cache.release(1);
    expect(cache.has(1)).toBe(true);
    cache.release(1);
    expect(cache.has(1)).toBe(false);
  });

  test('does not give out the number of a list that is missing', () => {
    const cache = restored([1, ALICE]);
    cache.useId(1);
    cache.useId(6);
    expect(cache.use(BOB)).toBe(7);
    cache.release(6);
    expect(cache.list(7)).toEqual(BOB);
  });

  test('takes the same list under two numbers, and forgets each on its own', () => {
    const cache = restored([1, ALICE], [2, copyOf(ALICE)]);
    cache.useId(1);
    cache.useId(2);
    cache.release(1);
    expect(cache.use(ALICE)).toBe(2);
    expect(numbers(cache)).toEqual([[2, ALICE]]);
  });
});

test('whatever is used and released, a number in use has its list, and unused lists are gone', () => {
  const lists: (ACL[] | null)[] = [null, ALICE, BOB, [], [...ALICE, ...BOB]];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(lists.length - 1))), (actions) => {
      const cache = new AclCache();
      const used: [number, number][] = [];
      for (const [releases, index] of actions) {
        if (!releases) used.push([cache.use(lists[index] as ACL[] | null), index]);
        else if (used.length > 0) cache.release((used.splice(index % used.length, 1)[0] as [number, number])[0]);
        for (const [id, listIndex] of used) expect(cache.list(id)).toEqual(lists[listIndex]);
        const inUse = new Set(used.map(([id]) => id).filter((id) => id !== OPEN_UNSAFE_ACL_ID));
        expect(numbers(cache).map(([id]) => id)).toEqual([...inUse].sort((a, b) => a - b));
      }
    }),
  );
});
