/**
 * What a leader and its learners say to each other while they do nothing but watch over each other. The packets are those
 * of ZAB: a learner introduces itself with FOLLOWERINFO or OBSERVERINFO; signs of life are PINGs.
 */
import { Buffer } from 'node:buffer';
import type { World } from '#00-introduction/world.js';
import { ArchiveError, BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { LearnerInfo, QuorumPacket } from '#05-jute/records/quorum.js';
import { NO_ZXID, type Zxid, zxid } from '#06-network-protocol/ids.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';

/** What the roles need to know of their peer. */
export interface PresencePeer {
  readonly world: Pick<World, 'clock' | 'network' | 'log'>;
  readonly id: ServerId;
  readonly verifier: QuorumVerifier;
  readonly acceptedEpoch: bigint;
  readonly tickTimeMs: number;
  readonly initLimitTicks: number;
  readonly syncLimitTicks: number;
  readonly quorumListenOnAllIps: boolean;
}

export const PacketType = { ping: 5, followerInfo: 11, observerInfo: 16 } as const;

/** In the place of a version of the protocol: this learner is content with signs of life. */
const ONLY_PRESENT = 0x5a00_0000;
/** None of these packets is longer. */
const MAX_PACKET_BYTES = 4096;

export const PING: Uint8Array = encode(PacketType.ping, NO_ZXID, null);

export function introduction({ id, verifier, acceptedEpoch }: PresencePeer, role: PeerRole): Uint8Array {
  const info = new BinaryOutputArchive(32);
  LearnerInfo.write(info, { serverid: id, protocolVersion: ONLY_PRESENT, configVersion: verifier.version });
  const type = role === 'observer' ? PacketType.observerInfo : PacketType.followerInfo;
  return encode(type, zxid(acceptedEpoch << 32n), Buffer.from(info.bytes()));
}

export interface Introduction {
  readonly id: ServerId;
  readonly role: PeerRole;
  /** Others wait for an epoch, and would take a ping for a mistake. */
  readonly wantsPings: boolean;
}

/** @returns null when it is none */
export function readIntroduction({ type, data }: QuorumPacket): Introduction | null {
  if ((type !== PacketType.followerInfo && type !== PacketType.observerInfo) || data === null) return null;
  try {
    const info = LearnerInfo.read(new BinaryInputArchive(data));
    const role = type === PacketType.observerInfo ? 'observer' : 'participant';
    return { id: serverId(info.serverid), role, wantsPings: info.protocolVersion === ONLY_PRESENT };
  } catch (error) {
    if (error instanceof ArchiveError) return null;
    throw error;
  }
}

/** Makes packets of what arrives. They go without a length: what can't be read is not all there yet. */
export class PacketStream {
  private held: Buffer = Buffer.alloc(0);

  /** @throws {ArchiveError} for what is no packet */
  push(chunk: Buffer): QuorumPacket[] {
    this.held = Buffer.concat([this.held, chunk]);
    const packets: QuorumPacket[] = [];
    for (;;) {
      const archive = new BinaryInputArchive(this.held, 0, this.held.length, MAX_PACKET_BYTES);
      try {
        packets.push(QuorumPacket.read(archive));
      } catch (error) {
        const isCut = error instanceof ArchiveError && error.reason === 'end-of-data';
        if (isCut && this.held.length <= MAX_PACKET_BYTES) return packets;
        throw error;
      }
      this.held = this.held.subarray(archive.position);
    }
  }
}

function encode(type: number, number: Zxid, data: Buffer | null): Uint8Array {
  const archive = new BinaryOutputArchive(64);
  QuorumPacket.write(archive, { type, zxid: number, data, authinfo: null });
  return Buffer.from(archive.bytes());
}
