/** The two frames that open a session. */
import type { Buffer } from 'node:buffer';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ConnectRequest, ConnectResponse } from '#05-jute/records/proto.js';
import type { FrameParser } from '#06-network-protocol/framing.js';
import { NO_SESSION, NO_ZXID } from '#06-network-protocol/ids.js';

/** Longer than any run, since the load sends no pings. Servers allow 20 ticks unless told otherwise: 40 s. */
const SESSION_TIMEOUT_MS = 40_000;

/** The frame, its length included, that asks for a new session. */
export function connectFrame(): Buffer {
  const archive = new BinaryOutputArchive(64);
  archive.writeInt(0);
  ConnectRequest.write(archive, {
    protocolVersion: 0,
    lastZxidSeen: NO_ZXID,
    timeOut: SESSION_TIMEOUT_MS,
    sessionId: NO_SESSION,
    passwd: null,
    readOnly: false,
  });
  archive.patchInt(0, archive.position - 4);
  return archive.bytes();
}

/** @throws {Error} when the server has refused the session */
export function assertSessionOpened(frame: FrameParser): void {
  const response = ConnectResponse.read(new BinaryInputArchive(frame.memory, frame.start, frame.end));
  if (response.timeOut <= 0) throw new Error('the server refused the session');
}
