/**
 * A leader that is there, and no more: it stands in the place of the one that synchronises its learners and serves clients.
 * It hears who follows, and gives up when those are too few for too long.
 *
 * Learners of Apache's wait for an epoch, which does not come; after `initLimit` they hang up, and look for a leader again.
 */
import type { Buffer } from 'node:buffer';
import type { Address, Connection, Listener } from '#00-introduction/world.js';
import { ArchiveError } from '#04-serialization/binary-archive.js';
import { PacketStream, PING, type PresencePeer, readIntroduction } from '#08-cluster-startup/presence-packets.js';
import type { Role } from '#08-cluster-startup/role.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/** Connections that have not said yet who they are; and learners that this configuration does not know. */
const MAX_UNKNOWN = 100;

export class PresentLeader implements Role {
  private readonly peer: PresencePeer;
  private readonly learners = new Map<ServerId, PresentLearnerHandler>();
  private readonly unknown = new Set<PresentLearnerHandler>();
  private readonly listeners: Listener[] = [];
  private wakeUp: (() => void) | null = null;
  private isStopped = false;

  constructor(peer: PresencePeer) {
    this.peer = peer;
  }

  async run(): Promise<void> {
    try {
      for (const address of this.ownAddresses()) {
        this.listeners.push(await this.peer.world.network.listen(address, (connection) => this.accept(connection)));
      }
      await this.lead();
    } finally {
      this.isStopped = true;
      for (const learner of [...this.learners.values(), ...this.unknown]) learner.connection.destroy();
      await Promise.all(this.listeners.map((listener) => listener.close()));
    }
  }

  stop(): void {
    this.isStopped = true;
    this.wakeUp?.();
  }

  private ownAddresses(): Address[] {
    const { id, verifier, quorumListenOnAllIps } = this.peer;
    const addresses = verifier.allMembers.get(id)?.addresses.map(({ quorum }) => quorum) ?? [];
    if (!quorumListenOnAllIps) return addresses;
    return [...new Set(addresses.map(({ port }) => port))].map((port) => ({ host: '', port }));
  }

  private async lead(): Promise<void> {
    const { world, id, verifier, tickTimeMs, initLimitTicks, syncLimitTicks } = this.peer;
    let limitTicks = initLimitTicks;
    let lastQuorumMs = world.clock.monotonicMs();
    while (!this.isStopped) {
      const nowMs = world.clock.monotonicMs();
      for (const learner of this.learners.values()) {
        if (nowMs - learner.lastHeardMs > syncLimitTicks * tickTimeMs) learner.connection.destroy();
        else learner.ping();
      }
      if (verifier.containsQuorum(new Set([id, ...this.learners.keys()]))) {
        limitTicks = syncLimitTicks;
        lastQuorumMs = nowMs;
      } else if (nowMs - lastQuorumMs > limitTicks * tickTimeMs) {
        world.log.warn(`no longer leading: for ${limitTicks} ticks too few servers have followed`);
        return;
      }
      await this.sleep(tickTimeMs / 2);
    }
  }

  private sleep(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.peer.world.clock.schedule(forMs, resolve);
      this.wakeUp = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  private accept(connection: Connection): void {
    const handler = new PresentLearnerHandler(connection, this.peer, this);
    connection.setHandler(handler);
    this.unknown.add(handler);
    if (this.isStopped || this.unknown.size > MAX_UNKNOWN) connection.destroy();
  }

  /**
   * It has said who it is. One that this configuration does not know may follow, without counting: it may be there to be
   * added later.
   * @returns false when there are too many of those
   */
  introduced(learner: PresentLearnerHandler, id: ServerId): boolean {
    this.unknown.delete(learner);
    const isMember = this.peer.verifier.allMembers.has(id);
    if (!isMember && this.learners.size >= this.peer.verifier.allMembers.size + MAX_UNKNOWN) return false;
    this.learners.get(id)?.connection.destroy();
    this.learners.set(id, learner);
    this.peer.world.log.info(`server ${id} ${learner.verb}`);
    return true;
  }

  gone(learner: PresentLearnerHandler): void {
    this.unknown.delete(learner);
    const { id } = learner;
    if (id === null || this.learners.get(id) !== learner) return;
    this.learners.delete(id);
    this.peer.world.log.info(`server ${id} no longer ${learner.verb}`);
  }
}

/** One connection to the leader. */
class PresentLearnerHandler {
  readonly connection: Connection;
  /** Null until it has introduced itself. */
  id: ServerId | null = null;
  lastHeardMs: number;
  /** What it does under this leader. */
  verb: 'follows' | 'observes' = 'follows';
  private readonly peer: PresencePeer;
  private readonly leader: PresentLeader;
  private readonly stream = new PacketStream();
  private wantsPings = false;

  constructor(connection: Connection, peer: PresencePeer, leader: PresentLeader) {
    this.connection = connection;
    this.peer = peer;
    this.leader = leader;
    this.lastHeardMs = peer.world.clock.monotonicMs();
  }

  ping(): void {
    if (this.wantsPings) this.connection.write(PING);
  }

  data(chunk: Buffer): void {
    this.lastHeardMs = this.peer.world.clock.monotonicMs();
    try {
      for (const packet of this.stream.push(chunk)) {
        if (this.id !== null) continue;
        const introduction = readIntroduction(packet);
        if (introduction?.role === 'observer') this.verb = 'observes';
        if (introduction === null || !this.leader.introduced(this, introduction.id)) {
          this.connection.destroy();
          return;
        }
        this.id = introduction.id;
        this.wantsPings = introduction.wantsPings;
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      this.connection.destroy();
    }
  }

  closed(): void {
    this.leader.gone(this);
  }
}
