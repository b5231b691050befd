/**
 * One connection of a client: bytes in, frames out of them; replies and events in, bytes out. All replies that come up
 * in one turn leave with one write, which is most of what makes pipelining fast.
 *
 * Invariant: nothing is read between the ConnectRequest and the moment its session is durable.
 *
 * @apache server.NIOServerCnxn
 */
import { Buffer } from 'node:buffer';
import { addressText } from '#00-introduction/network-error.js';
import type { Clock, Connection, ConnectionHandler, Log } from '#00-introduction/world.js';
import type { Watcher } from '#02-watch/watch-manager.js';
import type { AccessControl, Identities } from '#03-acl/access-control.js';
import { ipIdentity } from '#03-acl/auth-providers.js';
import { ArchiveError, BinaryInputArchive, type BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { ACL, Id } from '#05-jute/records/data.js';
import { AuthPacket, type ConnectRequest, RequestHeader, WatcherEvent } from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { KeeperState } from '#06-network-protocol/event-types.js';
import { FrameLengthError, FrameParser } from '#06-network-protocol/framing.js';
import { readConnectRequest, writeConnectResponse } from '#06-network-protocol/handshake.js';
import { hex, NO_ZXID, type Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import type { ConnectionView } from '#07-standalone-startup/four-letter-words.js';
import type { OutputPool } from '#07-standalone-startup/output-pool.js';
import { connectResponse } from '#09-session-creation/session-handshake.js';
import type { Session } from '#11-session-buckets/session-tracker.js';
import type { Request, Requester } from '#12-request-processors/request.js';
import { RequestOrder } from '#12-request-processors/request-order.js';
import type { ServerStats } from '#12-request-processors/server-stats.js';

/** What a connection needs of the server behind it. */
export interface CnxnServer {
  readonly log: Log;
  readonly clock: Clock;
  readonly stats: ServerStats;
  readonly access: AccessControl;
  /** The longest frame that is read. */
  readonly maxFrameBytes: number;
  /** The longest string or buffer in one. */
  readonly maxElementBytes: number;
  /** So much is under way that nobody who waits for a reply should be read from. */
  readonly isOverloaded: boolean;
  /** It only answers reads, which its clients are told. */
  readonly isReadOnly: boolean;

  /** The answer comes as `sessionCreated`, `refuseSession` or `close`. */
  connectSession(cnxn: ServerCnxn, request: ConnectRequest): void;
  /** A client that speaks is alive. */
  touch(session: Session): void;
  /** @returns false when the client has proved nothing */
  authenticate(cnxn: ServerCnxn, packet: AuthPacket): boolean;
  /**
   * @param archive stands at the request's body, and is valid during the call
   * @param frameBytes the length of the request
   */
  submit(
    cnxn: ServerCnxn,
    session: Session,
    xid: number,
    opcode: number,
    archive: BinaryInputArchive,
    frameBytes: number,
  ): void;
  /** @returns false when a request of this length is one too many of the large ones */
  hasRoomFor(frameBytes: number): boolean;
  /** The answer to a four-letter word; null when it is none. */
  answerWord(word: string): string | null;

  /** Something was written: `flush` is to be called before the turn ends. */
  needsFlush(cnxn: ServerCnxn): void;
  /** The bytes of a chunk are handled. */
  turnDone(): void;
  /** It does not read any more: `resumeIfReady` is to be called when the server has caught up. */
  paused(cnxn: ServerCnxn): void;
  closed(cnxn: ServerCnxn): void;
  /** Found itself wrong: the server can't go on. */
  fail(error: unknown): void;
}

/** From here on it does not wait for the end of the turn: a chunk may ask for far more than it has bytes. */
const FLUSH_ABOVE_BYTES = 0x4_0000;
/** A client that does not read its replies is not read from either, and is cut off when even events pile up. */
const PAUSE_ABOVE_UNSENT_BYTES = 0x40_0000;
const MAX_UNSENT_BYTES = 0x1000_0000;
const WORD_LETTERS = 4;
const NO_BYTES: Buffer = Buffer.alloc(0);

export class ServerCnxn implements Requester, Watcher, ConnectionHandler, ConnectionView {
  readonly order = new RequestOrder<Request>();
  /** Null until the handshake is done. */
  session: Session | null = null;
  /** What the client has proved to be. Replaced, never changed: requests under way keep what they came with. */
  identities: Identities;
  /** When the bytes came that are being read, in monotonic milliseconds. */
  receivedMs = 0;
  packetsReceived = 0;
  packetsSent = 0;
  throttledCount = 0;

  private readonly server: CnxnServer;
  private readonly connection: Connection;
  private readonly parser: FrameParser;
  private readonly input: BinaryInputArchive;
  private readonly outputs: OutputPool;
  /** What was written in this turn; null when nothing was. */
  private output: BinaryOutputArchive | null = null;
  private replyStart = 0;
  private replyBodyStart = 0;
  private isFirstFrame = true;
  private awaitsSession = false;
  private knowsReadOnly = false;
  /** Nothing is read any more. */
  private isClosing = false;
  isClosed = false;
  private isPaused = false;

  constructor(server: CnxnServer, connection: Connection, outputs: OutputPool) {
    this.server = server;
    this.outputs = outputs;
    this.connection = connection;
    this.identities = [ipIdentity(connection.remote.host)];
    this.parser = new FrameParser(server.maxFrameBytes);
    this.input = new BinaryInputArchive(NO_BYTES, 0, 0, server.maxElementBytes);
  }

  get remote(): Connection['remote'] {
    return this.connection.remote;
  }

  get outstanding(): number {
    return this.order.length + this.throttledCount;
  }

  get isRead(): boolean {
    return !this.isClosing && !this.isPaused;
  }

  get hasUnsentBytes(): boolean {
    return this.connection.unsentBytes > 0;
  }

  // ------------------------------------------------------------------------------------ bytes come in

  data(chunk: Buffer): void {
    if (this.isClosing) return;
    this.receivedMs = this.server.clock.monotonicMs();
    if (this.session) this.server.touch(this.session);
    this.parser.push(chunk);
    try {
      while (this.canReadFrame() && this.parser.next()) {
        this.readFrame();
        if (this.output !== null && this.output.position > FLUSH_ABOVE_BYTES) {
          this.flush();
          this.pauseIfNeeded();
        }
      }
      this.parser.holdRest();
      this.pauseIfNeeded();
    } catch (error) {
      this.refuse(error);
    }
    this.server.turnDone();
  }

  drained(): void {
    this.resumeIfReady();
  }

  closed(): void {
    this.isClosed = true;
    this.isClosing = true;
    this.server.closed(this);
  }

  private canReadFrame(): boolean {
    return !this.isClosing && !this.awaitsSession && !this.isPaused;
  }

  private readFrame(): void {
    const { memory, start, end } = this.parser;
    if (!this.server.hasRoomFor(end - start)) throw new TooManyLargeRequestsError(end - start);
    this.input.reset(memory, start, end);
    this.countReceived();
    if (this.session === null) {
      this.connect();
    } else {
      const { xid, type } = RequestHeader.read(this.input);
      if (type === OpCode.auth) this.authenticate(xid);
      else this.server.submit(this, this.session, xid, type, this.input, end - start);
    }
  }

  /** Takes effect at once, for all requests that come after it. */
  private authenticate(xid: number): void {
    const isProved = this.server.authenticate(this, AuthPacket.read(this.input));
    this.beginReply(xid);
    this.endReply(NO_ZXID, isProved ? ErrorCode.OK : ErrorCode.AuthFailed);
    if (!isProved) this.closeAfterReplies();
  }

  addIdentities(proved: Identities): void {
    const isNew = ({ scheme, id }: Id): boolean =>
      !this.identities.some((known) => known.scheme === scheme && known.id === id);
    this.identities = [...this.identities, ...proved.filter(isNew)];
  }

  private connect(): void {
    this.isFirstFrame = false;
    const { request, knowsReadOnly } = readConnectRequest(this.input);
    this.knowsReadOnly = knowsReadOnly;
    this.awaitsSession = true;
    this.server.connectSession(this, request);
  }

  private refuse(error: unknown): void {
    if (!isClientsFault(error)) {
      this.server.fail(error);
      return;
    }
    if (error instanceof FrameLengthError && this.isFirstFrame && this.answerWord()) return;
    const who = this.session ? `session 0x${hex(this.session.id)}` : 'a client without a session';
    this.server.log.warn(`closing the connection of ${who} at ${addressText(this.remote)}: ${error.message}`);
    this.close();
  }

  /** What is no length may be a four-letter word. */
  private answerWord(): boolean {
    this.countReceived();
    this.isClosing = true;
    const answer = this.server.answerWord(this.parser.memory.toString('latin1', 0, WORD_LETTERS));
    if (answer === null) return false;
    this.connection.write(Buffer.from(answer, 'utf8'));
    this.countSent();
    this.connection.end();
    return true;
  }

  private countReceived(): void {
    this.packetsReceived++;
    this.server.stats.packetsReceived++;
  }

  private countSent(): void {
    this.packetsSent++;
    this.server.stats.packetsSent++;
  }

  // ------------------------------------------------------------------------------------- bytes go out

  beginReply(xid: number): BinaryOutputArchive {
    const output = this.openOutput();
    this.replyStart = output.position;
    output.writeInt(0);
    output.writeInt(xid);
    output.writeLong(NO_ZXID);
    output.writeInt(0);
    this.replyBodyStart = output.position;
    return output;
  }

  endReply(zxid: Zxid, error: ErrorCode): void {
    const { replyStart } = this;
    const output = this.openOutput();
    if (error !== ErrorCode.OK) {
      output.position = this.replyBodyStart;
      output.patchInt(replyStart + 16, error);
    }
    output.patchLong(replyStart + 8, zxid);
    this.endFrame(output, replyStart);
  }

  process(type: number, path: string, zxid: Zxid, acl: readonly ACL[] | null): void {
    if (!this.server.access.permits(acl, Perms.read, this.identities)) return;
    const reply = this.beginReply(Xid.notification);
    WatcherEvent.write(reply, { type, state: KeeperState.SyncConnected, path });
    this.endReply(zxid, ErrorCode.OK);
  }

  sessionCreated(session: Session): void {
    if (this.isClosing) return;
    this.awaitsSession = false;
    this.session = session;
    this.writeConnectResponse(session);
    this.resumeIfReady();
  }

  /** The session that the client wants back is gone, or is not its own. */
  refuseSession(): void {
    this.writeConnectResponse(null);
    this.closeAfterReplies();
  }

  /** Hands what was written to the network. */
  flush(): void {
    const { output } = this;
    if (output === null) return;
    this.output = null;
    // What is not taken is the connection's until it is sent.
    if (this.isClosed || this.connection.write(output.bytes())) this.outputs.giveBack(output);
    if (this.isClosed) return;
    const { unsentBytes } = this.connection;
    if (unsentBytes <= MAX_UNSENT_BYTES) return;
    this.server.log.warn(`closing the connection of ${addressText(this.remote)}: it left ${unsentBytes} bytes unread`);
    this.close();
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

  private writeConnectResponse(session: Session | null): void {
    const output = this.openOutput();
    const start = output.position;
    output.writeInt(0);
    writeConnectResponse(output, connectResponse(session, this.server.isReadOnly), this.knowsReadOnly);
    this.endFrame(output, start);
  }

  private openOutput(): BinaryOutputArchive {
    this.output ??= this.outputs.take();
    return this.output;
  }

  private endFrame(output: BinaryOutputArchive, start: number): void {
    output.patchInt(start, output.position - start - 4);
    this.countSent();
    this.server.needsFlush(this);
  }

  // ---------------------------------------------------------------------------------- when to read on

  /**
   * Reading goes on when there is room for what it would cause.
   * @returns false when it is still paused
   */
  resumeIfReady(): boolean {
    if (!this.isPaused || this.isClosing) return true;
    if (this.mustPause()) return false;
    this.isPaused = false;
    this.connection.resume();
    // frames that came behind the one that made it pause
    if (this.parser.heldBytesCount > 0) this.data(NO_BYTES);
    return true;
  }

  private pauseIfNeeded(): void {
    if (this.isPaused || this.isClosing || !this.mustPause()) return;
    this.isPaused = true;
    this.connection.pause();
    this.server.paused(this);
  }

  private mustPause(): boolean {
    if (this.awaitsSession || this.connection.unsentBytes > PAUSE_ABOVE_UNSENT_BYTES) return true;
    return this.outstanding > 0 && this.server.isOverloaded;
  }
}

class TooManyLargeRequestsError extends Error {
  constructor(frameBytes: number) {
    super(`there is no room for another request of ${frameBytes} bytes (largeRequestMaxBytes)`);
  }
}

const isClientsFault = (error: unknown): error is Error =>
  error instanceof FrameLengthError || error instanceof ArchiveError || error instanceof TooManyLargeRequestsError;
