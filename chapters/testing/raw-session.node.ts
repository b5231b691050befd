/**
 * A session on a raw connection: the handshake, requests one at a time or many at once, and the notifications that
 * come between. It sends no pings of its own and forgives nothing: a reply with bytes too few or too many, or with the
 * number of another request, is an error.
 */
import { Buffer } from 'node:buffer';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ConnectRequest, ConnectResponse, ReplyHeader, RequestHeader, WatcherEvent } from '#05-jute/records/proto.js';
import { NO_SESSION, NO_ZXID, type SessionId, type Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import { type OperationName, operations, type RequestOf, type ResponseOf } from '#testing/operations.js';
import { connectRaw, type RawConnection } from '#testing/raw-connection.node.js';

export interface SessionOptions {
  /** What the client asks for, in milliseconds. */
  readonly timeoutMs?: number;
  /** Goes on with an earlier session; needs its password. */
  readonly sessionId?: SessionId;
  readonly password?: Buffer;
  readonly readOnly?: boolean;
  readonly lastZxidSeen?: Zxid;
}

export interface RawReply {
  readonly header: ReplyHeader;
  /** What follows the header. */
  readonly body: BinaryInputArchive;
}

/** The reply to a request of a known kind. */
export interface Answer<Response> {
  readonly err: number;
  readonly zxid: Zxid;
  /** Null when the request failed, or when its kind has nothing to say. */
  readonly response: Response | null;
}

export interface Notification {
  readonly header: ReplyHeader;
  readonly type: number;
  readonly state: number;
  readonly path: string | null;
}

/**
 * Opens a connection and a session on it.
 * @throws {Error} (as a rejection) when the server refuses the session
 */
export async function openSession(port: number, options: SessionOptions = {}): Promise<RawSession> {
  const connection = await connectRaw(port);
  const response = await handshake(connection, options);
  if (response.timeOut <= 0) throw new Error('the server says that the session has expired');
  return new RawSession(connection, response);
}

/** Sends a ConnectRequest and reads the answer, whatever it says. */
export async function handshake(connection: RawConnection, options: SessionOptions = {}): Promise<ConnectResponse> {
  const archive = new BinaryOutputArchive();
  ConnectRequest.write(archive, {
    protocolVersion: 0,
    lastZxidSeen: options.lastZxidSeen ?? NO_ZXID,
    timeOut: options.timeoutMs ?? 10_000,
    sessionId: options.sessionId ?? NO_SESSION,
    passwd: options.password ?? Buffer.alloc(16),
    readOnly: options.readOnly ?? false,
  });
  connection.send(archive.bytes());
  const answer = new BinaryInputArchive(await connection.receive());
  const response = ConnectResponse.read(answer);
  assertAllRead(answer, 'a ConnectResponse');
  return response;
}

export class RawSession implements Disposable {
  readonly connection: RawConnection;
  readonly id: SessionId;
  readonly password: Buffer;
  /** What was agreed on. */
  readonly timeoutMs: number;
  /** What came from the server since the handshake, in its order: `reply 3`, `event /a`. */
  readonly transcript: string[] = [];
  private readonly replies: RawReply[] = [];
  private readonly notifications: Notification[] = [];
  private receiving: Promise<void> | null = null;
  private lastXid = 0;

  constructor(connection: RawConnection, response: ConnectResponse) {
    this.connection = connection;
    this.id = response.sessionId;
    this.password = response.passwd ?? Buffer.alloc(0);
    this.timeoutMs = response.timeOut;
  }

  /** Sends a request and waits for its reply. For several at once use `send` and `reply`. */
  async call<N extends OperationName>(name: N, request: RequestOf<N>): Promise<Answer<ResponseOf<N>>> {
    const xid = this.send(name, request);
    const reply = await this.reply();
    if (reply.header.xid !== xid) throw new Error(`the reply to request ${xid} has the number ${reply.header.xid}`);
    return this.answer(name, reply);
  }

  /** Like `call`, for a request that must succeed. */
  async ok<N extends OperationName>(name: N, request: RequestOf<N>): Promise<NonNullable<ResponseOf<N>>> {
    const { err, response } = await this.call(name, request);
    if (err !== 0) throw new Error(`${name} failed with ${err}`);
    return response as NonNullable<ResponseOf<N>>;
  }

  /**
   * Sends a request and does not wait.
   * @param xid its number; the next one by default
   * @returns the number
   */
  send<N extends OperationName>(name: N, request: RequestOf<N>, xid?: number): number {
    const { code, request: record } = operations[name];
    const body = new BinaryOutputArchive();
    record?.write(body, request as never);
    return this.sendRaw(code, body.bytes(), xid);
  }

  /** Sends any opcode with any body. */
  sendRaw(opcode: number, body: Uint8Array, xid = this.nextXid(opcode)): number {
    const archive = new BinaryOutputArchive();
    RequestHeader.write(archive, { xid, type: opcode });
    archive.writeRaw(body);
    this.connection.send(archive.bytes());
    return xid;
  }

  /** The next reply; notifications that come before it are kept. */
  reply(): Promise<RawReply> {
    return this.receiveUntil(() => this.replies.shift());
  }

  /** Reads the body of a reply that was asked for with `send`. */
  answer<N extends OperationName>(name: N, reply: RawReply): Answer<ResponseOf<N>> {
    const { header, body } = reply;
    const record = operations[name].response;
    const response = header.err === 0 && record ? (record.read(body) as ResponseOf<N>) : null;
    assertAllRead(body, `the reply to ${name} (error ${header.err})`);
    return { err: header.err, zxid: header.zxid, response };
  }

  /** The next notification, whether it has come already or not; replies that come before it are kept. */
  nextNotification(): Promise<Notification> {
    return this.receiveUntil(() => this.notifications.shift());
  }

  /**
   * The notifications that have come up to now: a ping is sent, and what came before its reply is returned. The
   * server sends in order, so what is not there was not sent.
   */
  async notificationsSoFar(): Promise<Notification[]> {
    await this.call('ping', null);
    return this.notifications.splice(0);
  }

  /** Closes the session and waits for the end of the connection. */
  async close(): Promise<void> {
    await this.call('closeSession', null);
    await this.connection.closed;
  }

  /** Drops the connection; the session stays until it expires. */
  [Symbol.dispose](): void {
    this.connection.destroy();
  }

  private nextXid(opcode: number): number {
    if (opcode === OpCode.ping) return Xid.ping;
    if (opcode === OpCode.auth) return Xid.auth;
    this.lastXid++;
    return this.lastXid;
  }

  private async receiveUntil<T>(take: () => T | undefined): Promise<T> {
    for (;;) {
      const taken = take();
      if (taken !== undefined) return taken;
      this.receiving ??= this.receiveOne().finally(() => {
        this.receiving = null;
      });
      await this.receiving;
    }
  }

  private async receiveOne(): Promise<void> {
    const body = new BinaryInputArchive(await this.connection.receive());
    const header = ReplyHeader.read(body);
    if (header.xid !== Xid.notification) {
      this.transcript.push(`reply ${header.xid}`);
      this.replies.push({ header, body });
      return;
    }
    const event = WatcherEvent.read(body);
    assertAllRead(body, 'a notification');
    this.transcript.push(`event ${event.path}`);
    this.notifications.push({ header, ...event });
  }
}

function assertAllRead(archive: BinaryInputArchive, what: string): void {
  if (archive.remainingBytes > 0) throw new Error(`${archive.remainingBytes} bytes are left over after ${what}`);
}
