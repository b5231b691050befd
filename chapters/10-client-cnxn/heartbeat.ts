/**
 * Keeps a connection alive, and finds out when it is not. With a time-out of T agreed on, a ping is sent when nothing
 * else was sent for T/3, and the connection is given up when nothing came for 2/3 T: the last third is for finding
 * another server before the session expires.
 */
import type { Clock, Timer } from '#00-introduction/world.js';
import { RequestHeader } from '#05-jute/records/proto.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import type { ClientCnxnSocket, FrameWriter } from '#10-client-cnxn/client-cnxn-socket.js';

/** A ping is sent at least so often, however long the time-out is. */
const MAX_PING_INTERVAL_MS = 10_000;

export class Heartbeat implements Timer {
  private readonly clock: Clock;
  private readonly socket: ClientCnxnSocket;
  private readonly readTimeoutMs: number;
  private readonly pingIntervalMs: number;
  private timer: Timer;

  /** @param timeoutMs of the session, as the server has granted it */
  constructor(clock: Clock, socket: ClientCnxnSocket, timeoutMs: number) {
    this.clock = clock;
    this.socket = socket;
    this.readTimeoutMs = Math.floor((timeoutMs * 2) / 3);
    this.pingIntervalMs = Math.min(this.readTimeoutMs / 2, MAX_PING_INTERVAL_MS);
    this.timer = this.next();
  }

  /** Stops it. */
  cancel(): void {
    this.timer.cancel();
  }

  /** One timer for both. It is not moved by every frame: it looks when it fires what is due, and sets itself again. */
  private next(): Timer {
    const { lastHeardMs, lastSendMs } = this.socket;
    const dueMs = Math.min(lastHeardMs + this.readTimeoutMs, lastSendMs + this.pingIntervalMs);
    return this.clock.schedule(Math.max(1, dueMs - this.clock.monotonicMs()), this.beat);
  }

  private readonly beat = (): void => {
    const nowMs = this.clock.monotonicMs();
    const silentMs = nowMs - this.socket.lastHeardMs;
    if (silentMs >= this.readTimeoutMs) {
      this.socket.fail(new Error(`not a word from the server for ${Math.floor(silentMs)} ms`));
      return;
    }
    if (nowMs - this.socket.lastSendMs >= this.pingIntervalMs) this.socket.send(PING);
    this.timer = this.next();
  };
}

const PING: FrameWriter = {
  writeFrame: (archive) => RequestHeader.write(archive, { xid: Xid.ping, type: OpCode.ping }),
};
