/**
 * Generated from quorum.jute. Change that file, not this one, and run:
 *     npm run jute
 *
 * What the servers of an ensemble say to each other.
 */
import type { Buffer } from 'node:buffer';
import type { RecordType } from '#04-serialization/record-type.js';
import { Id } from '#05-jute/records/data.js';
import type { Zxid } from '#06-network-protocol/ids.js';

/**
 * How a learner introduces itself: the data of FOLLOWERINFO and OBSERVERINFO.
 *
 * @apache server.quorum.LearnerInfo
 */
export interface LearnerInfo {
  /** Its myid. */
  serverid: bigint;
  protocolVersion: number;
  /** The version of the newest configuration that it has seen. */
  configVersion: bigint;
}

export const LearnerInfo: RecordType<LearnerInfo> = {
  name: 'LearnerInfo',
  fields: [
    { name: 'serverid', type: 'long' },
    { name: 'protocolVersion', type: 'int' },
    { name: 'configVersion', type: 'long' },
  ],
  write(archive, record) {
    archive.writeLong(record.serverid);
    archive.writeInt(record.protocolVersion);
    archive.writeLong(record.configVersion);
  },
  read(archive) {
    return {
      serverid: archive.readLong(),
      protocolVersion: archive.readInt(),
      configVersion: archive.readLong(),
    };
  },
};

/**
 * Everything between a leader and a learner. It goes without a length before it.
 *
 * @apache server.quorum.QuorumPacket
 */
export interface QuorumPacket {
  /** Proposal, ack, commit, ping … */
  type: number;
  /** A transaction, an epoch or -1: the type decides. */
  zxid: Zxid;
  /** What comes with it: the type decides. */
  data: Buffer | null;
  /** Who the client is whose request a learner passes on. */
  authinfo: Id[] | null;
}

export const QuorumPacket: RecordType<QuorumPacket> = {
  name: 'QuorumPacket',
  fields: [
    { name: 'type', type: 'int' },
    { name: 'zxid', type: 'long' },
    { name: 'data', type: 'buffer' },
    { name: 'authinfo', type: { vector: { record: () => Id } } },
  ],
  write(archive, record) {
    archive.writeInt(record.type);
    archive.writeLong(record.zxid);
    archive.writeBuffer(record.data);
    archive.writeVector(record.authinfo, Id.write);
  },
  read(archive) {
    return {
      type: archive.readInt(),
      zxid: archive.readLong() as Zxid,
      data: archive.readBuffer(),
      authinfo: archive.readVector(Id.read),
    };
  },
};

/**
 * One step of a SASL login between servers.
 *
 * @apache server.quorum.QuorumAuthPacket
 */
export interface QuorumAuthPacket {
  /** Tells such a packet from the first bytes of a server that does not log in. */
  magic: bigint;
  /** In progress 0, success 1, error -1. */
  status: number;
  token: Buffer | null;
}

export const QuorumAuthPacket: RecordType<QuorumAuthPacket> = {
  name: 'QuorumAuthPacket',
  fields: [
    { name: 'magic', type: 'long' },
    { name: 'status', type: 'int' },
    { name: 'token', type: 'buffer' },
  ],
  write(archive, record) {
    archive.writeLong(record.magic);
    archive.writeInt(record.status);
    archive.writeBuffer(record.token);
  },
  read(archive) {
    return {
      magic: archive.readLong(),
      status: archive.readInt(),
      token: archive.readBuffer(),
    };
  },
};
