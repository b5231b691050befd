/** A client that was written by somebody else, as far as the checks of lab 4 need one. */
import type { Buffer } from 'node:buffer';
import { framed, int, text } from '../runner/bytes.js';
import { RawPeer } from '../runner/raw-peer.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

const CREATE = 1;
export const GET_DATA = 4;

/** Everything is allowed to everybody. */
const OPEN_ACL = int(1) + int(31) + text('world') + text('anyone');

const REPLY_HEADER_BYTES = 16;

export interface Reply {
  readonly xid: number;
  readonly error: number;
  readonly body: Buffer;
}

export class ForeignClient {
  private readonly peer: RawPeer;
  private lastXid = 0;

  private constructor(peer: RawPeer) {
    this.peer = peer;
  }

  /** Opens a connection and a session on it. */
  static async open(attempt: SimulatedAttempt): Promise<ForeignClient> {
    const peer = new RawPeer(attempt, 'foreign');
    peer.send(RawPeer.handshake());
    await peer.frame();
    return new ForeignClient(peer);
  }

  /** A create request, framed, in hex. @param data in hex, with its length @param acl the same */
  create(path: string, data: string, acl = OPEN_ACL): string {
    return this.request(CREATE, text(path) + data + acl + int(0));
  }

  getData(path: string): string {
    return this.request(GET_DATA, `${text(path)}00`);
  }

  /** A frame with a request: its length, number, type and body. @param body in hex */
  request(type: number, body: string): string {
    return framed(int(++this.lastXid) + int(type) + body);
  }

  /** Sends frames in one piece, and waits for as many replies. */
  async call(...requests: readonly string[]): Promise<Reply[]> {
    this.peer.send(...requests);
    const replies: Reply[] = [];
    for (const _ of requests) replies.push(replyOf(await this.peer.frame()));
    return replies;
  }
}

function replyOf(frame: Buffer): Reply {
  return { xid: frame.readInt32BE(0), error: frame.readInt32BE(12), body: frame.subarray(REPLY_HEADER_BYTES) };
}
