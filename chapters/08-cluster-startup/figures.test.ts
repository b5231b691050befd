/** The figures of this chapter's text, from the runs that it tells of. */
import { describe, expect, test } from 'vitest';
import type { PeerConfiguration } from '#08-cluster-startup/configuration.js';
import { PeerStateMachine } from '#08-cluster-startup/peer-state-machine.js';
import { QuorumPeer } from '#08-cluster-startup/quorum-peer.js';
import {
  ELECTION_PORT,
  QUORUM_PORT,
  SimulatedEnsemble,
  type SimulatedEnsembleOptions,
  type SimulatedMember,
} from '#08-cluster-startup/simulated-ensemble.js';
import { serverId } from '#14-leader-election/server-id.js';

/** As in the tables of the text: `follows 3 | leads | looks`. */
function statesOf(members: readonly SimulatedMember[]): string {
  const verbs = { looking: 'looks', leading: 'leads', following: 'follows', observing: 'observes', down: 'down' };
  return members
    .map(({ state, leader }) => (state === 'leading' || leader === null ? verbs[state] : `${verbs[state]} ${leader}`))
    .join(' | ');
}

interface Run {
  readonly zoo: SimulatedEnsemble;
  /** What the states were at each moment at which one of them had changed. */
  readonly rows: Map<number, string>;
}

/** An ensemble that runs until 10 000 ms; its leader is the greatest then. */
async function atTenSeconds(options: SimulatedEnsembleOptions): Promise<Run> {
  const zoo = new SimulatedEnsemble(options);
  const rows = new Map<number, string>();
  let last = '';
  zoo.simulation.onEvent(({ atMs }) => {
    const now = statesOf(zoo.members);
    if (now !== last) rows.set(Math.round(atMs), now);
    last = now;
  });
  await zoo.settle(zoo.startAll());
  await zoo.simulation.runFor(10_000 - zoo.simulation.nowMs);
  return { zoo, rows };
}

describe('three servers, a second apart', () => {
  const SENTENCE = ' Clients are not served: for that, servers have to be synchronised, which is yet to come.';

  test('what each of them says', async () => {
    const zoo = new SimulatedEnsemble({ seed: 7 });
    const lines: string[] = [];
    const ports: string[] = [];
    zoo.simulation.onEvent((event) => {
      const at = Math.round(event.atMs);
      if (event.kind === 'log') lines.push(`${at} ${event.machine} ${event.message}`);
      if (event.kind === 'listen') ports.push(`${at} ${event.machine} ${event.port}`);
    });
    for (const id of [1, 2, 3]) {
      await zoo.settle(zoo.member(id).start());
      await zoo.simulation.runFor(id * 1000 - zoo.simulation.nowMs);
    }
    expect(ports).toEqual([
      '0 zoo1 2181',
      '4 zoo1 3888',
      '1000 zoo2 2181',
      '1003 zoo2 3888',
      '1209 zoo2 2888',
      '2000 zoo3 2181',
      '2001 zoo3 3888',
    ]);
    expect(lines.filter((line) => !/is not there yet|no connection for elections/.test(line))).toEqual([
      '4 zoo1 server 1 of 3, a participant, with zxid 0x0 and epoch 0',
      '4 zoo1 looking for a leader, round 1: voting for server 1 (epoch 0, zxid 0x0)',
      '204 zoo1 no leader yet; asking again after 400 ms of silence',
      '604 zoo1 no leader yet; asking again after 800 ms of silence',
      '1003 zoo2 server 2 of 3, a participant, with zxid 0x0 and epoch 0',
      '1003 zoo2 looking for a leader, round 1: voting for server 2 (epoch 0, zxid 0x0)',
      '1207 zoo1 following: round 1 was won by server 2 (epoch 0, zxid 0x0)',
      `1207 zoo1 server 2 at zoo2:2888 leads, this server is following.${SENTENCE}`,
      '1209 zoo2 leading: round 1 was won by server 2 (epoch 0, zxid 0x0)',
      `1209 zoo2 this server leads.${SENTENCE}`,
      '1313 zoo2 server 1 follows',
      '2001 zoo3 server 3 of 3, a participant, with zxid 0x0 and epoch 0',
      '2001 zoo3 looking for a leader, round 1: voting for server 3 (epoch 0, zxid 0x0)',
      '2008 zoo3 following: round 1 was won by server 2 (epoch 0, zxid 0x0)',
      `2008 zoo3 server 2 at zoo2:2888 leads, this server is following.${SENTENCE}`,
      '2011 zoo2 server 3 follows',
    ]);
  });

  test.each([
    [0, 3],
    [100, 3],
    [300, 2],
    [1000, 2],
  ])('%i ms apart: server %i leads, with each of 50 seeds', async (apartMs, leader) => {
    for (let seed = 0; seed < 50; seed++) {
      const zoo = new SimulatedEnsemble({ seed });
      for (const id of [1, 2, 3]) {
        void zoo.member(id).start();
        if (apartMs > 0) await zoo.simulation.runFor(apartMs);
      }
      await zoo.untilAgreed();
      expect(zoo.leader?.id).toBe(BigInt(leader));
    }
  });
});

test('who is connected to whom, when all is quiet', async () => {
  const zoo = new SimulatedEnsemble({ seed: 7, observers: 1 });
  const open = new Map<number, string>();
  zoo.simulation.onEvent((event) => {
    if (event.kind === 'open') open.set(event.connection, `${event.from} to ${event.port} of ${event.to}`);
    if (event.kind === 'close') open.delete(event.connection);
  });
  await zoo.settle(zoo.startAll());
  await zoo.simulation.runFor(10_000);
  expect([...open.values()].sort()).toEqual(
    [
      `zoo1 to ${QUORUM_PORT} of zoo3`,
      `zoo2 to ${QUORUM_PORT} of zoo3`,
      `zoo2 to ${ELECTION_PORT} of zoo1`,
      `zoo3 to ${ELECTION_PORT} of zoo1`,
      `zoo3 to ${ELECTION_PORT} of zoo2`,
      `zoo4 to ${QUORUM_PORT} of zoo3`,
      `zoo4 to ${ELECTION_PORT} of zoo1`,
      `zoo4 to ${ELECTION_PORT} of zoo2`,
      `zoo4 to ${ELECTION_PORT} of zoo3`,
    ].sort(),
  );
});

test('from which state to which: only to and from looking', async () => {
  const changes = new Map<string, number>();
  for (let seed = 0; seed < 50; seed++) {
    const zoo = new SimulatedEnsemble({ seed, observers: 1 });
    const before = new Map<SimulatedMember, string>();
    zoo.simulation.onEvent(() => {
      for (const member of zoo.members) {
        const { state } = member;
        const last = before.get(member) ?? 'down';
        if (last !== state) changes.set(`${last} -> ${state}`, (changes.get(`${last} -> ${state}`) ?? 0) + 1);
        before.set(member, state);
      }
    });
    await zoo.settle(zoo.startAll());
    const { random, network } = zoo.simulation;
    for (let trouble = 0; trouble < 4; trouble++) {
      await zoo.simulation.runFor(random.integer(30_000));
      const member = zoo.members[random.integer(zoo.members.length)];
      if (random.chance(0.5)) member?.crash();
      else if (member) network.isolate(member.machine.name);
      await zoo.simulation.runFor(random.integer(60_000));
      network.heal();
      await zoo.settle(zoo.startAll());
    }
    await zoo.untilAgreed();
  }
  expect(Object.fromEntries(changes)).toEqual({
    'down -> looking': 297,
    'looking -> following': 272,
    'looking -> leading': 93,
    'looking -> observing': 143,
    'following -> looking': 130,
    'leading -> looking': 14,
    'observing -> looking': 67,
    'following -> down': 42,
    'leading -> down': 29,
    'observing -> down': 26,
  });
});

describe('a leader that is not heard', () => {
  test.each([5000, 9000])('for %i ms stays it', async (frozenMs) => {
    const { zoo, rows } = await atTenSeconds({ seed: 7 });
    zoo.leader?.machine.freeze(frozenMs);
    await zoo.simulation.runFor(60_000);
    expect([...rows].at(-1)).toEqual([209, 'follows 3 | follows 3 | leads']);
  });

  test('for 15 s is one of two leaders, for a while', async () => {
    const { zoo, rows } = await atTenSeconds({ seed: 7 });
    zoo.leader?.machine.freeze(15_000);
    await zoo.simulation.runFor(60_000);
    expect(rows.get(19_208)).toBe('looks | looks | leads');
    expect([...rows].slice(-3)).toEqual([
      [19_409, 'follows 2 | leads | leads'],
      [36_000, 'follows 2 | leads | looks'],
      [36_003, 'follows 2 | leads | follows 2'],
    ]);
  });

  test('because it is cut off notices by itself', async () => {
    const { zoo, rows } = await atTenSeconds({ seed: 7 });
    zoo.simulation.network.isolate('zoo3');
    await zoo.simulation.runFor(60_000);
    zoo.simulation.network.heal();
    await zoo.simulation.runFor(60_000);
    expect([...rows].slice(-5)).toEqual([
      [19_208, 'looks | looks | leads'],
      [19_409, 'follows 2 | looks | leads'],
      [19_410, 'follows 2 | leads | leads'],
      [31_207, 'follows 2 | leads | looks'],
      [70_002, 'follows 2 | leads | follows 2'],
    ]);
    expect(zoo.member(3).machine.logEntries.map(({ message }) => message)).toContain(
      'no longer leading: for 5 ticks too few servers have followed',
    );
  });
});

describe('a leader whose port for followers is taken', () => {
  async function run() {
    const zoo = new SimulatedEnsemble({ seed: 7 });
    const third = zoo.member(3).machine;
    await zoo.settle(third.world.network.listen({ host: '', port: QUORUM_PORT }, (connection) => connection.destroy()));
    let agreedAtMs = 0;
    zoo.simulation.onEvent(({ atMs }) => {
      if (agreedAtMs === 0 && zoo.isAgreed()) agreedAtMs = Math.round(atMs);
    });
    const failures: string[] = [];
    zoo.simulation.onEvent((event) => {
      if (event.kind === 'log' && / has failed$/.test(event.message)) failures.push(`${event.message}: ${event.cause}`);
    });
    await zoo.settle(zoo.startAll());
    await zoo.simulation.runFor(60_000);
    return { failures, agreedAtMs, end: statesOf(zoo.members) };
  }

  test('gives up, pauses, and another one leads', async () => {
    expect(await run()).toEqual({
      failures: [
        'leading under server 3 has failed: NetworkError: cannot listen on zoo3:2888: the port is in use by another ' +
          'program (EADDRINUSE)',
      ],
      agreedAtMs: 489,
      end: 'follows 2 | leads | follows 2',
    });
  });

  test('is elected again and again when nobody pauses', async () => {
    const { pauseMs } = PeerStateMachine.prototype;
    PeerStateMachine.prototype.pauseMs = () => 0;
    try {
      const { failures, agreedAtMs } = await run();
      expect([failures.length, agreedAtMs]).toEqual([4, 1018]);
    } finally {
      PeerStateMachine.prototype.pauseMs = pauseMs;
    }
  });
});

test.each([
  [0, 1027],
  [200, 202],
])(
  'a hundred observers lose their leader, and wait up to %i ms: at most %i messages in 10 ms',
  async (delayMs, most) => {
    const { zoo } = await atTenSeconds({ seed: 7, observers: 100, peer: { observerElectionDelayMs: delayMs } });
    const perTenMs = new Map<number, number>();
    zoo.simulation.onEvent(({ kind, atMs }) => {
      const slot = Math.floor(atMs / 10);
      if (kind === 'send') perTenMs.set(slot, (perTenMs.get(slot) ?? 0) + 1);
    });
    zoo.leader?.crash();
    await zoo.simulation.runFor(20_000, { maxEvents: 5_000_000 });
    expect(statesOf(zoo.members.slice(0, 4))).toBe('follows 2 | leads | down | observes 2');
    expect(Math.max(...perTenMs.values())).toBe(most);
  },
);

test('an ensemble of one leads when nobody better has come for 200 ms', async () => {
  const zoo = new SimulatedEnsemble({ seed: 7, participants: 1 });
  await zoo.settle(zoo.startAll());
  const beganMs = zoo.simulation.nowMs;
  await zoo.untilAgreed();
  expect(zoo.simulation.nowMs - beganMs).toBeCloseTo(200, 0);
});

test('two of five look for ever', async () => {
  const zoo = new SimulatedEnsemble({ seed: 7, participants: 5 });
  await zoo.settle(zoo.startAll());
  await zoo.simulation.runFor(10_000);
  for (const id of [3, 4, 5]) zoo.member(id).crash();
  await zoo.simulation.runFor(3_600_000, { maxEvents: 5_000_000 });
  expect(statesOf(zoo.members)).toBe('looks | looks | down | down | down');
  const asked = zoo.member(1).machine.logEntries.filter(({ message }) => message.startsWith('no leader yet'));
  expect(asked.at(-1)?.message).toBe('no leader yet; asking again after 60000 ms of silence');
});

describe('the number of zoo1, by mistake on zoo2', () => {
  async function run(quorumListenOnAllIps: boolean) {
    const zoo = new SimulatedEnsemble({ seed: 7, peer: { quorumListenOnAllIps } });
    const configuration: PeerConfiguration = { ...zoo.configuration, myId: serverId(1n) };
    const wrong = new QuorumPeer(zoo.member(2).machine.world, configuration);
    let failure = '';
    void wrong.failed.then(({ message }) => {
      failure = message;
    });
    await zoo.settle(Promise.all([zoo.member(1).start(), wrong.start(), zoo.member(3).start()]));
    await zoo.simulation.runFor(60_000);
    const lines = new Set(zoo.member(2).machine.logEntries.map(({ message }) => message.replace(/:\d+/, '')));
    return { states: statesOf(zoo.members), wrong: wrong.state, failure, lines };
  }

  test('is found out by the address', async () => {
    const { states, failure } = await run(false);
    expect(states).toBe('follows 3 | down | leads');
    expect(failure).toBe('cannot listen on zoo1:3888: this machine has no such address (EADDRNOTAVAIL)');
  });

  test('with quorumListenOnAllIPs is not, and the server looks for ever', async () => {
    const { states, wrong, failure, lines } = await run(true);
    expect([states, wrong, failure]).toEqual(['follows 3 | down | leads', 'looking', '']);
    expect(lines).toContain('zoo1 has connected to the election port as server 1, but that is this server');
  });
});
