/**
 * One connection of a client: bytes in, frames out of them; replies and events in, bytes out. All replies that come up
 * in one turn leave with one write, which is most of what makes pipelining fast.
 *
 * Invariant: nothing is read between the ConnectRequest and the moment its session is durable.
 *
 * @apache server.NIOServerCnxn
 */
import { Buffer } from 'node:buffer';
import type { Connection, ConnectionHandler } from '#00-introduction/world.js';
import type { Watcher } from '#02-watch/watch-manager.js';
import { Perms, permits } from '#03-acl/acl.js';
import { ArchiveError, BinaryInputArchive } from '#04-serialization/binary-input-archive.js';
import { BinaryOutputArchive } from '#04-serialization/binary-output-archive.js';
import type { ACL } from '#05-jute/records/data.js';
import { RequestHeader, WatcherEvent } from '#05-jute/records/proto.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { FrameLengthError, FrameParser } from '#06-network-protocol/frame-parser.js';
import { readConnectRequest, writeConnectResponse } from '#06-network-protocol/handshake.js';
import { hex, NO_SESSION, NO_ZXID, type Zxid } from '#06-network-protocol/ids.js';
import { Xid } from '#06-network-protocol/xids.js';
import { PASSWORD_BYTES, sessionPassword } from '#09-session-creation/session-password.js';
import type { Session } from '#11-session-buckets/session-tracker.js';
import type { Requester } from '#12-request-processors/request.js';
import { RequestOrder } from '#12-request-processors/request-order.js';
import type { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';

const KEPT_MEMORY_BYTES = 0x4_0000;
/** A client that does not read its replies is not read from either, and cut off when even events pile up. */
const PAUSE_ABOVE_UNSENT_BYTES = 0x40_0000;
const MAX_UNSENT_BYTES = 0x1000_0000;
const KEEPER_STATE_SYNC_CONNECTED = 3;

export class ServerCnxn implements Requester, Watcher, ConnectionHandler {
  readonly order = new RequestOrder();
  readonly connection: Connection;
  /** Null until the handshake is done. */
  session: Session | null = null;
  received = 0;
  sent = 0;

  private readonly server: ZooKeeperServer;
  private readonly parser: FrameParser;
  private readonly input: BinaryInputArchive;
  private readonly output = new BinaryOutputArchive(4096);
  private replyStart = 0;
  private replyBodyStart = 0;
  private isFirst = true;
  private awaitsSession = false;
  private knowsReadOnly = false;
  private isClosing = false;
  private isClosed = false;
  private isPaused = false;

  constructor(server: ZooKeeperServer, connection: Connection) {
    this.server = server;
    this.connection = connection;
    this.parser = new FrameParser(server.config.juteMaxBufferBytes);
    this.input = new BinaryInputArchive(Buffer.alloc(0), 0, 0, server.maxElementBytes);
  }

  // ------------------------------------------------------------------------------------ bytes come in

  data(chunk: Buffer): void {
    if (this.isClosing) return;
    if (this.session) this.server.touch(this.session);
    this.parser.push(chunk);
    this.readFrames();
  }

  drained(): void {
    this.resumeIfReady();
  }

  closed(): void {
    this.isClosed = true;
    this.isClosing = true;
    this.server.forget(this);
  }

  private readFrames(): void {
    try {
      while (!this.isClosing && !this.awaitsSession && this.parser.next()) {
        this.input.reset(this.parser.memory, this.parser.start, this.parser.end);
        this.received++;
        if (this.isFirst) this.connect();
        else this.request();
      }
      if (!this.isClosing) this.parser.holdRest();
    } catch (error) {
      this.refuse(error);
    }
    this.server.flush();
    this.pauseIfNeeded();
  }

  private connect(): void {
    this.isFirst = false;
    const { request, knowsReadOnly } = readConnectRequest(this.input);
    this.knowsReadOnly = knowsReadOnly;
    this.awaitsSession = true;
    this.server.connectSession(this, request);
  }

  private request(): void {
    const header = RequestHeader.read(this.input);
    if (this.session) this.server.submit(this, this.session, header.xid, header.type, this.input);
  }

  private refuse(error: unknown): void {
    if (error instanceof FrameLengthError && this.isFirst && this.tryCommand()) return;
    if (!(error instanceof FrameLengthError) && !(error instanceof ArchiveError)) throw error;
    const who = this.session ? `session 0x${hex(this.session.id)}` : 'a client without a session';
    this.server.log.warn(`closing the connection of ${who} at ${this.connection.remote.host}: ${error.message}`);
    this.close();
  }

  /** What is no length may be a four-letter word. */
  private tryCommand(): boolean {
    const word = this.parser.memory.toString('latin1', 0, 4);
    const answer = this.server.command(word);
    if (answer === null) return false;
    this.isClosing = true;
    this.connection.write(Buffer.from(answer, 'utf8'));
    this.connection.end();
    return true;
  }

  // ------------------------------------------------------------------------------------- bytes go out

  beginReply(xid: number): BinaryOutputArchive {
    const { output } = this;
    this.replyStart = output.position;
    output.writeInt(0);
    output.writeInt(xid);
    output.writeLong(NO_ZXID);
    output.writeInt(0);
    this.replyBodyStart = output.position;
    return output;
  }

  endReply(zxid: Zxid, error: ErrorCode): void {
    const { output, replyStart } = this;
    if (error !== ErrorCode.OK) {
      output.position = this.replyBodyStart;
      output.patchInt(replyStart + 16, error);
    }
    output.patchLong(replyStart + 8, zxid);
    output.patchInt(replyStart, output.position - replyStart - 4);
    this.sent++;
    this.server.needsFlush(this);
  }

  process(type: number, path: string, zxid: Zxid, acl: readonly ACL[] | null): void {
    if (!permits(acl, Perms.read)) return;
    const reply = this.beginReply(Xid.notification);
    WatcherEvent.write(reply, { type, state: KEEPER_STATE_SYNC_CONNECTED, path });
    this.endReply(zxid, ErrorCode.OK);
  }

  sessionCreated(session: Session): void {
    this.awaitsSession = false;
    this.session = session;
    const passwd = sessionPassword(session.id);
    this.writeHandshake({ protocolVersion: 0, timeOut: session.timeoutMs, sessionId: session.id, passwd, readOnly: false });
    // what the client sent behind its ConnectRequest
    if (this.parser.hasRest) this.server.world.clock.atEndOfTurn(() => this.data(Buffer.alloc(0)));
    this.resumeIfReady();
  }

  /** The session that the client wants back is gone, or is not its own. */
  refuseSession(): void {
    const passwd = Buffer.alloc(PASSWORD_BYTES);
    this.writeHandshake({ protocolVersion: 0, timeOut: 0, sessionId: NO_SESSION, passwd, readOnly: false });
    this.closeAfterReplies();
  }

  closeAfterReplies(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.flush();
    if (!this.isClosed) this.connection.end();
  }

  /** At once, without an answer. */
  close(): void {
    this.isClosing = true;
    if (!this.isClosed) this.connection.destroy();
  }

  /** Hands what was written to the network. */
  flush(): void {
    const { output } = this;
    if (output.position === 0 || this.isClosed) {
      output.reset();
      return;
    }
    const isTaken = this.connection.write(output.bytes());
    if (isTaken && output.capacityBytes <= KEPT_MEMORY_BYTES) output.reset();
    else output.replaceMemory(4096);
    if (this.connection.unsentBytes > MAX_UNSENT_BYTES) {
      this.server.log.warn(`closing a connection that does not read: ${this.connection.unsentBytes} bytes are unsent`);
      this.close();
    }
  }

  /** Reading goes on when there is room for what it would cause. */
  resumeIfReady(): void {
    if (!this.isPaused || this.isClosed || this.mustPause()) return;
    this.isPaused = false;
    this.connection.resume();
  }

  private pauseIfNeeded(): void {
    if (this.isPaused || this.isClosing || !this.mustPause()) return;
    this.isPaused = true;
    this.connection.pause();
    this.server.paused(this);
  }

  private mustPause(): boolean {
    if (this.awaitsSession || this.connection.unsentBytes > PAUSE_ABOVE_UNSENT_BYTES) return true;
    return this.order.length > 0 && this.server.isOverloaded;
  }

  private writeHandshake(response: Parameters<typeof writeConnectResponse>[1]): void {
    const start = this.output.position;
    this.output.writeInt(0);
    writeConnectResponse(this.output, response, this.knowsReadOnly);
    this.output.patchInt(start, this.output.position - start - 4);
    this.server.needsFlush(this);
  }
}

