import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  failuresTolerated,
  findGroupMistake,
  type GroupConfig,
  hasGroupMajority,
  hasMajority,
  isGroupWon,
  weightIn,
} from '#14-leader-election/quorums.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { proves } from '#testing/proves.js';

const ids = (...numbers: number[]): Set<ServerId> => new Set(numbers.map((number) => serverId(BigInt(number))));
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

interface Described {
  /** Numbers of participants, and observers. */
  readonly voters: readonly number[];
  readonly observers?: readonly number[];
  readonly groups: readonly (readonly number[])[];
  readonly weights?: Readonly<Record<number, number>>;
}

function configOf({ voters, observers = [], groups, weights = {} }: Described): GroupConfig {
  return {
    roles: new Map([
      ...[...ids(...voters)].map((id) => [id, 'participant'] as const),
      ...[...ids(...observers)].map((id) => [id, 'observer'] as const),
    ]),
    groups: new Map(groups.map((group, index) => [BigInt(index + 1), group.map((id) => serverId(BigInt(id)))])),
    weights: new Map(Object.entries(weights).map(([id, weight]) => [serverId(BigInt(id)), weight])),
  };
}

describe('a majority', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
    [7, 4],
  ])('of %i is %i and no fewer', (voters, needed) => {
    const all = ids(...oneTo(voters));
    expect(hasMajority(ids(...oneTo(needed)), all)).toBe(true);
    expect(hasMajority(ids(...oneTo(needed - 1)), all)).toBe(false);
  });

  test('counts voters only', () => {
    expect(hasMajority(ids(1, 8, 9, 10), ids(1, 2, 3))).toBe(false);
    expect(hasMajority(ids(1, 2, 9), ids(1, 2, 3))).toBe(true);
  });
});

describe('groups', () => {
  const threeByThree = configOf({
    voters: oneTo(9),
    groups: [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  });

  test.each<[number[], boolean]>([
    [[1, 2, 4, 5], true],
    [[1, 2, 3], false],
    [[1, 2, 3, 4, 7], false],
    [[1, 4, 7], false],
    [[2, 3, 8, 9], true],
    [[], false],
  ])('three of three servers, %j: %j', (agreed, expected) => {
    expect(hasGroupMajority(ids(...agreed), threeByThree)).toBe(expected);
    proves('EL-19');
  });

  test('of two groups both have to be won, by more than half of the weight', () => {
    const config = configOf({
      voters: [1, 2, 3, 4, 5],
      groups: [
        [1, 2, 3],
        [4, 5],
      ],
      weights: { 1: 2 },
    });
    expect(hasGroupMajority(ids(1, 4, 5), config)).toBe(false); // 2 of 4 is not more than half
    expect(hasGroupMajority(ids(1, 2, 4), config)).toBe(false); // 1 of 2 neither
    expect(hasGroupMajority(ids(1, 2, 4, 5), config)).toBe(true);
  });

  test('without weight are as if they were not there', () => {
    const config = configOf({
      voters: oneTo(5),
      groups: [
        [1, 2, 3],
        [4, 5],
      ],
      weights: { 4: 0, 5: 0 },
    });
    expect(isGroupWon(ids(4, 5), [...ids(4, 5)], config)).toBe(false);
    expect(hasGroupMajority(ids(1, 2), config)).toBe(true);
    expect(hasGroupMajority(ids(1, 4, 5), config)).toBe(false);
    proves('EL-19');
  });

  test('observers and strangers in the set count for nothing', () => {
    const config = configOf({ voters: [1, 2, 3], observers: [4], groups: [[1, 2, 3, 4]] });
    expect(hasGroupMajority(ids(1, 4, 9), config)).toBe(false);
    expect(hasGroupMajority(ids(1, 2), config)).toBe(true);
  });

  test('the weight of a server is 1 unless it is given, and 0 of who has no vote', () => {
    const config = configOf({ voters: [1, 2], observers: [3], groups: [[1, 2]], weights: { 2: 5 } });
    expect([1, 2, 3, 4].map((id) => weightIn(config, serverId(BigInt(id))))).toEqual([1, 5, 0, 0]);
    proves('EL-19');
  });
});

describe('failures that are tolerated', () => {
  test.each([
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
    [5, 2],
    [6, 2],
    [7, 3],
  ])('by a majority of %i: %i', (voters, tolerated) => {
    expect(failuresTolerated(configOf({ voters: oneTo(voters), groups: [oneTo(voters)] }))).toBe(tolerated);
  });

  test.each<[string, Described, number]>([
    [
      'three by three',
      {
        voters: oneTo(9),
        groups: [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
      },
      3,
    ],
    [
      'two by three',
      {
        voters: oneTo(6),
        groups: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      1,
    ],
    ['one heavy one', { voters: oneTo(3), groups: [[1, 2, 3]], weights: { 1: 3 } }, 0],
    [
      'one group without weight',
      {
        voters: oneTo(5),
        groups: [
          [1, 2, 3],
          [4, 5],
        ],
        weights: { 4: 0, 5: 0 },
      },
      1,
    ],
  ])('%s', (_, described, tolerated) => {
    expect(failuresTolerated(configOf(described))).toBe(tolerated);
  });

  test('are as many as it takes to find a set that can decide nothing, less one', () => {
    fc.assert(
      fc.property(anyGroups, (config) => {
        const servers = [...config.roles.keys()];
        let fewest = servers.length;
        for (let bits = 0; bits < 1 << servers.length; bits++) {
          const left = servers.filter((_, index) => !(bits & (1 << index)));
          if (!hasGroupMajority(new Set(left), config)) fewest = Math.min(fewest, servers.length - left.length);
        }
        expect(failuresTolerated(config)).toBe(fewest - 1);
      }),
    );
  });
});

describe('a mistake in groups and weights', () => {
  test.each<[Described, string]>([
    [{ voters: [1, 2], groups: [[1]] }, 'server.2 is in no group'],
    [{ voters: [1, 2], groups: [[1, 2], [2]] }, 'group.2 has the server 2, which is in group.1 already'],
    [{ voters: [1], groups: [[1, 1]] }, 'group.1 has the server 1, which is in group.1 already'],
    [{ voters: [1], groups: [[1, 7]] }, 'group.1 has the server 7, but there is no server.7'],
    [{ voters: [1], groups: [[1]], weights: { 7: 1 } }, 'weight.7 is a weight for a server, but there is no server.7'],
    [{ voters: [1], groups: [[1]], weights: { 1: -1 } }, 'weight.1 is -1, but a weight must not be negative'],
    [
      { voters: [1], observers: [2], groups: [[1]], weights: { 2: 1 } },
      'weight.2 is 1, but server.2 is an observer, whose vote does not count',
    ],
    [
      { voters: [1, 2], groups: [[1, 2]], weights: { 1: 0, 2: 0 } },
      'weight.1 is 0, and so are all others, so that no vote counts',
    ],
  ])('%j', (described, expected) => {
    const mistake = findGroupMistake(configOf(described));
    expect(`${mistake?.key} ${mistake?.problem}`).toBe(expected);
    proves('EL-19');
  });

  test('there is none in these', () => {
    expect(findGroupMistake(configOf({ voters: [1, 2], groups: [[1], [2]], weights: { 1: 0 } }))).toBeNull();
    expect(findGroupMistake(configOf({ voters: [1], observers: [2], groups: [[1, 2]], weights: { 2: 0 } }))).toBeNull();
    expect(findGroupMistake(configOf({ voters: [1], observers: [2], groups: [[1]] }))).toBeNull();
  });
});

/** Up to nine servers in up to four groups, with weights from 0 to 3; no mistakes. */
const anyGroups: fc.Arbitrary<GroupConfig> = fc
  .array(fc.record({ group: fc.integer({ min: 0, max: 3 }), weight: fc.integer({ min: 0, max: 3 }) }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((servers) => {
    const groups = new Map<number, number[]>();
    servers.forEach(({ group }, index) => {
      groups.set(group, [...(groups.get(group) ?? []), index + 1]);
    });
    return configOf({
      voters: oneTo(servers.length),
      groups: [...groups.values()],
      weights: Object.fromEntries(servers.map(({ weight }, index) => [index + 1, weight])),
    });
  })
  .filter((config) => findGroupMistake(config) === null);

const someOf = (config: GroupConfig): fc.Arbitrary<Set<ServerId>> =>
  fc.subarray([...config.roles.keys()]).map((chosen) => new Set(chosen));

describe('the law of quorums', () => {
  test('two majorities have a voter in common', () => {
    const sets = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(511), fc.nat(511));
    fc.assert(
      fc.property(sets, ([size, one, other]) => {
        const chosen = (bits: number) => ids(...oneTo(9).filter((id) => bits & (1 << (id - 1))));
        const voters = ids(...oneTo(size));
        const [a, b] = [chosen(one), chosen(other)];
        fc.pre(hasMajority(a, voters) && hasMajority(b, voters));
        expect([...a].some((id) => b.has(id) && voters.has(id))).toBe(true);
      }),
    );
  });

  test('two decisions by groups have a server in common whose vote weighs something', () => {
    const cases = anyGroups.chain((config) => fc.tuple(fc.constant(config), someOf(config), someOf(config)));
    fc.assert(
      fc.property(cases, ([config, a, b]) => {
        fc.pre(hasGroupMajority(a, config) && hasGroupMajority(b, config));
        expect([...a].some((id) => b.has(id) && weightIn(config, id) > 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('all servers together decide, and whoever joins takes no decision away', () => {
    const cases = anyGroups.chain((config) => fc.tuple(fc.constant(config), someOf(config), someOf(config)));
    fc.assert(
      fc.property(cases, ([config, a, b]) => {
        expect(hasGroupMajority(new Set(config.roles.keys()), config)).toBe(true);
        if (hasGroupMajority(a, config)) expect(hasGroupMajority(new Set([...a, ...b]), config)).toBe(true);
      }),
    );
  });

  test("is counted as Apache's servers do it, with whole numbers", () => {
    const cases = anyGroups.chain((config) => fc.tuple(fc.constant(config), someOf(config)));
    fc.assert(
      fc.property(cases, ([config, set]) => {
        const sum = (group: Iterable<ServerId>) => [...group].reduce((total, id) => total + weightIn(config, id), 0);
        const groups = [...config.groups.values()];
        const weighty = groups.filter((group) => sum(group) > 0).length;
        const won = groups.filter((group) => {
          const agreed = group.filter((id) => set.has(id));
          return agreed.length > 0 && sum(agreed) > Math.trunc(sum(group) / 2);
        }).length;
        expect(hasGroupMajority(set, config)).toBe(won > Math.trunc(weighty / 2));
        proves('EL-19');
      }),
    );
  });
});
