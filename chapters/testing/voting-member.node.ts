/** Our own peer as a member of an ensemble under test: it votes, and notes who comes to follow it. */
import { Buffer } from 'node:buffer';
import { createServer, type Server, type Socket } from 'node:net';
import { RealLog } from '#00-introduction/real-log.node.js';
import { realWorld } from '#00-introduction/real-world.node.js';
import { zxid } from '#06-network-protocol/ids.js';
import { serverId } from '#14-leader-election/server-id.js';
import type { QuorumCnxOptions } from '#15-fast-leader-election/quorum-cnx-manager.js';
import { VotingPeer } from '#15-fast-leader-election/voting-peer.js';
import type { EnsembleUnderTest } from '#testing/apache-ensemble.node.js';

export interface VotingMemberOptions {
  /** What speaks for it. Default: nothing. */
  readonly epoch?: number;
  readonly zxid?: bigint;
  readonly connections?: Partial<QuorumCnxOptions>;
}

/** What a follower says first: type 11, a zxid, the length of its data, its id. */
const FOLLOWERINFO = 11;
const FOLLOWERINFO_BYTES = 24;

export class VotingMember implements AsyncDisposable {
  readonly peer: VotingPeer;
  /** The ids of those who have come to follow this server, in order. */
  readonly followers: number[] = [];
  private readonly log: string[] = [];
  private readonly quorumPort: number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(zoo: EnsembleUnderTest, id: number, options: VotingMemberOptions = {}) {
    const world = realWorld({ log: new RealLog({ write: (entry) => this.log.push(entry) }) });
    this.quorumPort = zoo.member(id).quorumPort;
    this.peer = new VotingPeer(world, {
      id: serverId(BigInt(id)),
      verifier: zoo.verifier,
      log: { zxid: zxid(options.zxid ?? 0n), epoch: BigInt(options.epoch ?? 0) },
      ...(options.connections ? { connections: options.connections } : {}),
    });
    this.server = createServer((socket) => this.welcome(socket));
  }

  static async start(zoo: EnsembleUnderTest, id: number, options?: VotingMemberOptions): Promise<VotingMember> {
    const member = new VotingMember(zoo, id, options);
    await new Promise<void>((resolve) => member.server.listen(member.quorumPort, '127.0.0.1', resolve));
    await member.peer.start();
    return member;
  }

  /** `following 3`, `leading 1`, `looking`. */
  get stateText(): string {
    const { currentVote } = this.peer;
    return currentVote === null ? 'looking' : `${currentVote.state} ${currentVote.leader}`;
  }

  logText(): string {
    return this.log.join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.peer.stop();
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Hears who it is, and says nothing: what a leader has to say comes with ZAB. */
  private welcome(socket: Socket): void {
    let heard: Buffer = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk) => {
      const isNew = heard.length < FOLLOWERINFO_BYTES;
      heard = Buffer.concat([heard, chunk]);
      if (!isNew || heard.length < FOLLOWERINFO_BYTES || heard.readInt32BE(0) !== FOLLOWERINFO) return;
      this.followers.push(Number(heard.readBigInt64BE(16)));
    });
  }
}
