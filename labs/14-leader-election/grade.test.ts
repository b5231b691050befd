/** The checks of lab 14, in the order of the text. Each unit check needs only gaps up to its own. */

import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { SimulatedEnsemble } from '#08-cluster-startup/simulated-ensemble.js';
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
import { simulated, unit } from '../runner/checks.node.js';
import { crash, cut, cutAgainAndAgain, expectLeaderAmong, settle, startEnsemble } from './grade-ensemble.js';

const IN_COMMON = 'Two quorums have a server in common, and so there are never two leaders.';
const ENOUGH = 'A quorum that is there is enough: the ensemble goes on without the others.';
const BY_WEIGHT = 'A vote counts by its weight, and only the votes of participants count.';
const NO_MISTAKE = 'A configuration with which two leaders, or none, could be elected is refused.';

const ids = (...numbers: number[]): Set<ServerId> => new Set(numbers.map((number) => serverId(BigInt(number))));

interface Described {
  readonly voters: readonly number[];
  readonly observers?: readonly number[];
  readonly groups?: readonly (readonly number[])[];
  readonly weights?: Readonly<Record<number, number>>;
}

function configOf({ voters, observers = [], groups = [], weights = {} }: Described): GroupConfig {
  return {
    roles: new Map([
      ...[...ids(...voters)].map((id) => [id, 'participant'] as const),
      ...[...ids(...observers)].map((id) => [id, 'observer'] as const),
    ]),
    groups: new Map(groups.map((group, index) => [BigInt(index + 1), group.map((id) => serverId(BigInt(id)))])),
    weights: new Map(Object.entries(weights).map(([id, weight]) => [serverId(BigInt(id)), weight])),
  };
}

const THREE_BY_THREE = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];

// ----------------------------------------------------------------------------------------- 14.1 a majority

unit({ gap: '14.1', name: 'more than half of three, and of five', invariant: IN_COMMON }, (attempt) => {
  const majority = attempt.function('hasMajority', hasMajority);
  attempt.equal(majority(ids(1, 3), ids(1, 2, 3)), true);
  attempt.equal(majority(ids(2), ids(1, 2, 3)), false);
  attempt.equal(majority(ids(1, 2), ids(1, 2, 3, 4, 5)), false);
  attempt.equal(majority(ids(1, 4, 5), ids(1, 2, 3, 4, 5)), true);
});

unit({ gap: '14.1', name: 'one server is a majority of itself, none is of nobody', invariant: ENOUGH }, (attempt) => {
  const majority = attempt.function('hasMajority', hasMajority);
  attempt.equal(majority(ids(7), ids(7)), true);
  attempt.equal(majority(ids(), ids(7)), false);
});

// ------------------------------------------------------------------------------ 14.2 the weight of a vote

unit({ gap: '14.2', name: 'a vote weighs what was configured, or else 1', invariant: BY_WEIGHT }, (attempt) => {
  const weight = attempt.function('weightIn', weightIn);
  const config = configOf({ voters: [1, 2], groups: [[1, 2]], weights: { 2: 5 } });
  attempt.equal(weight(config, serverId(2n)), 5);
  attempt.equal(weight(config, serverId(1n)), 1);
});

unit({ gap: '14.2', name: 'the vote of a stranger weighs nothing', invariant: BY_WEIGHT }, (attempt) => {
  const weight = attempt.function('weightIn', weightIn);
  attempt.equal(weight(configOf({ voters: [1, 2], groups: [[1, 2]] }), serverId(9n)), 0);
});

// --------------------------------------------------------------------------- 14.3 a mistake in the groups

/** @param key the line that is wrong; null when nothing is */
function mistake(name: string, key: string | RegExp | null, described: Described): void {
  unit({ gap: '14.3', name, invariant: NO_MISTAKE }, (attempt) => {
    const found = attempt.function('findGroupMistake', findGroupMistake)(configOf(described));
    if (key === null) attempt.equal(found, null);
    else if (found === null) attempt.wrong(`a mistake in ${key}`, 'none');
    else if (typeof key === 'string') attempt.equal(found.key, key, 'the key of the mistake');
    else attempt.holds(key.test(found.key), `the key of a weight`, found.key);
  });
}

mistake('groups that are in order have none', null, {
  voters: [1, 2, 3, 4],
  observers: [5, 6],
  groups: [
    [1, 2, 6],
    [3, 4],
  ],
  weights: { 1: 2, 2: 0, 5: 0 },
});
mistake('a participant in no group', 'server.3', { voters: [1, 2, 3], groups: [[1, 2]] });
mistake('a group with a server that there is not', 'group.2', { voters: [1, 2], groups: [[1, 2], [7]] });
mistake('a weight of a server that there is not', 'weight.7', { voters: [1], groups: [[1]], weights: { 7: 1 } });
mistake('a weight that is negative', 'weight.2', { voters: [1, 2], groups: [[1, 2]], weights: { 2: -1 } });
mistake('an observer with a weight', 'weight.2', { voters: [1], observers: [2], groups: [[1]], weights: { 2: 3 } });
mistake('weights that are all 0', /^weight/, { voters: [1, 2], groups: [[1, 2]], weights: { 1: 0, 2: 0 } });

// ---------------------------------------------------------------------------------- 14.4 a group is won

unit({ gap: '14.4', name: 'more than half of a group, by weight', invariant: BY_WEIGHT }, (attempt) => {
  const won = attempt.function('isGroupWon', isGroupWon);
  const equal = configOf({ voters: [1, 2, 3], groups: [[1, 2, 3]] });
  attempt.equal(won(ids(1, 3), [...ids(1, 2, 3)], equal), true);
  attempt.equal(won(ids(3), [...ids(1, 2, 3)], equal), false);
  const heavy = configOf({ voters: [1, 2, 3], groups: [[1, 2, 3]], weights: { 1: 3 } });
  attempt.equal(won(ids(1), [...ids(1, 2, 3)], heavy), true);
  attempt.equal(won(ids(2, 3), [...ids(1, 2, 3)], heavy), false);
});

unit({ gap: '14.4', name: 'servers of other groups do not help', invariant: BY_WEIGHT }, (attempt) => {
  const won = attempt.function('isGroupWon', isGroupWon);
  const config = configOf({ voters: [1, 2, 3, 4, 5, 6], groups: THREE_BY_THREE.slice(0, 2) });
  attempt.equal(won(ids(1, 4, 5, 6), [...ids(1, 2, 3)], config), false);
});

// ----------------------------------------------------------------------------------- 14.5 the groups decide

unit({ gap: '14.5', name: 'two of three groups decide, one does not', invariant: ENOUGH }, (attempt) => {
  const decides = attempt.function('hasGroupMajority', hasGroupMajority);
  const config = configOf({ voters: [1, 2, 3, 4, 5, 6, 7, 8, 9], groups: THREE_BY_THREE });
  attempt.equal(decides(ids(1, 2, 4, 5, 7), config), true);
  attempt.equal(decides(ids(1, 4, 7), config), false);
  attempt.equal(decides(ids(), config), false);
});

// -------------------------------------------------------------------------------- 14.6 how much may fail

unit({ gap: '14.6', name: 'less than half of one group', invariant: ENOUGH }, (attempt) => {
  const tolerated = attempt.function('failuresTolerated', failuresTolerated);
  attempt.equal(tolerated(configOf({ voters: [1, 2, 3], groups: [[1, 2, 3]] })), 1);
  attempt.equal(tolerated(configOf({ voters: [1, 2, 3, 4, 5], groups: [[1, 2, 3, 4, 5]] })), 2);
  attempt.equal(tolerated(configOf({ voters: [1], groups: [[1]] })), 0);
});

// ------------------------------------------------------------------------------------ an ensemble, simulated

simulated(
  { gap: '14.1', name: 'four servers, cut in two halves', invariant: IN_COMMON, points: 2, seeds: 4 },
  async (attempt) => {
    const zoo = await startEnsemble(attempt, { participants: 4 });
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3, 4]);
    cut(attempt, zoo, [1, 2]);
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, []);
    attempt.did('all hear each other again');
    zoo.simulation.network.heal();
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3, 4]);
  },
);

simulated(
  { gap: '14.1', name: 'a leader whom only observers follow gives up', invariant: IN_COMMON, points: 2, seeds: 4 },
  async (attempt) => {
    const zoo = await startEnsemble(attempt, { participants: 3, observers: 3 });
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3]);
    const followers = [1, 2, 3].filter((id) => zoo.member(id) !== zoo.leader);
    crash(attempt, zoo, followers.slice(0, 1));
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3]);
    crash(attempt, zoo, followers.slice(1));
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, []);
  },
);

simulated(
  { gap: '14.2', name: 'observers in a group do not stand in its way', invariant: ENOUGH, points: 2, seeds: 3 },
  async (attempt) => {
    const lines = ['group.1=1:2:3:4:5', 'weight.4=0'];
    const zoo = await startEnsemble(attempt, { participants: 3, observers: 2, lines });
    crash(attempt, zoo, [3]);
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2]);
  },
);

simulated(
  { gap: '14.3', name: 'nobody starts with a server in two groups', invariant: NO_MISTAKE, points: 2, seeds: 1 },
  async (attempt) => {
    // {1, 3, 4} wins groups 1 and 2, {2, 5, 6, 7} wins 3 and 4.
    for (const lines of [
      ['group.1=1:2:3', 'group.2=3:4:5'],
      ['group.1=1:2:3:4:5', 'group.2=5'],
      ['group.1=1:2:3:4:5:1'],
    ]) {
      attempt.did(`five servers with ${lines.join(', ')}`);
      let refusal = '';
      attempt.throws(() => {
        try {
          new SimulatedEnsemble({ seed: attempt.seed, participants: 5, lines });
        } catch (error) {
          if (error instanceof ConfigError) refusal = error.message;
          throw error;
        }
      }, ConfigError);
      attempt.holds(/group\.\d.*\d/.test(refusal), 'that the refusal names a group, and the server in it', refusal);
    }
  },
);

simulated(
  { gap: '14.4', name: 'half the weight of a group is not enough', invariant: IN_COMMON, points: 2, seeds: 3 },
  async (attempt) => {
    const zoo = await startEnsemble(attempt, { participants: 3, lines: ['group.1=1:2:3', 'weight.3=2'] });
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3]);
    cut(attempt, zoo, [3]);
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, []);
  },
);

simulated(
  { gap: '14.5', name: 'of two groups, one does not decide', invariant: IN_COMMON, points: 2, seeds: 3 },
  async (attempt) => {
    const zoo = await startEnsemble(attempt, { participants: 6, lines: ['group.1=1:2:3', 'group.2=4:5:6'] });
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3, 4, 5, 6]);
    cut(attempt, zoo, [1, 2, 3]);
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, []);
  },
);

simulated(
  { gap: '14.5', name: 'four servers in the right groups go before five', invariant: IN_COMMON, points: 2, seeds: 3 },
  async (attempt) => {
    const lines = THREE_BY_THREE.map((group, index) => `group.${index + 1}=${group.join(':')}`);
    const zoo = await startEnsemble(attempt, { participants: 9, lines });
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    cut(attempt, zoo, [5, 6, 8, 9]);
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [5, 6, 8, 9]);
  },
);

simulated(
  { gap: '14.5', name: 'a group without weight stands in nobody’s way', invariant: ENOUGH, points: 2, seeds: 3 },
  async (attempt) => {
    const lines = ['group.1=1:2:3', 'group.2=4:5', 'weight.4=0', 'weight.5=0'];
    const zoo = await startEnsemble(attempt, { participants: 5, lines });
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2, 3]);
    crash(attempt, zoo, [3, 4, 5]);
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, [1, 2]);
  },
);

simulated(
  { gap: '14.5', name: 'groups of any shape, cut again and again', invariant: IN_COMMON, points: 2, seeds: 8 },
  async (attempt) => {
    const participants = 4 + (attempt.seed % 4);
    const groups = 1 + (attempt.seed % 3);
    const lines: string[] = [];
    for (let group = 1; group <= groups; group++) {
      const members = Array.from({ length: participants }, (_, index) => index + 1).filter(
        (id) => id % groups === group - 1,
      );
      lines.push(`group.${group}=${members.join(':')}`);
    }
    for (let id = 1; id <= participants; id++) lines.push(`weight.${id}=${1 + ((attempt.seed * id) % 3)}`);
    const zoo = await startEnsemble(attempt, { participants, lines });
    await cutAgainAndAgain(attempt, zoo, 4);
  },
);

simulated(
  {
    gap: '14.6',
    name: 'as many may fail as are tolerated, whichever they are',
    invariant: ENOUGH,
    points: 2,
    seeds: 6,
  },
  async (attempt) => {
    const shapes: Described[] = [
      { voters: [1, 2, 3, 4], groups: [[1, 2, 3, 4]] },
      { voters: [1, 2, 3, 4, 5, 6, 7], groups: [[1, 2, 3], [4, 5, 6], [7]] },
      { voters: [1, 2, 3, 4, 5], groups: [[1, 2, 3, 4, 5]], weights: { 3: 3 } },
      {
        voters: [1, 2, 3, 4, 5],
        groups: [
          [1, 2, 3],
          [4, 5],
        ],
        weights: { 4: 0, 5: 0 },
      },
    ];
    const shape = shapes[attempt.seed % shapes.length] as Described;
    const { voters, groups = [], weights = {} } = shape;
    const lines = [
      ...groups.map((group, index) => `group.${index + 1}=${group.join(':')}`),
      ...Object.entries(weights).map(([id, weight]) => `weight.${id}=${weight}`),
    ];
    const tolerated = failuresTolerated(configOf(shape));
    const worst = worstFailures(configOf(shape));
    const zoo = await startEnsemble(attempt, { participants: voters.length, lines });
    crash(attempt, zoo, worst.slice(1));
    await settle(zoo);
    expectLeaderAmong(
      attempt,
      zoo,
      voters.filter((id) => !worst.slice(1).includes(id)),
    );
    attempt.equal(tolerated, worst.length - 1, `how many may fail of the servers with ${lines.join(', ')}`);
    crash(attempt, zoo, worst.slice(0, 1));
    await settle(zoo);
    expectLeaderAmong(attempt, zoo, []);
  },
);

/** The fewest servers without which nothing can be decided; all sets are tried. */
function worstFailures(config: GroupConfig): number[] {
  const servers = [...config.roles.keys()];
  let worst = servers.map(Number);
  for (let bits = 0; bits < 1 << servers.length; bits++) {
    const failed = servers.filter((_, index) => bits & (1 << index));
    const left = new Set(servers.filter((id) => !failed.includes(id)));
    if (failed.length < worst.length && !hasGroupMajority(left, config)) worst = failed.map(Number);
  }
  return worst;
}
