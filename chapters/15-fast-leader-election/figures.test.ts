/** The figures of this chapter's text, from the runs that it tells of. */
import { expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { serverId } from '#14-leader-election/server-id.js';
import type { PlannedServer } from '#15-fast-leader-election/election-plan.js';
import type { ElectionEntry } from '#15-fast-leader-election/election-transcript.js';
import { encodeNotification } from '#15-fast-leader-election/notification.js';
import { ElectionRun } from '#15-fast-leader-election/scenarios/election-run.js';
import { type ElectionScenario, electionScenarios } from '#15-fast-leader-election/scenarios/election-scenario.js';
import { SimulatedElection } from '#15-fast-leader-election/simulated-election.js';
import { proves } from '#testing/proves.js';

type Network = 'calm' | 'ordinary' | 'rough';

const voters = (count: number, of: (id: number) => Partial<PlannedServer> = () => ({})): PlannedServer[] =>
  Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    role: 'participant',
    epoch: 1,
    transactions: 5,
    startMs: 0,
    pastRounds: 0,
    ...of(index + 1),
  }));

const textOf = (zoo: SimulatedElection, entries: readonly ElectionEntry[]): string => zoo.transcript.text(entries);

test.each([
  [3, 17],
  [5, 70],
  [7, 175],
])('%i servers need %i notifications, and 207 ms', async (count, notifications) => {
  const zoo = new SimulatedElection({ seed: 15, network: 'calm', servers: voters(count) });
  const haveDecided = (): boolean => [...zoo.servers.values()].every(({ vote }) => vote !== null);
  await zoo.simulation.runUntil(haveDecided, { withinMs: 10_000 });
  expect(zoo.simulation.nowMs).toBe(207);
  const votes = zoo.transcript.entries.filter((entry) => entry.kind === 'message' && entry.vote !== null);
  expect(votes.length).toBe(notifications);
});

test.each<[Network, number, number]>([
  ['calm', 200, 100],
  ['calm', 205, 0],
  ['ordinary', 190, 100],
  ['ordinary', 200, 98],
  ['ordinary', 205, 4],
  ['ordinary', 210, 0],
  ['rough', 150, 100],
  ['rough', 190, 99],
  ['rough', 200, 98],
  ['rough', 205, 21],
  ['rough', 210, 5],
  ['rough', 250, 0],
])('in a %s network server 5, which starts at %i ms, leads in %i of 100 runs', async (network, startMs, expected) => {
  let led = 0;
  for (let seed = 0; seed < 100; seed++) {
    const servers = voters(5, (id) => (id === 5 ? { startMs } : {}));
    const zoo = new SimulatedElection({ seed, network, servers });
    await zoo.runUntilSettled();
    if (zoo.leader?.id === 5n) led++;
  }
  expect(led).toBe(expected);
});

test('the notification that is shown byte by byte', () => {
  const vote = {
    leader: serverId(5n),
    zxid: zxid(0x1_0000_0005n),
    electionEpoch: 1n,
    peerEpoch: 1n,
    state: 'looking',
    version: 2,
  } as const;
  const { verifier } = new SimulatedElection({ seed: 15, network: 'calm', servers: voters(5) });
  const bytes = encodeNotification({ vote, config: verifier.toText() });
  expect(bytes.toString('hex', 0, 44).replace(/^(.{8})(.{16})(.{16})(.{16})(.{16})(.{8})/, '$1 $2 $3 $4 $5 $6 ')).toBe(
    '00000000 0000000000000005 0000000100000005 0000000000000001 0000000000000001 00000002 000000b8',
  );
  expect(bytes.toString('utf8', 44)).toMatch(/^server\.1=zk1:2888:3888:participant\n.*version=0$/s);
});

test('two servers knock and call back', async () => {
  const zoo = new SimulatedElection({ seed: 15, network: 'calm', servers: voters(2) });
  await zoo.simulation.runFor(100);
  const said = zoo.transcript.entries.filter(({ kind }) => kind === 'message');
  const arrived = said.filter((entry) => entry.kind === 'message' && entry.arrivedMs !== null);
  expect(arrived.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      'this is server 1, at zk1:3888',
      'this is server 2, at zk2:3888',
      'round 1, votes 2 (epoch 1, zxid 0x100000005)',
    ]),
  );
});

test('a server that comes late, from a later round and with a longer log, follows the leader that is there', async () => {
  // The answers name the epoch that the leader has begun since, and the zxid and round with which it was elected.
  proves('EL-14');
  const late = { startMs: 5000, transactions: 99, pastRounds: 7 };
  const servers = voters(5, (id) => (id === 5 ? late : {}));
  const zoo = new SimulatedElection({ seed: 15, network: 'calm', servers });
  await zoo.simulation.runFor(5100);
  const text = textOf(
    zoo,
    zoo.transcript.entries.filter(({ atMs }) => atMs > 5000),
  );
  for (const line of [
    '5002.000 ms  zk5 -> zk1  round 8, votes 5 (epoch 1, zxid 0x100000063)',
    '5003.000 ms  zk1 -> zk5  round 1, follows 4 (epoch 2, zxid 0x100000005)',
    '5003.000 ms  zk2 -> zk5  round 1, follows 4 (epoch 2, zxid 0x100000005)',
    '5003.000 ms  zk3 -> zk5  round 1, follows 4 (epoch 2, zxid 0x100000005)',
    '5003.000 ms  zk4 -> zk5  round 1, leads: 4 (epoch 2, zxid 0x100000005)',
    '5004.000 ms  zk5         follows server 4, round 1',
  ]) {
    expect(text).toContain(line);
  }
});

test('the leader that is cut off', async () => {
  const run = await ElectionRun.of(electionScenarios['leader-cut-off'] as ElectionScenario, { seed: 15 });
  const said = (text: string): number[] =>
    run.entries.filter((entry) => entry.text.startsWith(text)).map(({ atMs }) => Math.floor(atMs));
  expect(said('cut off from all others')).toEqual([3000]);
  expect(said('gives up: the leader is silent')).toEqual([6209, 6209]);
  expect(said('follows server 2, round 2')).toEqual([6410, 14_002]);
  expect(said('leads, round 2')).toEqual([6411]);
  expect(said('is in step, epoch 3').slice(0, 1)).toEqual([6413]);
  expect(said('gives up: the quorum')).toEqual([7208]);
  expect([...new Set(said('round 2, votes 3'))].slice(-6)).toEqual([7208, 7408, 7808, 8608, 10_208, 13_408]);
  expect(said('can be reached again')).toEqual([14_000]);
});
