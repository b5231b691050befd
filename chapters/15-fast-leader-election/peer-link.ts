/**
 * What this server has to say to another one, and the connection to it, while there is one.
 *
 * Only the newest message matters: a vote replaces every vote before it. So at most one message waits, and a newer one
 * takes its place. And a message that was given to a connection may be lost with it, without anybody knowing; so the
 * last one is said again on the next connection. To hear a vote twice does no harm.
 *
 * @apache quorum.QuorumCnxManager.SendWorker
 */
import { Buffer } from 'node:buffer';
import type { ElectionConnection } from '#15-fast-leader-election/election-connection.js';

const LENGTH_BYTES = 4;

export class PeerLink {
  private connection: ElectionConnection | null = null;
  /** With their lengths before them. */
  private waiting: Buffer | null = null;
  private last: Buffer | null = null;
  private readonly written: (message: Buffer) => void;

  /** @param written told of each message that goes to a connection */
  constructor(written: (message: Buffer) => void = () => {}) {
    this.written = written;
  }

  get isConnected(): boolean {
    return this.connection !== null;
  }

  /** Whether everything that there was to say has been given to a connection. */
  get hasDelivered(): boolean {
    return this.waiting === null;
  }

  send(message: Buffer): void {
    const frame = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
    frame.writeInt32BE(message.length, 0);
    message.copy(frame, LENGTH_BYTES);
    this.waiting = frame;
    this.flush();
  }

  /**
   * From now on this connection is used; the one before it is closed.
   * @returns whether the last message was said again
   */
  use(connection: ElectionConnection): boolean {
    this.close();
    this.connection = connection;
    const repeats = this.waiting === null && this.last !== null;
    if (repeats) this.waiting = this.last;
    this.flush();
    return repeats;
  }

  /** There may be room for the message that waits. */
  flush(): void {
    if (this.waiting === null || !this.connection?.hasRoom) return;
    this.last = this.waiting;
    this.waiting = null;
    this.connection.write(this.last);
    this.written(this.last.subarray(LENGTH_BYTES));
  }

  /** The connection is gone. */
  lost(): void {
    this.connection = null;
  }

  close(): void {
    this.connection?.destroy();
    this.connection = null;
  }
}
