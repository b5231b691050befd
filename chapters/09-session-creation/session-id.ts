/**
 * Where session numbers come from: the server's id in the top byte, the time of its start below, and then counting.
 * Two servers never make the same number, and one server does not after a restart, without anything kept on disk.
 *
 * @apache server.SessionTrackerImpl#initializeNextSessionId
 */
import { NO_SESSION, type SessionId, sessionId } from '#06-network-protocol/ids.js';

/** The number that marks a container node as its owner. No session may have it. */
const RESERVED_FOR_CONTAINERS = -0x8000000000000000n;

/**
 * The number of the first session that a server makes.
 * @param startMs milliseconds of the server's start; the low 40 bits are used
 * @param serverId 0 to 255
 */
export function firstSessionId(startMs: number, serverId: number): SessionId {
  const time = BigInt.asUintN(40, BigInt(Math.trunc(startMs))) << 16n;
  return avoidReserved(BigInt.asIntN(64, time | (BigInt(serverId) << 56n)));
}

/** The number after this one. The server's id stays, even where the rest begins again. */
export function nextSessionId(id: SessionId): SessionId {
  return avoidReserved(id - belowServerId(id) + belowServerId(id + 1n));
}

/** The server that made the session: 0 to 255. */
export const serverIdOf = (id: SessionId): number => Number(BigInt.asUintN(8, id >> 56n));

const belowServerId = (id: bigint): bigint => BigInt.asUintN(56, id);

/** Nor may a session have the number that means "no session". */
const avoidReserved = (id: bigint): SessionId =>
  sessionId(id === RESERVED_FOR_CONTAINERS || id === NO_SESSION ? id + 1n : id);
