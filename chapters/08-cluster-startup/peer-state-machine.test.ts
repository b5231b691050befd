import { describe, expect, test } from 'vitest';
import { InvariantViolation, invariant } from '#00-introduction/invariant.js';
import { Simulation } from '#00-introduction/simulation.js';
import { DiskError, NetworkError } from '#00-introduction/world.js';
import { NO_ZXID } from '#06-network-protocol/ids.js';
import { PeerStateMachine, type PeerStateParts } from '#08-cluster-startup/peer-state-machine.js';
import type { Election, Role } from '#08-cluster-startup/role.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import { serverId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import { proves } from '#testing/proves.js';

const TICK_MS = 1000;

const voteFor = (leader: bigint): Vote => ({
  leader: serverId(leader),
  zxid: NO_ZXID,
  peerEpoch: 0n,
  electionEpoch: 1n,
  state: 'looking',
  version: 2,
});

/** A promise, and those who settle it. */
interface Open<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function open<T>(): Open<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** A machine whose elections and roles end when the test says so. What happens is written down. */
class Scripted {
  readonly simulation = new Simulation({ seed: 1 });
  readonly happened: string[] = [];
  search: Open<Vote | null> | null = null;
  act: Open<void> | null = null;
  readonly machine: PeerStateMachine;
  readonly life: Promise<void>;

  constructor({ id = 1n, role = 'participant' as PeerRole, parts = {} as Partial<PeerStateParts> } = {}) {
    this.machine = new PeerStateMachine({
      world: this.simulation.machine('server').world,
      id: serverId(id),
      role: () => role,
      makeElection: () => this.makeElection(),
      roles: {
        leading: (vote) => this.begin(vote),
        following: (vote) => this.begin(vote),
        observing: (vote) => this.begin(vote),
      },
      tickTimeMs: TICK_MS,
      observerElectionDelayMs: 0,
      ...parts,
    });
    this.life = this.machine.run();
    this.life.catch((error: Error) => this.happened.push(`ended: ${error.message}`));
  }

  /** Lets everything happen that can happen within a time. @returns what did */
  async runFor(forMs = 0): Promise<string[]> {
    this.happened.length = 0;
    await this.simulation.runFor(forMs);
    return [...this.happened];
  }

  /** Ends the search; by default as an election does that tells of it first. */
  async elect(leader: bigint): Promise<string[]> {
    this.machine.elected(voteFor(leader));
    this.search?.resolve(this.machine.vote);
    return this.runFor();
  }

  private makeElection(): Election {
    this.happened.push('an election is made');
    let isShut = false;
    return {
      lookForLeader: () => {
        this.happened.push('looks');
        this.search = open();
        if (isShut) this.search.resolve(null);
        return this.search.promise;
      },
      shutdown: () => {
        if (!isShut) this.happened.push('the election is shut down');
        isShut = true;
        this.search?.resolve(null);
      },
    };
  }

  private begin(vote: Vote): Role {
    expect(this.act).toBeNull();
    this.act = open();
    const { promise } = this.act;
    return {
      run: async () => {
        this.happened.push(`${vote.state} under ${vote.leader}`);
        try {
          await promise;
        } finally {
          this.act = null;
          this.happened.push(`no longer ${vote.state}`);
        }
      },
      stop: () => this.act?.resolve(),
    };
  }
}

describe('a peer', () => {
  test('looks for a leader first', async () => {
    const peer = new Scripted();
    expect(peer.happened).toEqual(['an election is made', 'looks']);
    expect(peer.machine).toMatchObject({ state: 'looking', vote: null });
  });

  test.each<[bigint, PeerRole, bigint, PeerState]>([
    [1n, 'participant', 1n, 'leading'],
    [1n, 'participant', 2n, 'following'],
    [1n, 'observer', 2n, 'observing'],
  ])('server %s, a %s, under %s: %s', async (id, role, leader, state) => {
    const peer = new Scripted({ id, role });
    await peer.runFor();
    peer.machine.elected(voteFor(leader));
    // At once, before anything else can happen.
    expect(peer.machine).toMatchObject({ state, vote: { leader, state } });
    peer.search?.resolve(peer.machine.vote);
    expect(await peer.runFor()).toEqual([`${state} under ${leader}`]);
    proves('EL-07', 'PE-07');
  });

  test('believes an election that tells of its end only by its result', async () => {
    const peer = new Scripted();
    await peer.runFor();
    peer.search?.resolve(voteFor(3n));
    expect(await peer.runFor()).toEqual(['following under 3']);
    expect(peer.machine.state).toBe('following');
  });

  test('looks again when its role is over, with the election that it has', async () => {
    const peer = new Scripted();
    await peer.runFor();
    await peer.elect(3n);
    await peer.runFor(5 * TICK_MS);
    peer.act?.resolve();
    expect(await peer.runFor()).toEqual(['no longer following', 'looks']);
    expect(peer.machine).toMatchObject({ state: 'looking', vote: null });
    expect(await peer.elect(1n)).toEqual(['leading under 1']);
    proves('PE-08', 'ZB-15');
  });

  test('looks again when its role fails', async () => {
    const peer = new Scripted();
    await peer.runFor();
    await peer.elect(1n);
    await peer.runFor(5 * TICK_MS);
    peer.act?.reject(new Error('too few have followed'));
    expect(await peer.runFor()).toEqual(['no longer leading', 'looks']);
    proves('PE-08', 'ZB-15');
  });

  test('acts for its leader until the role has really ended', async () => {
    const peer = new Scripted();
    await peer.runFor();
    await peer.elect(3n);
    expect(await peer.runFor(60_000)).toEqual([]);
    expect(peer.machine.state).toBe('following');
  });

  test('is told of a leader only while it looks', async () => {
    const peer = new Scripted();
    await peer.runFor();
    await peer.elect(3n);
    expect(() => peer.machine.elected(voteFor(1n))).toThrow(InvariantViolation);
    expect(peer.machine.vote?.leader).toBe(3n);
  });
});

describe('a peer whose roles end too soon', () => {
  /** How long it waits before it looks, after each of so many roles. */
  async function pausesAfter(lastedMs: readonly number[], parts: Partial<PeerStateParts> = {}, role?: PeerRole) {
    const peer = new Scripted({ parts, ...(role ? { role } : {}) });
    await peer.runFor();
    const pausesMs: number[] = [];
    for (const forMs of lastedMs) {
      await peer.elect(3n);
      await peer.runFor(forMs);
      peer.happened.length = 0;
      peer.act?.resolve();
      const endedMs = peer.simulation.nowMs;
      await peer.simulation.run({ until: () => peer.happened.includes('looks'), untilMs: endedMs + 10 * TICK_MS });
      expect(peer.happened).toContain('looks');
      pausesMs.push(peer.simulation.nowMs - endedMs);
    }
    return pausesMs;
  }

  test('pauses longer and longer, up to a tick, and not any more after one that lasted', async () => {
    const pauses = await pausesAfter([0, 0, 0, 0, 0, 0, TICK_MS, 0]);
    expect(pauses[6]).toBe(0);
    for (const [index, limitMs] of [100, 200, 400, 800, 1000, 1000].entries())
      expect(pauses[index]).toBeLessThan(limitMs);
    expect(pauses[7]).toBeLessThan(100);
    expect(Math.max(...pauses)).toBeGreaterThan(200);
  });

  test('as an observer waits a random time in any case', async () => {
    const pauses = await pausesAfter(
      [5 * TICK_MS, 5 * TICK_MS, 5 * TICK_MS],
      { observerElectionDelayMs: 200 },
      'observer',
    );
    expect(Math.max(...pauses)).toBeLessThan(200);
    expect(new Set(pauses).size).toBe(3);
    expect(await pausesAfter([5 * TICK_MS], { observerElectionDelayMs: 200 })).toEqual([0]);
    proves('EL-16', 'PE-09');
  });
});

describe('an election', () => {
  test('that was shut down is replaced', async () => {
    const peer = new Scripted();
    await peer.runFor();
    peer.machine.restartElection();
    expect(await peer.runFor()).toEqual(['an election is made', 'looks']);
    expect(await peer.elect(1n)).toEqual(['leading under 1']);
  });

  test('that fails is the end: nobody could reach this server', async () => {
    const peer = new Scripted();
    await peer.runFor();
    peer.search?.reject(new NetworkError('EADDRINUSE', 'the port is taken'));
    expect(await peer.runFor()).toEqual(['ended: the port is taken']);
    await peer.machine.stop();
  });
});

describe('a peer that is stopped', () => {
  test('while it looks gives up the search', async () => {
    const peer = new Scripted();
    await peer.runFor();
    const stopped = peer.machine.stop();
    expect(await peer.runFor()).toEqual([]);
    await stopped;
    await peer.life;
  });

  test('while it acts ends its role first', async () => {
    const peer = new Scripted();
    await peer.runFor();
    await peer.elect(1n);
    const stopped = peer.machine.stop().then(() => peer.happened.push('stopped'));
    expect(await peer.runFor()).toEqual(['no longer leading', 'stopped']);
    await stopped;
  });

  test('while it pauses does not wait for the end of the pause', async () => {
    const peer = new Scripted({ parts: { observerElectionDelayMs: 1_000_000_000 }, role: 'observer' });
    await peer.runFor();
    await peer.elect(3n);
    peer.act?.resolve();
    expect(await peer.runFor()).toEqual(['no longer observing']);
    const stopped = peer.machine.stop().then(() => peer.happened.push('stopped'));
    expect(await peer.runFor()).toEqual(['stopped']);
    await stopped;
  });

  test('before it lived has nothing to wait for', async () => {
    const parts = new Scripted();
    const idle = new PeerStateMachine({
      world: parts.simulation.machine('other').world,
      id: serverId(1n),
      role: () => 'participant',
      makeElection: () => expect.unreachable(),
      roles: { leading: never, following: never, observing: never },
      tickTimeMs: TICK_MS,
      observerElectionDelayMs: 0,
    });
    await idle.stop();
    await idle.run();
  });
});

test.each([
  ['a broken invariant', () => invariant('leader-counts-each-ack-once', false)],
  [
    'a disk that fails',
    () => {
      throw new DiskError('EIO', '/data/version-2/log.1');
    },
  ],
])('%s in a role is the end', async (_, fail) => {
  const peer = new Scripted();
  await peer.runFor();
  await peer.elect(1n);
  try {
    fail();
  } catch (error) {
    peer.act?.reject(error);
  }
  const [last, ended] = await peer.runFor();
  expect(last).toBe('no longer leading');
  expect(ended).toMatch(/^ended: (invariant broken: leader-counts-each-ack-once|EIO)/);
});

function never(): Role {
  throw new Error('no role was expected');
}
