/** The figures of this chapter's text, from the functions and the runs that it tells of. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { Simulation } from '#00-introduction/simulation.js';
import { zxid } from '#06-network-protocol/ids.js';
import { withDefaults } from '#07-standalone-startup/server-config.js';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { readConfiguration } from '#08-cluster-startup/configuration.js';
import { peerConfig } from '#08-cluster-startup/peer-config.js';
import { SimulatedEnsemble, SimulatedMember } from '#08-cluster-startup/simulated-ensemble.js';
import { parseQuorum } from '#14-leader-election/quorum-config.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { SyncedLearnerTracker } from '#14-leader-election/synced-learner-tracker.js';
import { Epochs } from '#29-zab/epochs.js';

const HOURS_A_YEAR = 365.25 * 24;

const serverLine = (id: number, role = 'participant'): string => `server.${id}=zoo${id}:2888:3888:${role};2181`;

function listOf(voters: number, lines: readonly string[] = []): QuorumVerifier {
  return parseQuorum([...upTo(voters).map((id) => serverLine(id)), ...lines].join('\n'), 'zoo.cfg');
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const idsOf = (ids: readonly number[]): Set<ServerId> => new Set(ids.map((id) => serverId(BigInt(id))));

/** All sets of the servers 1 to n. */
function* setsOf(count: number): Generator<Set<ServerId>> {
  for (let bits = 0; bits < 2 ** count; bits++) yield idsOf(upTo(count).filter((id) => bits & (1 << (id - 1))));
}

/** How a line of the tables of states is told: `follows 3 | leads | looks`. */
function statesOf(members: readonly SimulatedMember[]): string {
  const verbs = { looking: 'looks', leading: 'leads', observing: 'observes', down: 'down' };
  return members.map(({ state, leader }) => (state === 'following' ? `follows ${leader}` : verbs[state])).join(' | ');
}

/** What the states were at each moment at which one of them had changed. */
function watchStates(simulation: Simulation, members: readonly SimulatedMember[]): Map<number, string> {
  const rows = new Map<number, string>();
  let last = '';
  simulation.onEvent(({ atMs }) => {
    const now = statesOf(members);
    if (now !== last) rows.set(Math.round(atMs), now);
    last = now;
  });
  return rows;
}

test('how large a majority is, how many may fail, and how long there is none', () => {
  const rows = upTo(7).map((servers) => {
    const list = listOf(servers);
    let smallest = servers;
    let unavailable = 0;
    for (const up of setsOf(servers)) {
      if (list.containsQuorum(up)) smallest = Math.min(smallest, up.size);
      else unavailable += 0.99 ** up.size * 0.01 ** (servers - up.size);
    }
    const hours = unavailable * HOURS_A_YEAR;
    const text = hours > 1 ? `${hours.toFixed(1)} hours` : `${Math.round(hours * 60)} minutes`;
    return [servers, smallest, list.failuresTolerated, hours * 60 < 1 ? `${Math.round(hours * 3600)} seconds` : text];
  });
  expect(rows).toEqual([
    [1, 1, 0, '87.7 hours'],
    [2, 2, 0, '174.4 hours'],
    [3, 2, 1, '2.6 hours'],
    [4, 3, 1, '5.2 hours'],
    [5, 3, 2, '5 minutes'],
    [6, 4, 2, '10 minutes'],
    [7, 4, 3, '11 seconds'],
  ]);
});

describe('groups', () => {
  const centres = ['group.1=1:2:3', 'group.2=4:5:6', 'group.3=7:8:9'];

  test('of nine servers: how many sets are quorums', () => {
    const [majority, groups] = [listOf(9), listOf(9, centres)];
    const rows = new Map<string, [number, number, number]>();
    for (const set of setsOf(9)) {
      const row = rows.get(set.size >= 6 ? '6 and more' : `${set.size}`) ?? [0, 0, 0];
      row[0]++;
      row[1] += Number(majority.containsQuorum(set));
      row[2] += Number(groups.containsQuorum(set));
      rows.set(set.size >= 6 ? '6 and more' : `${set.size}`, row);
    }
    expect(rows.get('2')?.slice(1)).toEqual([0, 0]);
    expect(rows.get('3')).toEqual([84, 0, 0]);
    expect(rows.get('4')).toEqual([126, 0, 27]);
    expect(rows.get('5')).toEqual([126, 126, 99]);
    expect(rows.get('6 and more')).toEqual([130, 130, 130]);
    expect([majority.failuresTolerated, groups.failuresTolerated]).toEqual([4, 3]);
  });

  test('of five: a quorum has six servers, and five may fail', () => {
    const groups = listOf(15, ['group.1=1:2:3:4:5', 'group.2=6:7:8:9:10', 'group.3=11:12:13:14:15']);
    expect(groups.containsQuorum(idsOf([1, 2, 3, 6, 7, 8]))).toBe(true);
    expect(groups.failuresTolerated).toBe(5);
    expect(listOf(15).containsQuorum(idsOf([1, 2, 3, 4, 5, 6, 7]))).toBe(false);
    expect(listOf(15).containsQuorum(idsOf([1, 2, 3, 4, 5, 6, 7, 8]))).toBe(true);
  });

  test('two of them, and a single server in a third place', () => {
    const two = ['group.1=1:2:3', 'group.2=4:5:6'];
    for (const list of [listOf(6), listOf(6, two)]) expect(list.containsQuorum(idsOf([1, 2, 3]))).toBe(false);
    expect(listOf(6, two).failuresTolerated).toBe(1);
    expect(listOf(7, [...two, 'group.3=7']).failuresTolerated).toBe(2);
  });

  test.each([
    [['group.1=1:2:3', 'group.2=3'], 'zoo.cfg, line 8: group.2 has the server 3, which is in group.1 already'],
    [['group.1=1:2:3', '', 'weight.2=-1'], 'zoo.cfg, line 9: weight.2 is -1, but a weight must not be negative'],
    [['group.1=1:2'], 'zoo.cfg, line 6: server.3 is in no group'],
  ])('%j are a mistake', (lines, message) => {
    const { disk } = new Simulation({ seed: 1 }).machine('zoo1').world;
    const head = ['dataDir=/data', 'initLimit=10', 'syncLimit=5', ...upTo(3).map((id) => serverLine(id))];
    const text = [...head, ...lines].join('\n');
    const absolutePath = (path: string): string => path;
    const read = (): unknown =>
      readConfiguration({ file: { name: 'zoo.cfg', text }, properties: {} }, { disk, absolutePath });
    expect(read).toThrow(new ConfigError(message));
  });
});

test('how a vote is counted', () => {
  const list = parseQuorum([...upTo(3).map((id) => serverLine(id)), serverLine(4, 'observer')].join('\n'), 'zoo.cfg');
  const tracker = new SyncedLearnerTracker([list]);
  const hears = (id: number): [boolean, boolean] => [tracker.addAck(serverId(BigInt(id))), tracker.hasAllQuorums()];
  expect(hears(1)).toEqual([true, false]);
  expect(hears(3)).toEqual([true, true]);
  expect(hears(4)).toEqual([false, true]);
  expect(hears(2)).toEqual([true, true]);
  expect(tracker.toText()).toBe('[1, 3, 2]');
});

test('epochs of other servers or days', () => {
  const machine = new Simulation({ seed: 1 }).machine('zoo1');
  for (const name of ['currentEpoch', 'acceptedEpoch']) {
    machine.world.disk.makeDirectories('/data/version-2');
    const file = machine.world.disk.open(`/data/version-2/${name}`, 'create');
    file.writeNow(Buffer.from('4'), 0);
    file.close();
  }
  expect(() => Epochs.load(machine.world, '/data/version-2', zxid(0x5_0000_0001n))).toThrow(
    '/data/version-2/currentEpoch is 4, but the last transaction, 0x500000001, is of epoch 5: log and epochs are of ' +
      'different servers or days. Let this server begin with an empty data folder.',
  );
});

describe('four servers, cut in two halves', () => {
  async function run(change?: (list: QuorumVerifier) => void): Promise<Map<number, string>> {
    const zoo = new SimulatedEnsemble({ seed: 7, participants: 4 });
    change?.(zoo.verifier);
    const { simulation } = zoo;
    const rows = watchStates(simulation, zoo.members);
    await zoo.settle(zoo.startAll());
    await simulation.runFor(10_000 - simulation.nowMs);
    for (const one of ['zoo1', 'zoo2']) for (const other of ['zoo3', 'zoo4']) simulation.network.partition(one, other);
    await simulation.runFor(50_000);
    simulation.network.heal();
    await simulation.runFor(60_000);
    return rows.set(120_000, statesOf(zoo.members));
  }

  test('have two leaders, when half of them is enough', async () => {
    const rows = await run((list) => {
      list.containsQuorum = (ids) => 2 * [...ids].filter((id) => list.votingMembers.has(id)).length >= 4;
    });
    expect(rows.get(209)).toBe('follows 4 | follows 4 | follows 4 | leads');
    expect(rows.get(19_210)).toBe('looks | looks | follows 4 | leads');
    expect([...rows].slice(-2)).toEqual([
      [19_412, 'follows 2 | leads | follows 4 | leads'],
      [120_000, 'follows 2 | leads | follows 4 | leads'],
    ]);
  });

  test('have none, when it takes more, until they are whole again', async () => {
    const rows = await run();
    expect(rows.get(215)).toBe('follows 4 | follows 4 | follows 4 | leads');
    expect(rows.get(19_215)).toBe('looks | looks | follows 4 | leads');
    expect(rows.get(31_216)).toBe('looks | looks | looks | looks');
    expect(rows.get(60_202)).toBe('follows 4 | follows 4 | follows 4 | leads');
  });
});

describe('three servers become five, one zoo.cfg after the other', () => {
  /** Restarts servers, each with a list of three or five, a minute apart. */
  async function run(seed: number, restarts: readonly (readonly [id: number, servers: 3 | 5])[]) {
    const simulation = new Simulation({ seed });
    const member = (id: number, servers: number): SimulatedMember =>
      new SimulatedMember(simulation, {
        kind: 'peer',
        server: withDefaults({ dataDir: '/data', clientPort: 2181, tickTimeMs: 2000, preAllocSizeBytes: 0x1_0000 }),
        peer: peerConfig({ initLimitTicks: 10, syncLimitTicks: 5 }),
        quorum: listOf(servers),
        lastSeenQuorum: null,
        warnings: [],
        myId: serverId(BigInt(id)),
      });
    const members = upTo(5).map((id) => member(id, id <= 3 ? 3 : 5));
    const rows = watchStates(simulation, members);
    let mostLeaders = 0;
    simulation.onEvent(() => {
      mostLeaders = Math.max(mostLeaders, members.filter(({ state }) => state === 'leading').length);
    });
    await simulation.settle(Promise.all(members.slice(0, 3).map((one) => one.start())));
    await simulation.runFor(20_000 - simulation.nowMs);
    await simulation.settle(Promise.all(members.slice(3).map((one) => one.start())));
    await simulation.runFor(30_000 - simulation.nowMs);
    for (const [id, servers] of restarts) {
      await simulation.settle(members[id - 1]?.stop() ?? Promise.reject());
      const restarted = member(id, servers);
      members[id - 1] = restarted;
      await simulation.settle(restarted.start());
      await simulation.runFor(60_000);
    }
    return { rows, mostLeaders, end: statesOf(members) };
  }

  test('the leader first: two of three elect one, three of five another', async () => {
    const { rows, end } = await run(7, [[3, 5]]);
    expect(rows.get(20_009)).toBe('follows 3 | follows 3 | leads | follows 3 | follows 3');
    expect(rows.get(30_002)).toBe('looks | looks | looks | looks | looks');
    expect(rows.get(30_205)).toBe('follows 2 | leads | looks | looks | looks');
    expect([...rows].at(-1)).toEqual([30_211, 'follows 2 | leads | follows 5 | follows 5 | leads']);
    expect(end).toBe('follows 2 | leads | follows 5 | follows 5 | leads');
  });

  test('the followers first, the leader last: one leader at a time', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const restarts = [1, 2, 3].map((id) => [id, 5] as const);
      const { mostLeaders, end } = await run(seed, restarts);
      expect([mostLeaders, end]).toEqual([1, 'follows 5 | follows 5 | follows 5 | follows 5 | leads']);
    }
  });

  test('a follower first, and then the leader crashes and comes back', async () => {
    const { end } = await run(7, [
      [1, 5],
      [3, 3],
    ]);
    expect(end).toBe('follows 5 | follows 3 | leads | follows 5 | leads');
  });
});

test('three servers that vote, and three that observe: two of the first crash', async () => {
  const zoo = new SimulatedEnsemble({ seed: 7, observers: 3 });
  const rows = watchStates(zoo.simulation, zoo.members);
  await zoo.settle(zoo.startAll());
  await zoo.simulation.runFor(20_000);
  expect(statesOf(zoo.members)).toBe('follows 3 | follows 3 | leads | observes | observes | observes');
  for (const id of [1, 2]) zoo.member(id).crash();
  await zoo.simulation.runFor(60_000);
  expect(rows.get(30_209)).toBe('down | down | looks | observes | observes | observes');
  expect(statesOf(zoo.members)).toBe('down | down | looks | looks | looks | looks');
});
