/**
 * A client that was written by somebody else: its bytes are put together by hand, and the answers are taken apart by hand.
 * So nothing that reads and writes the same mistake can hide it.
 */
import { Buffer } from 'node:buffer';
import type { Connection } from '#00-introduction/world.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';
import { bytesOf, int, text } from './grade-bytes.js';

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
  private readonly attempt: SimulatedAttempt;
  private readonly connection: Connection;
  private received = Buffer.alloc(0);
  private isClosed = false;
  private lastXid = 0;

  private constructor(attempt: SimulatedAttempt) {
    this.attempt = attempt;
    const { zoo } = attempt;
    this.connection = zoo.simulation.machine('foreign').world.network.connect(
      { host: 'server', port: zoo.config.clientPort },
      {
        data: (chunk) => {
          this.received = Buffer.concat([this.received, chunk]);
        },
        closed: () => {
          this.isClosed = true;
        },
      },
    );
  }

  /** Opens a connection and a session on it. */
  static async open(attempt: SimulatedAttempt): Promise<ForeignClient> {
    const client = new ForeignClient(attempt);
    const [version, lastZxid, sessionId, password] = [int(0), int(0) + int(0), int(0) + int(0), '00'.repeat(16)];
    const readOnly = '00';
    client.send([version, lastZxid, int(30_000), sessionId, int(16), password, readOnly].join(''));
    await client.frame();
    return client;
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
    this.connection.write(bytesOf(...requests));
    const replies: Reply[] = [];
    for (const _ of requests) replies.push(replyOf(await this.frame()));
    return replies;
  }

  private send(content: string): void {
    this.connection.write(bytesOf(framed(content)));
  }

  private async frame(): Promise<Buffer> {
    const { zoo } = this.attempt;
    const hasFrame = (): boolean =>
      this.received.length >= 4 && this.received.length >= 4 + this.received.readInt32BE(0);
    await zoo.simulation.run({
      until: () => hasFrame() || this.isClosed,
      untilMs: zoo.simulation.nowMs + LONGEST_WAIT_MS,
    });
    this.attempt.checkServers();
    if (!hasFrame()) {
      this.attempt.wrong(
        'an answer to each request',
        this.isClosed ? 'the connection is closed' : 'none',
        'the server',
      );
    }
    const end = 4 + this.received.readInt32BE(0);
    const frame = this.received.subarray(4, end);
    this.received = this.received.subarray(end);
    return frame;
  }
}

const framed = (content: string): string => int(content.length / 2) + content;

const LONGEST_WAIT_MS = 10_000;

function replyOf(frame: Buffer): Reply {
  return { xid: frame.readInt32BE(0), error: frame.readInt32BE(12), body: frame.subarray(REPLY_HEADER_BYTES) };
}
