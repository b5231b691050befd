/** An election with nobody but the test at the other end of its connections. */
import type { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { Simulation } from '#00-introduction/simulation.js';
import { type Zxid, zxid } from '#06-network-protocol/ids.js';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import type { ElectingPeer } from '#15-fast-leader-election/electing-peer.js';
import { type ElectionConnections, FastLeaderElection } from '#15-fast-leader-election/fast-leader-election.js';
import { decodeNotification, encodeNotification } from '#15-fast-leader-election/notification.js';
import { proves } from '#testing/proves.js';

const sid = (id: number): ServerId => serverId(BigInt(id));

function ensemble(voters: number, observers = 0, version = 0n): QuorumMaj {
  const servers = Array.from({ length: voters + observers }, (_, index) => ({
    id: sid(index + 1),
    addresses: [{ quorum: { host: `s${index + 1}`, port: 2888 }, election: { host: `s${index + 1}`, port: 3888 } }],
    clientAddress: null,
    role: index < voters ? ('participant' as const) : ('observer' as const),
  }));
  return new QuorumMaj(servers, version);
}

interface PeerOptions {
  readonly id?: number;
  readonly role?: PeerRole;
  readonly verifier?: QuorumVerifier;
  readonly lastSeenVerifier?: QuorumVerifier;
  readonly lastZxid?: Zxid;
  readonly lastRound?: bigint;
}

/** The peer, its election, and the test as all others. */
class Fixture implements ElectingPeer, ElectionConnections {
  readonly simulation = new Simulation({ seed: 1 });
  readonly id: ServerId;
  readonly role: PeerRole;
  verifier: QuorumVerifier;
  readonly lastSeenVerifier: QuorumVerifier | null;
  readonly election: FastLeaderElection;
  readonly sent: {
    readonly to: ServerId;
    readonly atMs: number;
    readonly vote: Vote;
    readonly config: string | null;
  }[] = [];
  readonly looking: ServerId[] = [];
  readonly configs: string[] = [];
  currentVote: Vote | null = null;
  connectAlls = 0;
  hasDelivered = true;
  isHalted = false;
  lastZxid: Zxid;

  constructor(options: PeerOptions = {}) {
    this.id = sid(options.id ?? 2);
    this.role = options.role ?? 'participant';
    this.verifier = options.verifier ?? ensemble(3);
    this.lastSeenVerifier = options.lastSeenVerifier ?? null;
    this.lastZxid = options.lastZxid ?? zxid(0x1_0000_000an);
    const { world } = this.simulation.machine('me');
    this.election = new FastLeaderElection(world, this, () => this, { lastRound: options.lastRound ?? 0n });
  }

  // what the peer is asked for
  lastLoggedZxid = (): Zxid => this.lastZxid;
  currentEpoch = (): bigint => 1n;
  elected(vote: Vote): void {
    this.currentVote = vote;
  }
  heardLooking(id: ServerId): void {
    this.looking.push(id);
  }
  learnConfig(config: string): void {
    this.configs.push(config);
  }

  // what the connections are asked for
  listen = (): Promise<void> => Promise.resolve();
  send(to: ServerId, message: Buffer): void {
    const { vote, config } = decodeNotification(message);
    this.sent.push({ to, atMs: this.simulation.nowMs, vote, config });
  }
  connectAll(): void {
    this.connectAlls++;
  }
  haveDelivered = (): boolean => this.hasDelivered;
  halt(): void {
    this.isHalted = true;
  }

  // what the test does
  look(): Promise<Vote | null> {
    this.currentVote = null;
    return this.election.lookForLeader();
  }

  /** A server says something. */
  hear(from: number, vote: Partial<Vote> & { readonly leader: ServerId }, config = ''): void {
    const whole = { zxid: this.lastZxid, peerEpoch: 1n, electionEpoch: 1n, state: 'looking' as const, version: 2 };
    this.election.received(sid(from), encodeNotification({ vote: { ...whole, ...vote }, config }));
  }

  /** `to:leader` of what was said since this was asked last. */
  said(): string[] {
    return this.sent.splice(0).map(({ to, vote }) => `${to}:${vote.leader}`);
  }
}

describe('a search', () => {
  test('begins a round, and tells all other voters that this server votes for itself', () => {
    proves('EL-02', 'EL-03', 'QC-10');
    const peer = new Fixture({ verifier: ensemble(3, 1) });
    void peer.look();
    expect(peer.election.logicalClock).toBe(1n);
    const vote = { leader: 2n, zxid: 0x1_0000_000an, peerEpoch: 1n, electionEpoch: 1n, state: 'looking', version: 2 };
    const config = peer.verifier.toText();
    expect(peer.sent).toEqual([1, 3].map((to) => ({ to: sid(to), atMs: 0, vote, config })));
  });

  test('tells the voters of a newer configuration, too', () => {
    proves('EL-03');
    const peer = new Fixture({ verifier: ensemble(3), lastSeenVerifier: ensemble(5, 0, 7n) });
    void peer.look();
    expect(peer.said()).toEqual(['1:2', '3:2', '4:2', '5:2']);
    const older = new Fixture({ verifier: ensemble(3, 0, 8n), lastSeenVerifier: ensemble(5, 0, 7n) });
    void older.look();
    expect(older.said()).toEqual(['1:2', '3:2']);
  });

  test('of an observer is for nobody', () => {
    proves('EL-02', 'EL-16');
    const peer = new Fixture({ id: 4, role: 'observer', verifier: ensemble(3, 1) });
    void peer.look();
    expect(peer.said()).toEqual([1, 2, 3].map((to) => `${to}:${-(2n ** 63n)}`));
  });

  test('ends with the state, the vote, and the promise', async () => {
    proves('EL-06', 'EL-07');
    const peer = new Fixture({ id: 3 });
    const end = peer.look();
    peer.hear(1, { leader: sid(3) });
    await peer.simulation.runFor(199);
    expect(peer.currentVote).toBeNull();
    await peer.simulation.runFor(2);
    expect(peer.currentVote).toMatchObject({ leader: 3n, state: 'leading', electionEpoch: 1n });
    expect(await end).toBe(peer.currentVote);
    expect(peer.election.round).toBeNull();
  });

  test.each<[PeerRole, number, PeerState]>([
    ['participant', 2, 'following'],
    ['observer', 4, 'observing'],
  ])('makes a %s one that is %s', async (role, id, state) => {
    proves('EL-07');
    const peer = new Fixture({ id, role, verifier: ensemble(3, 1) });
    void peer.look();
    for (const from of [1, 3]) peer.hear(from, { leader: sid(3), state: from === 3 ? 'leading' : 'following' });
    expect(peer.currentVote).toMatchObject({ leader: 3n, state });
  });

  test('goes on with the next round', async () => {
    proves('EL-03');
    const peer = new Fixture();
    void peer.look();
    for (const from of [1, 3]) {
      peer.hear(from, { leader: sid(3), electionEpoch: 7n, state: from === 3 ? 'leading' : 'following' });
    }
    expect(peer.election.logicalClock).toBe(7n);
    void peer.look();
    expect(peer.election.logicalClock).toBe(8n);
  });

  test('after the last round that there is begins with the first', () => {
    const peer = new Fixture({ lastRound: 2n ** 63n - 1n });
    void peer.look();
    expect(peer.sent[0]?.vote.electionEpoch).toBe(-(2n ** 63n));
  });

  test('that is shut down ends with nothing', async () => {
    const peer = new Fixture();
    const end = peer.look();
    peer.election.shutdown();
    expect([await end, peer.isHalted, peer.currentVote]).toEqual([null, true, null]);
    peer.said();
    peer.hear(1, { leader: sid(3), electionEpoch: 5n });
    await peer.simulation.runFor(1000);
    expect(peer.said()).toEqual([]);
    expect(await peer.look()).toBeNull();
  });
});

describe('silence', () => {
  test('makes it say everything again, after 200, 400, 800 … ms, and at most after 60 s', async () => {
    proves('EL-04');
    const peer = new Fixture({ verifier: ensemble(5) });
    void peer.look();
    await peer.simulation.runFor(300_000);
    const times = [...new Set(peer.sent.map(({ atMs }) => atMs))];
    const pauses = times.slice(1).map((timeMs, index) => timeMs - (times[index] as number));
    expect(pauses.slice(0, 11)).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
    expect(peer.sent).toHaveLength(4 * times.length);
  });

  test('makes it only connect, when nothing that was said has got out', async () => {
    proves('EL-04');
    const peer = new Fixture();
    void peer.look();
    peer.said();
    peer.hasDelivered = false;
    await peer.simulation.runFor(650);
    expect([peer.said(), peer.connectAlls]).toEqual([[], 2]);
  });

  test('begins anew with each voter that is heard, and with nobody else', async () => {
    proves('EL-04');
    const peer = new Fixture({ verifier: ensemble(5, 1) });
    void peer.look();
    peer.said();
    for (const _ of [1, 2, 3, 4]) {
      await peer.simulation.runFor(150);
      peer.hear(1, { leader: sid(1), zxid: zxid(1n) });
    }
    expect(peer.said()).toEqual([]);
    for (const _ of [1, 2]) {
      await peer.simulation.runFor(150);
      peer.hear(6, { leader: sid(1), zxid: zxid(1n), electionEpoch: 9n });
    }
    expect(peer.said()).toHaveLength(4);
  });

  test('is short again when somebody joins who can not know what was said before', async () => {
    proves('EL-04', 'ED-01');
    const peer = new Fixture({ verifier: ensemble(5) });
    void peer.look();
    await peer.simulation.runFor(20_000);
    peer.said();
    peer.hear(1, { leader: sid(1) });
    await peer.simulation.runFor(201);
    expect(peer.said()).toHaveLength(4);
    await peer.simulation.runFor(401);
    peer.said();
    // The same again is no news.
    peer.hear(1, { leader: sid(1) });
    await peer.simulation.runFor(700);
    expect(peer.said()).toHaveLength(0);
  });
});

describe('a vote', () => {
  test('that is better is taken over, and everybody is told', () => {
    proves('EL-05');
    const peer = new Fixture();
    void peer.look();
    peer.said();
    peer.hear(1, { leader: sid(1) });
    expect(peer.said()).toEqual([]);
    peer.hear(3, { leader: sid(3) });
    expect(peer.said()).toEqual(['1:3', '3:3']);
  });

  test('counts for nothing when it, or this server, knows no transaction', () => {
    proves('EL-05');
    const peer = new Fixture();
    void peer.look();
    peer.said();
    peer.hear(3, { leader: sid(3), zxid: zxid(-1n), peerEpoch: 9n });
    expect(peer.said()).toEqual([]);
    peer.lastZxid = zxid(-1n);
    peer.hear(3, { leader: sid(3), zxid: zxid(0x1_0000_00ffn) });
    expect(peer.said()).toEqual([]);
  });

  test('of an observer is not counted, and answered', () => {
    proves('EL-12', 'ED-04');
    const peer = new Fixture({ verifier: ensemble(3, 1) });
    void peer.look();
    peer.said();
    peer.hear(4, { leader: sid(3), peerEpoch: 9n });
    expect(peer.said()).toEqual(['4:2']);
    expect(peer.election.round?.votes.has(sid(4))).toBe(false);
  });

  test('of a server that observes changes nothing', () => {
    const peer = new Fixture();
    void peer.look();
    peer.said();
    for (const from of [1, 3]) peer.hear(from, { leader: sid(3), state: 'observing' });
    expect([peer.said(), peer.currentVote, peer.election.round?.votes.size]).toEqual([[], null, 1]);
  });

  test('that is no notification is dropped', () => {
    proves('NF-8');
    const peer = new Fixture();
    void peer.look();
    peer.said();
    const message = encodeNotification({ vote: { ...peer.election.round?.vote } as Vote, config: 'x' });
    for (let sizeBytes = 0; sizeBytes < message.length; sizeBytes++) {
      if (sizeBytes !== 28 && sizeBytes !== 40) peer.election.received(sid(1), message.subarray(0, sizeBytes));
    }
    expect([peer.said(), peer.election.round?.votes.size]).toEqual([[], 1]);
    const { logEntries } = peer.simulation.machine('me');
    expect(logEntries.at(-1)?.message).toBe('a notification of server 1 is dropped');
  });
});

describe('an answer', () => {
  test('names the leader to one that is looking, with the round in which it was elected', async () => {
    proves('EL-11');
    const peer = new Fixture({ id: 3 });
    void peer.look();
    peer.hear(1, { leader: sid(3) });
    await peer.simulation.runFor(300);
    peer.said();
    peer.currentVote = { ...(peer.currentVote as Vote), peerEpoch: 2n };
    peer.hear(2, { leader: sid(2), electionEpoch: 9n });
    expect(peer.sent).toMatchObject([
      { to: 2n, vote: { leader: 3n, state: 'leading', electionEpoch: 1n, peerEpoch: 2n } },
    ]);
    expect(peer.looking).toEqual([sid(2)]);
    peer.said();
    peer.hear(2, { leader: sid(3), electionEpoch: 9n, state: 'following' });
    expect([peer.said(), peer.looking]).toEqual([[], [sid(2)]]);
  });

  test('tells one in an earlier round in which this server is', () => {
    proves('EL-05');
    const peer = new Fixture({ lastRound: 4n });
    void peer.look();
    peer.said();
    peer.hear(1, { leader: sid(1), electionEpoch: 4n });
    expect(peer.sent).toMatchObject([{ to: 1n, vote: { leader: 2n, electionEpoch: 5n, state: 'looking' } }]);
  });

  test('is not given by an observer: its word counts for nobody', () => {
    const peer = new Fixture({ id: 4, role: 'observer', verifier: ensemble(3, 1), lastRound: 4n });
    void peer.look();
    peer.said();
    peer.hear(1, { leader: sid(1), electionEpoch: 4n });
    expect(peer.said()).toEqual([]);
    for (const from of [1, 3]) peer.hear(from, { leader: sid(3), state: from === 3 ? 'leading' : 'following' });
    expect(peer.currentVote?.state).toBe('observing');
    peer.hear(1, { leader: sid(1), electionEpoch: 4n });
    expect(peer.said()).toEqual([]);
  });
});

describe('a configuration', () => {
  test('that is newer is shown to the peer, while it is looking', async () => {
    proves('EL-13');
    const peer = new Fixture({ verifier: ensemble(3, 0, 0x10n) });
    void peer.look();
    for (const version of ['f', '10', '11']) peer.hear(1, { leader: sid(1) }, `server.1=a:1:2\nversion=${version}`);
    expect(peer.configs).toEqual(['server.1=a:1:2\nversion=11']);
    await peer.simulation.runFor(400);
    expect(peer.currentVote).toBeNull();
    peer.hear(3, { leader: sid(2), state: 'following' });
    peer.hear(1, { leader: sid(2), state: 'following' });
    await peer.simulation.runFor(400);
    expect(peer.currentVote?.state).toBe('leading');
    peer.hear(1, { leader: sid(1) }, 'version=12');
    expect(peer.configs).toHaveLength(1);
  });

  test('may end the election at once', async () => {
    proves('EL-13');
    const peer = new Fixture();
    const end = peer.look();
    peer.said();
    peer.learnConfig = () => peer.election.shutdown();
    peer.hear(3, { leader: sid(3) }, 'version=1');
    expect([await end, peer.said()]).toEqual([null, []]);
  });
});
