/** A peer with an election whose end the test says; the elections themselves are those of chapter 15. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { Simulation } from '#00-introduction/simulation.js';
import { DiskError, NetworkError } from '#00-introduction/world.js';
import { NO_ZXID, zxid } from '#06-network-protocol/ids.js';
import { withDefaults } from '#07-standalone-startup/server-config.js';
import { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';
import { peerConfig } from '#08-cluster-startup/peer-config.js';
import { QuorumPeer } from '#08-cluster-startup/quorum-peer.js';
import type { Election } from '#08-cluster-startup/role.js';
import { connect } from '#10-client-cnxn/connect.js';
import { parseQuorum } from '#14-leader-election/quorum-config.js';
import { serverId } from '#14-leader-election/server-id.js';
import type { Vote } from '#14-leader-election/vote.js';
import { EpochFileError } from '#20-data-files/epoch-file.js';
import { proves } from '#testing/proves.js';

const TICK_MS = 1000;
const INIT_LIMIT = 5;
const SYNC_LIMIT = 2;
const SERVERS = 'server.1=zoo1:2888:3888\nserver.2=zoo2:2888:3888\nserver.3=zoo3:2888:3888';

/** An election that ends when the test says so. */
class ScriptedElection implements Election {
  searches = 0;
  isShut = false;
  private settle: ((vote: Vote | null) => void) | null = null;

  lookForLeader(): Promise<Vote | null> {
    this.searches++;
    return new Promise((resolve) => {
      if (this.isShut) resolve(null);
      else this.settle = resolve;
    });
  }

  elect(leader: bigint): void {
    this.settle?.({
      leader: serverId(leader),
      zxid: NO_ZXID,
      peerEpoch: 0n,
      electionEpoch: 1n,
      state: 'looking',
      version: 2,
    });
  }

  shutdown(): void {
    this.isShut = true;
    this.settle?.(null);
  }
}

interface ScriptedPeer {
  readonly peer: QuorumPeer;
  readonly elections: readonly ScriptedElection[];
  /** The one that it uses. */
  readonly election: ScriptedElection;
}

class ScriptedEnsemble {
  readonly simulation = new Simulation({ seed: 1 });
  readonly peers = new Map<bigint, ScriptedPeer>();

  constructor() {
    Object.assign(this.simulation.network.conditions, CALM_NETWORK);
  }

  machine(id: bigint): SimulatedMachine {
    return this.simulation.machine(`zoo${id}`);
  }

  make(id: bigint, { servers = SERVERS, words = ['srvr', 'stat', 'ruok', 'envi'], reconfigEnabled = false } = {}) {
    const elections: ScriptedElection[] = [];
    const peer = new QuorumPeer(
      this.machine(id).world,
      {
        kind: 'peer',
        server: withDefaults({
          dataDir: '/data',
          clientPort: 2181,
          tickTimeMs: TICK_MS,
          preAllocSizeBytes: 0x1_0000,
          fourLetterWordsWhitelist: words,
        }),
        peer: peerConfig({ initLimitTicks: INIT_LIMIT, syncLimitTicks: SYNC_LIMIT, reconfigEnabled }),
        myId: serverId(id),
        quorum: parseQuorum(servers, 'servers'),
        lastSeenQuorum: null,
        warnings: [],
      },
      {
        environment: new Map([['host.name', `zoo${id}`]]),
        makeElection: () => {
          const election = new ScriptedElection();
          elections.push(election);
          return election;
        },
      },
    );
    const scripted = {
      peer,
      elections,
      get election() {
        return elections.at(-1) ?? expect.unreachable();
      },
    };
    this.peers.set(id, scripted);
    return scripted;
  }

  async start(id: bigint, options?: Parameters<ScriptedEnsemble['make']>[1]): Promise<ScriptedPeer> {
    const scripted = this.make(id, options);
    await this.simulation.settle(scripted.peer.start());
    await this.simulation.runFor(0);
    return scripted;
  }

  /** Three peers, all of which elect one of them. */
  async startAll(leader: bigint): Promise<ScriptedPeer[]> {
    const all = [await this.start(1n), await this.start(2n), await this.start(3n)];
    for (const { election } of all) election.elect(leader);
    await this.simulation.runFor(50);
    return all;
  }

  states(): string[] {
    return [...this.peers.values()].map(({ peer }) => peer.state);
  }

  /** What a server answers to a word until it hangs up. */
  async ask(id: bigint, word: string): Promise<string> {
    let answer = '';
    const closed = new Promise<string>((resolve) => {
      const connection = this.simulation.machine('operator').world.network.connect(
        { host: `zoo${id}`, port: 2181 },
        {
          opened: () => connection.write(Buffer.from(word)),
          data: (chunk) => {
            answer += chunk.toString();
          },
          closed: () => resolve(answer),
        },
      );
    });
    return this.simulation.settle(closed);
  }
}

describe('a peer that serves nobody', () => {
  const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

  test.each(['while it looks', 'while it follows', 'while it leads'])('%s says so', async (when) => {
    const ensemble = new ScriptedEnsemble();
    const { peer, election } = await ensemble.start(1n);
    if (when !== 'while it looks') election.elect(when === 'while it leads' ? 1n : 3n);
    await ensemble.simulation.runFor(0);
    expect(peer.state).toBe(
      when === 'while it looks' ? 'looking' : when === 'while it leads' ? 'leading' : 'following',
    );
    expect(await ensemble.ask(1n, 'srvr')).toBe(NOT_SERVING);
    expect(await ensemble.ask(1n, 'stat')).toBe(NOT_SERVING);
    expect(await ensemble.ask(1n, 'ruok')).toBe('imok');
    expect(await ensemble.ask(1n, 'envi')).toMatch(/^Environment:\nzookeeper\.version=.*\nhost\.name=zoo1\n$/);
    expect(await ensemble.ask(1n, 'wchs')).toBe('wchs is not executed because it is not in the whitelist.\n');
  });

  test('says in its log what it is', async () => {
    const ensemble = new ScriptedEnsemble();
    await ensemble.startAll(3n);
    const log = (id: bigint) => ensemble.machine(id).logEntries.map(({ message }) => message);
    expect(log(1n)).toEqual([
      expect.stringMatching(/currentEpoch is not there yet; it becomes 0/),
      expect.stringMatching(/acceptedEpoch is not there yet; it becomes 0/),
      'server 1 of 3, a participant, with zxid 0x0 and epoch 0',
      expect.stringMatching(/^server 3 at zoo3:2888 leads, this server is following\. Clients are not served/),
    ]);
    expect(log(3n)).toContainEqual(expect.stringMatching(/^this server leads\. Clients are not served/));
  });

  test('turns clients away, who try another server', async () => {
    const ensemble = new ScriptedEnsemble();
    await ensemble.start(1n);
    const serving = new ZooKeeperServer(
      ensemble.machine(2n).world,
      withDefaults({ dataDir: '/data', clientPort: 2181, preAllocSizeBytes: 0x1_0000 }),
    );
    await ensemble.simulation.settle(serving.start());
    const { world } = ensemble.simulation.machine('alice');
    const client = await ensemble.simulation.settle(connect(world, 'zoo1:2181,zoo2:2181'));
    expect(client.state).toBe('SyncConnected');
    expect(serving.connections).toHaveLength(1);
    await ensemble.simulation.settle(serving.stop());
  });
});

describe('the start of a peer', () => {
  test('finds out what it has to vote with', async () => {
    const ensemble = new ScriptedEnsemble();
    const alone = new ZooKeeperServer(
      ensemble.machine(1n).world,
      withDefaults({ dataDir: '/data', clientPort: 2181, preAllocSizeBytes: 0x1_0000 }),
    );
    await ensemble.simulation.settle(alone.start());
    const { world } = ensemble.simulation.machine('alice');
    const client = await ensemble.simulation.settle(connect(world, 'zoo1:2181'));
    await ensemble.simulation.settle(client.create('/a'));
    await ensemble.simulation.settle(alone.stop());

    const { peer } = await ensemble.start(1n);
    expect(peer.lastLoggedZxid()).toBe(zxid(2n));
    expect(peer.currentEpoch()).toBe(0n);
    expect(peer).toMatchObject({ state: 'looking', currentVote: null, role: 'participant', id: 1n });
    expect(ensemble.machine(1n).disk.currentBytes('/data/version-2/currentEpoch')?.toString()).toBe('0');
    proves('EL-02', 'FI-1', 'PE-01');
  });

  test('fails when its data are not those of one server, and gives back the port', async () => {
    const ensemble = new ScriptedEnsemble();
    const { peer } = await ensemble.start(1n);
    peer.epochs.setAccepted(9n);
    peer.epochs.setCurrent(9n);
    await ensemble.simulation.settle(peer.stop());
    const { disk } = ensemble.machine(1n).world;
    disk.remove('/data/version-2/acceptedEpoch');
    const again = ensemble.make(1n);
    await expect(ensemble.simulation.settle(again.peer.start())).rejects.toThrow(EpochFileError);
    expect(again.elections).toEqual([]);
    await ensemble.simulation.settle(ensemble.machine(1n).world.network.listen({ host: '', port: 2181 }, () => {}));
  });

  test('gets no further than the port for clients when that is taken', async () => {
    const ensemble = new ScriptedEnsemble();
    const { peer } = await ensemble.start(1n);
    const second = ensemble.make(1n);
    await expect(ensemble.simulation.settle(second.peer.start())).rejects.toThrow(NetworkError);
    expect(second.elections).toEqual([]);
    expect(peer.state).toBe('looking');
  });
});

describe('the end of a peer', () => {
  test('closes everything: its ports are free, its election is shut down', async () => {
    const ensemble = new ScriptedEnsemble();
    const [one, , three] = await ensemble.startAll(3n);
    for (const scripted of [one, three]) {
      await ensemble.simulation.settle(scripted?.peer.stop() ?? Promise.reject());
      expect(scripted?.election.isShut).toBe(true);
    }
    for (const port of [2181, 2888]) {
      await ensemble.simulation.settle(ensemble.machine(3n).world.network.listen({ host: '', port }, () => {}));
    }
  });

  test('is told of when it could not go on', async () => {
    const ensemble = new ScriptedEnsemble();
    const { configuration } = ensemble.make(1n).peer;
    const failing = new QuorumPeer(ensemble.machine(2n).world, configuration, {
      makeElection: () => ({ lookForLeader: () => Promise.reject(new DiskError('EIO', '/data')), shutdown: () => {} }),
    });
    await ensemble.simulation.settle(failing.start());
    expect(await ensemble.simulation.settle(failing.failed)).toMatchObject({ code: 'EIO' });
    await ensemble.simulation.settle(ensemble.machine(2n).world.network.listen({ host: '', port: 2181 }, () => {}));
  });
});

describe('a newer configuration that another server goes by', () => {
  const NEWER = `${SERVERS}\nserver.4=zoo4:2888:3888\nversion=100000005`;

  test('is taken over by a peer that looks, and it looks again', async () => {
    const ensemble = new ScriptedEnsemble();
    const { peer, elections } = await ensemble.start(1n, { reconfigEnabled: true });
    peer.learnConfig(NEWER);
    await ensemble.simulation.runFor(0);
    expect(peer.verifier.version).toBe(0x1_0000_0005n);
    expect(peer.verifier.allMembers.size).toBe(4);
    expect(elections.map(({ isShut, searches }) => [isShut, searches])).toEqual([
      [true, 1],
      [false, 1],
    ]);
    proves('EL-13');
  });

  test('with the same servers does not end the search', async () => {
    const ensemble = new ScriptedEnsemble();
    const { peer, elections } = await ensemble.start(1n, { reconfigEnabled: true });
    peer.learnConfig(`${SERVERS}\nversion=100000005`);
    await ensemble.simulation.runFor(0);
    expect(peer.verifier.version).toBe(0x1_0000_0005n);
    expect(elections).toHaveLength(1);
    proves('EL-13');
  });

  test.each([
    ['nonsense', 'server.1=x'],
    ['an older one', `${SERVERS.replace('zoo3', 'zoo9')}\nversion=0`],
  ])('is passed over when it is %s', async (_, text) => {
    const ensemble = new ScriptedEnsemble();
    const { peer, elections } = await ensemble.start(1n, { reconfigEnabled: true });
    peer.learnConfig(text);
    await ensemble.simulation.runFor(0);
    expect(peer.verifier.toText()).toContain('server.3=zoo3:2888:3888:participant');
    expect(elections).toHaveLength(1);
  });

  test('is passed over by a peer that has a leader, or whose ensemble must not be changed', async () => {
    const ensemble = new ScriptedEnsemble();
    const fixed = await ensemble.start(1n);
    fixed.peer.learnConfig(NEWER);
    const following = await ensemble.start(2n, { reconfigEnabled: true });
    following.election.elect(3n);
    await ensemble.simulation.runFor(0);
    following.peer.learnConfig(NEWER);
    await ensemble.simulation.runFor(0);
    for (const { peer } of [fixed, following]) expect(peer.verifier.allMembers.size).toBe(3);
  });
});

describe('a leader and its followers', () => {
  test('stay as they are while they hear each other', async () => {
    const ensemble = new ScriptedEnsemble();
    await ensemble.startAll(3n);
    await ensemble.simulation.runFor(60 * TICK_MS);
    expect(ensemble.states()).toEqual(['following', 'following', 'leading']);
  });

  test('when the leader dies, they look', async () => {
    const ensemble = new ScriptedEnsemble();
    await ensemble.startAll(3n);
    ensemble.machine(3n).crash();
    await ensemble.simulation.runFor(100);
    expect(ensemble.states().slice(0, 2)).toEqual(['looking', 'looking']);
    proves('ZB-15');
  });

  test('when the leader is cut off, all look: followers after syncLimit, the leader too', async () => {
    const ensemble = new ScriptedEnsemble();
    await ensemble.startAll(3n);
    await ensemble.simulation.runFor(3 * TICK_MS);
    ensemble.simulation.network.isolate('zoo3');
    await ensemble.simulation.runFor((SYNC_LIMIT - 0.6) * TICK_MS);
    expect(ensemble.states()).toEqual(['following', 'following', 'leading']);
    await ensemble.simulation.runFor(TICK_MS);
    expect(ensemble.states().slice(0, 2)).toEqual(['looking', 'looking']);
    await ensemble.simulation.runFor((SYNC_LIMIT + 1) * TICK_MS);
    expect(ensemble.states()).toEqual(['looking', 'looking', 'looking']);
  });

  test('a leader lives with as many as make a quorum, and not with fewer', async () => {
    const ensemble = new ScriptedEnsemble();
    await ensemble.startAll(3n);
    ensemble.machine(1n).crash();
    await ensemble.simulation.runFor(20 * TICK_MS);
    expect(ensemble.states().slice(1)).toEqual(['following', 'leading']);
    ensemble.machine(2n).crash();
    await ensemble.simulation.runFor((SYNC_LIMIT + 1) * TICK_MS);
    expect(ensemble.states()[2]).toBe('looking');
  });

  test('a leader whom nobody follows gives up after initLimit', async () => {
    const ensemble = new ScriptedEnsemble();
    const { peer, election } = await ensemble.start(3n);
    election.elect(3n);
    await ensemble.simulation.runFor((INIT_LIMIT - 1) * TICK_MS);
    expect(peer.state).toBe('leading');
    await ensemble.simulation.runFor(2 * TICK_MS);
    expect(peer.state).toBe('looking');
    expect(election.searches).toBe(2);
  });

  test('a follower whose leader does not listen yet tries again, five times', async () => {
    const ensemble = new ScriptedEnsemble();
    const one = await ensemble.start(1n);
    one.election.elect(3n);
    await ensemble.simulation.runFor(250);
    const three = await ensemble.start(3n);
    three.election.elect(3n);
    await ensemble.simulation.runFor(1000);
    expect(ensemble.states()).toEqual(['following', 'leading']);

    const two = await ensemble.start(2n);
    ensemble.machine(3n).crash();
    await ensemble.simulation.runFor(500);
    two.election.elect(3n);
    await ensemble.simulation.runFor(300);
    expect(two.peer.state).toBe('following');
    await ensemble.simulation.runFor(400);
    expect(two.peer.state).toBe('looking');
    proves('PE-09');
  });

  test('an observer comes and goes without counting', async () => {
    const ensemble = new ScriptedEnsemble();
    const servers = SERVERS.replace('zoo2:2888:3888', 'zoo2:2888:3888:observer');
    const [one, two, three] = [
      await ensemble.start(1n, { servers }),
      await ensemble.start(2n, { servers }),
      await ensemble.start(3n, { servers }),
    ];
    for (const { election } of [one, two, three]) election.elect(3n);
    await ensemble.simulation.runFor(3 * TICK_MS);
    expect(ensemble.states()).toEqual(['following', 'observing', 'leading']);
    ensemble.machine(1n).crash();
    await ensemble.simulation.runFor((SYNC_LIMIT + 1) * TICK_MS);
    expect(three.peer.state).toBe('looking');
  });

  test('strangers, nonsense and silence do a leader no harm', async () => {
    const ensemble = new ScriptedEnsemble();
    const [, , three] = await ensemble.startAll(3n);
    const { network } = ensemble.simulation.machine('stranger').world;
    const quiet = { data: () => {}, closed: () => {} };
    for (const bytes of [
      '',
      'GET / HTTP/1.1\r\n\r\n',
      '\0'.repeat(5000),
      Buffer.from('0000000b0000000000000000000000140000000000000009000100000000000000000000ffffffff', 'hex'),
      Buffer.from('0000000b000000000000000000000001ffffffffff', 'hex'),
    ]) {
      const connection = network.connect({ host: 'zoo3', port: 2888 }, quiet);
      connection.write(Buffer.from(bytes));
    }
    for (let i = 0; i < 300; i++) network.connect({ host: 'zoo3', port: 2888 }, quiet);
    await ensemble.simulation.runFor(20 * TICK_MS);
    expect(ensemble.states()).toEqual(['following', 'following', 'leading']);
    expect(three?.election.searches).toBe(1);
  });
});
