/**
 * The one message of an election: whom a server wants to lead, or knows to lead.
 *
 *     offset  field
 *      0      int   what the sender is doing: 0 looking, 1 following, 2 leading, 3 observing
 *      4      long  the leader that it is for
 *     12      long  that one's last zxid
 *     20      long  the round (electionEpoch)
 *     28      long  the epoch of that one's log (peerEpoch)   not in the oldest form, of 28 bytes
 *     36      int   version of this message                   not in the next one, of 40 bytes
 *     40      int   length of the configuration               from version 2 on
 *     44      …     the sender's configuration, as text
 *
 * The forms are told apart by their length: the first message of an election goes to servers of which nothing is known.
 *
 * @apache quorum.FastLeaderElection.Notification
 */
import { Buffer } from 'node:buffer';
import { type Zxid, zxid } from '#06-network-protocol/ids.js';
import { serverId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';

export interface Notification {
  /** With the state of the sender. */
  readonly vote: Vote;
  /** The configuration that the sender goes by, as text; null in forms that don't have it. */
  readonly config: string | null;
}

/** What arrived is no notification. It is dropped, and the connection stays. */
export class NotificationError extends Error {
  override readonly name = 'NotificationError';
}

/** As their numbers are on the wire. */
const STATES: readonly PeerState[] = ['looking', 'following', 'leading', 'observing'];

/** The form without an epoch, before 3.4, and the one without a version, before 3.4.6. */
const WITHOUT_EPOCH_BYTES = 28;
const WITHOUT_VERSION_BYTES = 40;
const CONFIG_OFFSET = 44;
const FIRST_VERSION_WITH_CONFIG = 2;

/** @apache quorum.FastLeaderElection#buildMsg */
export function encodeNotification({ vote, config }: { readonly vote: Vote; readonly config: string }): Buffer {
  const configBytes = Buffer.from(config, 'utf8');
  const bytes = Buffer.alloc(CONFIG_OFFSET + configBytes.length);
  bytes.writeInt32BE(STATES.indexOf(vote.state), 0);
  bytes.writeBigInt64BE(vote.leader, 4);
  bytes.writeBigInt64BE(vote.zxid, 12);
  bytes.writeBigInt64BE(vote.electionEpoch, 20);
  bytes.writeBigInt64BE(vote.peerEpoch, 28);
  bytes.writeInt32BE(vote.version, 36);
  bytes.writeInt32BE(configBytes.length, 40);
  configBytes.copy(bytes, CONFIG_OFFSET);
  return bytes;
}

/** @throws {NotificationError} it is too short, its parts don't fit together, or its sender is in no known state */
export function decodeNotification(bytes: Buffer): Notification {
  if (bytes.length < WITHOUT_EPOCH_BYTES) {
    throw new NotificationError(`${bytes.length} bytes are too few, there must be ${WITHOUT_EPOCH_BYTES}`);
  }
  const state = STATES[bytes.readInt32BE(0)];
  if (state === undefined) throw new NotificationError(`${bytes.readInt32BE(0)} is no state of a server`);
  const lastZxid = zxid(bytes.readBigInt64BE(12));
  const version = versionOf(bytes);
  const vote: Vote = {
    leader: serverId(bytes.readBigInt64BE(4)),
    zxid: lastZxid,
    electionEpoch: bytes.readBigInt64BE(20),
    peerEpoch: bytes.length === WITHOUT_EPOCH_BYTES ? epochOf(lastZxid) : bytes.readBigInt64BE(28),
    state,
    version,
  };
  return { vote, config: version < FIRST_VERSION_WITH_CONFIG ? null : configOf(bytes) };
}

function versionOf(bytes: Buffer): number {
  if (bytes.length === WITHOUT_EPOCH_BYTES || bytes.length === WITHOUT_VERSION_BYTES) return 0;
  if (bytes.length < WITHOUT_VERSION_BYTES) {
    throw new NotificationError(`there is no form of ${bytes.length} bytes: it ends in the middle of a field`);
  }
  return bytes.readInt32BE(36);
}

function configOf(bytes: Buffer): string {
  const availableBytes = bytes.length - CONFIG_OFFSET;
  const configBytes = availableBytes < 0 ? -1 : bytes.readInt32BE(40);
  if (configBytes < 0 || configBytes > availableBytes) {
    throw new NotificationError(`its configuration does not fit into the message of ${bytes.length} bytes`);
  }
  return bytes.toString('utf8', CONFIG_OFFSET, CONFIG_OFFSET + configBytes);
}

/** The epoch in which a transaction was proposed. */
const epochOf = (lastZxid: Zxid): bigint => lastZxid >> 32n;

/** The version of a configuration that came as text; 0 when it does not say, as one that was read from a file. */
export function configVersionOf(config: string): bigint {
  const version = /^version=([0-9a-f]{1,16})\s*$/im.exec(config)?.[1];
  return version === undefined ? 0n : BigInt(`0x${version}`);
}
