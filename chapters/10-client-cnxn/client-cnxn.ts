/**
 * A session as the client sees it. It outlives connections: when one breaks, the next server is asked to go on with the
 * same session, and the watches are set again.
 *
 *     waiting -> connecting -> associating -> connected
 *        ^___________|______________|_____________|         from each of them: expired, closed, authFailed
 *
 * Invariants: replies come in the order of the requests, or the connection is given up; a request whose connection
 * breaks fails with ConnectionLoss, sent or not, since nobody knows whether it was carried out; results and events
 * reach the program in the order in which they came; nothing happens after `expired`, `closed` or `authFailed`.
 */
import { Buffer } from 'node:buffer';
import { addressText } from '#00-introduction/network-error.js';
import { type Address, NetworkError, type Timer, type World } from '#00-introduction/world.js';
import type { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import {
  AuthPacket,
  ConnectRequest,
  type ConnectResponse,
  ReplyHeader,
  RequestHeader,
  WatcherEvent,
} from '#05-jute/records/proto.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { eventTypeName, type KeeperStateName } from '#06-network-protocol/event-types.js';
import { readConnectResponse, SESSION_PASSWORD_BYTES } from '#06-network-protocol/handshake.js';
import { hex, NO_SESSION, NO_ZXID, type SessionId, type Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import { Chroot } from '#10-client-cnxn/chroot.js';
import type { AuthInfo, ClientCnxnOptions, SessionHandover } from '#10-client-cnxn/client-cnxn-options.js';
import { ClientCnxnSocket, type FrameWriter } from '#10-client-cnxn/client-cnxn-socket.js';
import { ProtocolError } from '#10-client-cnxn/client-errors.js';
import { type ClientRequest, Packet } from '#10-client-cnxn/client-request.js';
import { ClientWatchRegistry } from '#10-client-cnxn/client-watch-registry.js';
import { DeliveryQueue } from '#10-client-cnxn/delivery-queue.js';
import { Fifo } from '#10-client-cnxn/fifo.js';
import { Heartbeat } from '#10-client-cnxn/heartbeat.js';
import { HostProvider } from '#10-client-cnxn/host-provider.js';
import { setWatchesBatches } from '#10-client-cnxn/set-watches-batches.js';

type State =
  /** Between two attempts. */
  | { readonly kind: 'waiting'; readonly timer: Timer }
  /** For TCP. */
  | { readonly kind: 'connecting'; readonly socket: ClientCnxnSocket; readonly timer: Timer }
  /** The ConnectRequest is sent. */
  | { readonly kind: 'associating'; readonly socket: ClientCnxnSocket; readonly timer: Timer }
  | {
      readonly kind: 'connected';
      readonly socket: ClientCnxnSocket;
      readonly timer: Heartbeat;
      readonly readOnly: boolean;
    }
  | { readonly kind: EndState };

type EndState = 'expired' | 'closed' | 'authFailed';

/** @apache ClientCnxn */
export class ClientCnxn {
  readonly chroot: Chroot;
  readonly watches: ClientWatchRegistry;
  /** Why the last connection, or attempt at one, came to its end. */
  lastFailure: Error | null = null;
  private readonly world: World;
  private readonly options: ClientCnxnOptions;
  private readonly hosts: HostProvider;
  private readonly deliveries: DeliveryQueue;
  /** Not sent yet. */
  private readonly outgoing = new Fifo<Packet>();
  /** Sent, without a reply. */
  private readonly pending = new Fifo<Packet>();
  private readonly authInfos: AuthInfo[];
  private state: State;
  private session: SessionHandover;
  private negotiatedTimeoutMs: number;
  private lastZxidSeen: Zxid = NO_ZXID;
  private xid = 0;
  private lastHeardMs: number;
  private hasReachedServer = false;
  private expiryTimer: Timer | null = null;
  private toldState: KeeperStateName = 'Disconnected';
  private closing: { readonly done: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(world: World, options: ClientCnxnOptions) {
    this.world = world;
    this.options = options;
    this.chroot = new Chroot(options.chroot);
    this.watches = new ClientWatchRegistry(options.defaultWatcher);
    this.hosts = new HostProvider(options.addresses, world.random);
    this.deliveries = new DeliveryQueue(world.clock, world.log);
    this.authInfos = [...options.authInfos];
    this.session = options.session ?? { id: NO_SESSION, password: Buffer.alloc(SESSION_PASSWORD_BYTES) };
    this.negotiatedTimeoutMs = options.sessionTimeoutMs;
    this.lastHeardMs = world.clock.monotonicMs();
    this.watchForExpiry();
    this.state = this.tryNextServer();
  }

  // ------------------------------------------------------------------------------------- for the API

  get sessionId(): SessionId {
    return this.session.id;
  }

  get sessionPassword(): Buffer {
    return Buffer.from(this.session.password);
  }

  get sessionTimeoutMs(): number {
    return this.negotiatedTimeoutMs;
  }

  get keeperState(): KeeperStateName {
    if (this.state.kind === 'connected') return this.state.readOnly ? 'ConnectedReadOnly' : 'SyncConnected';
    return isEnd(this.state) ? endStates[this.state.kind].keeperState : 'Disconnected';
  }

  /**
   * Sends a request, as soon as there is a connection.
   * @throws {KeeperException} (as a rejection) the server's error, ConnectionLoss, SessionExpired or AuthFailed
   */
  submit<T>(request: ClientRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const packet = new Packet(request, resolve, reject) as Packet;
      if (isEnd(this.state)) this.finish(packet, endStates[this.state.kind].errorCode);
      else if (this.closing) this.finish(packet, ErrorCode.SessionExpired);
      else this.enqueue(packet);
    });
  }

  /** Tells this server, and each later one, who the client is. */
  addAuthInfo(info: AuthInfo): void {
    this.authInfos.push(info);
    if (this.state.kind === 'connected') this.state.socket.send(authFrame(info));
  }

  /** Ends the session, on the server too if there is a connection to it. Never fails. */
  close(): Promise<void> {
    if (isEnd(this.state)) return this.closing?.done ?? Promise.resolve();
    if (this.closing) return this.closing.done;
    const { promise: done, resolve } = deferred();
    this.closing = { done, resolve };
    if (this.state.kind === 'waiting' || this.state.kind === 'connecting') this.end('closed');
    else this.enqueue(new Packet({ type: OpCode.closeSession, readReply: nothing }, ignore, ignore) as Packet);
    return done;
  }

  // ------------------------------------------------------------------------------ finding a server

  private tryNextServer(): State {
    const { address, startsNewRound } = this.hosts.next();
    const { retryDelayMs } = this.options;
    const roundDelayMs = startsNewRound ? retryDelayMs : 0;
    // At random, lest all clients of a server that went down come to the next one at the same moment.
    const delayMs = roundDelayMs + (this.hasReachedServer ? this.world.random.integer(retryDelayMs + 1) : 0);
    const open = () => {
      this.state = this.open(address);
    };
    return delayMs === 0 ? this.open(address) : { kind: 'waiting', timer: this.world.clock.schedule(delayMs, open) };
  }

  private open(address: Address): State {
    const socket: ClientCnxnSocket = new ClientCnxnSocket(this.world, address, this.options.maxFrameBytes, {
      opened: () => this.associate(socket),
      frame: (archive) => this.receiveFrame(socket, archive),
      drained: () => this.sendOutgoing(),
      lost: (reason) => this.loseConnection(socket, reason),
    });
    return { kind: 'connecting', socket, timer: this.limitConnecting(socket) };
  }

  private limitConnecting(socket: ClientCnxnSocket): Timer {
    const limitMs = Math.ceil(this.negotiatedTimeoutMs / this.hosts.size);
    return this.world.clock.schedule(limitMs, () => socket.fail(new Error(`no answer within ${limitMs} ms`)));
  }

  /** TCP is there: says who we are. Nothing else is sent before the answer, which may be that the session is over. */
  private associate(socket: ClientCnxnSocket): void {
    this.stopTimer();
    this.hasReachedServer = true;
    const request: ConnectRequest = {
      protocolVersion: 0,
      lastZxidSeen: this.lastZxidSeen,
      timeOut: this.options.sessionTimeoutMs,
      sessionId: this.session.id,
      passwd: this.session.password,
      readOnly: false,
    };
    socket.send({ writeFrame: (archive) => ConnectRequest.write(archive, request) });
    this.state = { kind: 'associating', socket, timer: this.limitConnecting(socket) };
  }

  private establish(socket: ClientCnxnSocket, response: ConnectResponse): void {
    this.stopTimer();
    if (response.timeOut <= 0) {
      this.expire('the server says that it is over');
      return;
    }
    this.expiryTimer?.cancel();
    this.session = { id: response.sessionId, password: response.passwd ?? Buffer.alloc(SESSION_PASSWORD_BYTES) };
    this.negotiatedTimeoutMs = response.timeOut;
    this.hosts.onConnected();
    const { readOnly } = response;
    this.state = {
      kind: 'connected',
      socket,
      readOnly,
      timer: new Heartbeat(this.world.clock, socket, response.timeOut),
    };
    this.world.log.info(
      `session 0x${hex(this.session.id)} is connected to ${addressText(socket.address)}, time-out ${response.timeOut} ms`,
    );
    for (const info of this.authInfos) socket.send(authFrame(info));
    for (const batch of setWatchesBatches(this.watches, this.lastZxidSeen, this.chroot)) {
      this.transmit(socket, new Packet({ ...batch, readReply: nothing }, ignore, ignore) as Packet);
    }
    this.sendOutgoing();
    this.changeState(readOnly ? 'ConnectedReadOnly' : 'SyncConnected');
  }

  // ---------------------------------------------------------------------------------------- sending

  private enqueue(packet: Packet): void {
    this.outgoing.push(packet);
    this.sendOutgoing();
  }

  private sendOutgoing(): void {
    if (this.state.kind !== 'connected') return;
    const { socket } = this.state;
    while (this.outgoing.length > 0 && !socket.isCongested) this.transmit(socket, this.outgoing.shift() as Packet);
  }

  private transmit(socket: ClientCnxnSocket, packet: Packet): void {
    this.xid = nextXid(this.xid);
    packet.xid = this.xid;
    try {
      socket.send(packet);
    } catch (error) {
      // Only what the caller gave can be the reason: a number that is none, say. The others go on.
      packet.fail(error instanceof Error ? error : new Error(String(error)));
      this.deliveries.settle(packet);
      return;
    }
    this.pending.push(packet);
  }

  // -------------------------------------------------------------------------------------- receiving

  private receiveFrame(socket: ClientCnxnSocket, archive: BinaryInputArchive): void {
    if (this.state.kind === 'associating') {
      this.establish(socket, readConnectResponse(archive));
      return;
    }
    const header = ReplyHeader.read(archive);
    switch (header.xid) {
      case Xid.ping:
        return;
      case Xid.auth:
        if (header.err !== ErrorCode.OK) this.end('authFailed');
        return;
      case Xid.notification:
        this.receiveEvent(WatcherEvent.read(archive));
        return;
      default:
        this.receiveReply(header, archive);
    }
  }

  private receiveReply(header: ReplyHeader, archive: BinaryInputArchive): void {
    const packet = this.pending.peek();
    if (packet?.xid !== header.xid) {
      const expected = packet ? `number ${packet.xid} is due` : 'no request waits for one';
      throw new ProtocolError(`a reply with the number ${header.xid} came, but ${expected}`);
    }
    packet.receive(header.err, archive, this.watches);
    if (header.zxid > NO_ZXID) this.lastZxidSeen = header.zxid;
    this.pending.shift();
    this.deliveries.settle(packet);
    if (packet.request.type === OpCode.closeSession) this.end('closed');
  }

  private receiveEvent(event: WatcherEvent): void {
    const type = eventTypeName(event.type);
    if (type === undefined || type === 'None' || event.path === null) {
      throw new ProtocolError(`an event of type ${event.type} came, which no server sends`);
    }
    const path = this.chroot.toClient(event.path);
    this.deliveries.tell({ type, state: 'SyncConnected', path }, this.watches.materialize(type, path));
  }

  // ------------------------------------------------------------------------------------------ ends

  private loseConnection(socket: ClientCnxnSocket, reason: Error): void {
    // The network's errors name the server already.
    const named = reason instanceof NetworkError;
    this.lastFailure = named ? reason : new Error(`${addressText(socket.address)}: ${reason.message}`);
    this.stopTimer();
    if (!this.closing) this.world.log.warn(`session 0x${hex(this.session.id)}: ${this.lastFailure.message}`);
    if (this.state.kind === 'connected') {
      this.lastHeardMs = socket.lastHeardMs;
      this.watchForExpiry();
    }
    this.failAll(ErrorCode.ConnectionLoss);
    if (this.closing) {
      this.end('closed');
    } else {
      this.state = this.tryNextServer();
      this.changeState('Disconnected');
    }
  }

  /** Without a word for a third longer than the time-out: the ensemble has given the session up, whoever could ask it. */
  private watchForExpiry(): void {
    if (this.session.id === NO_SESSION) return;
    const dueMs = this.lastHeardMs + Math.floor((this.negotiatedTimeoutMs * 4) / 3);
    const delayMs = Math.max(0, dueMs - this.world.clock.monotonicMs());
    this.expiryTimer?.cancel();
    this.expiryTimer = this.world.clock.schedule(delayMs, () => this.expire('no server was reached in time'));
  }

  private expire(why: string): void {
    this.world.log.warn(`session 0x${hex(this.session.id)} has expired: ${why}`);
    this.end(this.closing ? 'closed' : 'expired');
  }

  private end(kind: EndState): void {
    this.stopTimer();
    this.expiryTimer?.cancel();
    if ('socket' in this.state) this.state.socket.close();
    this.state = { kind };
    this.failAll(endStates[kind].errorCode);
    this.changeState(endStates[kind].keeperState);
    this.closing?.resolve();
  }

  private failAll(code: ErrorCode): void {
    for (const queue of [this.pending, this.outgoing]) {
      for (let packet = queue.shift(); packet; packet = queue.shift()) this.finish(packet, code);
    }
  }

  private finish(packet: Packet, code: ErrorCode): void {
    packet.fail(new KeeperException(code, packet.request.path));
    this.deliveries.settle(packet);
  }

  private changeState(state: KeeperStateName): void {
    if (this.toldState === state) return;
    this.toldState = state;
    this.deliveries.tell({ type: 'None', state, path: null }, this.watches.all());
    this.options.onStateChange?.(state);
  }

  private stopTimer(): void {
    if ('timer' in this.state) this.state.timer.cancel();
  }
}

/** Apache's numbers: from 1, and from 1 again before the last that an int can hold. Below 1 they mean other things. */
export function nextXid(xid: number): number {
  return xid >= 2 ** 31 - 2 ? 1 : xid + 1;
}

const endStates: Readonly<Record<EndState, { keeperState: KeeperStateName; errorCode: ErrorCode }>> = {
  expired: { keeperState: 'Expired', errorCode: ErrorCode.SessionExpired },
  // As in Apache's client: after its end, a session is as good as expired.
  closed: { keeperState: 'Closed', errorCode: ErrorCode.SessionExpired },
  authFailed: { keeperState: 'AuthFailed', errorCode: ErrorCode.AuthFailed },
};

function isEnd(state: State): state is Extract<State, { kind: EndState }> {
  return state.kind in endStates;
}

function authFrame({ scheme, auth }: AuthInfo): FrameWriter {
  return {
    writeFrame(archive) {
      RequestHeader.write(archive, { xid: Xid.auth, type: OpCode.auth });
      AuthPacket.write(archive, { type: 0, scheme, auth: Buffer.from(auth as string) });
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = ignore;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const nothing = (): void => {};
const ignore = (): void => {};
