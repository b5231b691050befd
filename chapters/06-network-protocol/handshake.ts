/**
 * The first frame in each direction. Both records end with a byte that came later than the rest: `readOnly`. Who is
 * too old to know it ends the frame before it, and a server sends it only to a client that sent its own.
 *
 * @apache compat.ProtocolManager
 */
import type { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { type ConnectRequest, ConnectResponse } from '#05-jute/records/proto.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

/** The length of a session's password. */
export const SESSION_PASSWORD_BYTES = 16;

export interface ReceivedConnectRequest {
  readonly request: ConnectRequest;
  /** Whether the client sent the last byte, and so expects one in the answer. */
  readonly knowsReadOnly: boolean;
}

/**
 * Reads what a client sends first: 45 bytes, or 44 from clients before 3.4.
 * @throws {ArchiveError} when the frame is shorter
 */
export function readConnectRequest(archive: BinaryInputArchive): ReceivedConnectRequest {
  const withoutReadOnly = {
    protocolVersion: archive.readInt(),
    lastZxidSeen: archive.readLong() as Zxid,
    timeOut: archive.readInt(),
    sessionId: archive.readLong() as SessionId,
    passwd: archive.readBuffer(),
  };
  const knowsReadOnly = archive.remainingBytes > 0;
  return { request: { ...withoutReadOnly, readOnly: knowsReadOnly && archive.readBoolean() }, knowsReadOnly };
}

/**
 * Reads what a server answers: 37 bytes, or 36 without the last.
 * @throws {ArchiveError} when the frame is shorter
 */
export function readConnectResponse(archive: BinaryInputArchive): ConnectResponse {
  return {
    protocolVersion: archive.readInt(),
    timeOut: archive.readInt(),
    sessionId: archive.readLong() as SessionId,
    passwd: archive.readBuffer(),
    readOnly: archive.remainingBytes > 0 && archive.readBoolean(),
  };
}

/** @param knowsReadOnly as it was read from the client */
export function writeConnectResponse(
  archive: BinaryOutputArchive,
  response: ConnectResponse,
  knowsReadOnly: boolean,
): void {
  ConnectResponse.write(archive, response);
  if (!knowsReadOnly) archive.position -= 1;
}
