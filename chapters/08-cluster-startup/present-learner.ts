/**
 * A follower or observer that does no more than notice when its leader is gone: it stands in the place of the one that
 * catches up with the leader and serves clients.
 *
 * A leader of Apache's expects more, and hangs up after `initLimit`; then this server looks for a leader again.
 */
import type { Buffer } from 'node:buffer';
import type { Connection, ConnectionHandler, Timer } from '#00-introduction/world.js';
import { ArchiveError } from '#04-serialization/binary-archive.js';
import {
  introduction,
  PacketStream,
  PacketType,
  PING,
  type PresencePeer,
} from '#08-cluster-startup/presence-packets.js';
import type { Role } from '#08-cluster-startup/role.js';
import type { Vote } from '#14-leader-election/vote.js';

/** A leader that has just been elected may not listen yet. */
const CONNECT_ATTEMPTS = 5;
const PAUSE_BETWEEN_ATTEMPTS_MS = 100;

export class PresentLearner implements Role {
  private readonly peer: PresencePeer;
  private readonly vote: Vote;
  private connection: Connection | null = null;
  private timer: Timer | null = null;
  private settle: () => void = () => {};
  private failedAttempts = 0;
  private isOver = false;

  constructor(peer: PresencePeer, vote: Vote) {
    this.peer = peer;
    this.vote = vote;
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.settle = resolve;
      if (this.isOver) resolve();
      else this.connect();
    });
  }

  stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timer?.cancel();
    this.connection?.destroy();
    this.settle();
  }

  private connect(): void {
    const { world, verifier, initLimitTicks } = this.peer;
    const address = verifier.allMembers.get(this.vote.leader)?.addresses[0]?.quorum;
    if (address === undefined) {
      this.stop();
      return;
    }
    this.connection = world.network.connect(address, this.handler());
    this.giveUpAfter(initLimitTicks);
  }

  private handler(): ConnectionHandler {
    const stream = new PacketStream();
    let isOpen = false;
    return {
      opened: () => {
        isOpen = true;
        const role = this.vote.state === 'observing' ? 'observer' : 'participant';
        this.connection?.write(introduction(this.peer, role));
      },
      data: (chunk) => this.data(stream, chunk),
      closed: () => {
        if (this.isOver) return;
        if (isOpen) this.lost('has hung up');
        else if (++this.failedAttempts < CONNECT_ATTEMPTS) this.connectLater();
        else this.lost("can't be connected to");
      },
    };
  }

  private data(stream: PacketStream, chunk: Buffer): void {
    try {
      for (const { type } of stream.push(chunk)) {
        this.giveUpAfter(this.peer.syncLimitTicks);
        if (type === PacketType.ping) this.connection?.write(PING);
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      this.lost('has sent what is no packet');
    }
  }

  private connectLater(): void {
    this.timer?.cancel();
    this.timer = this.peer.world.clock.schedule(PAUSE_BETWEEN_ATTEMPTS_MS, () => this.connect());
  }

  private giveUpAfter(ticks: number): void {
    this.timer?.cancel();
    this.timer = this.peer.world.clock.schedule(ticks * this.peer.tickTimeMs, () =>
      this.lost(`has not been heard for ${ticks} ticks`),
    );
  }

  /** @param how what has become of the leader */
  private lost(how: string): void {
    if (this.isOver) return;
    this.peer.world.log.warn(`no longer ${this.vote.state}: server ${this.vote.leader} ${how}`);
    this.stop();
  }
}
