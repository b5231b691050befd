/**
 * For tests of the client: a server that only does what the test tells it, in a simulated world. It keeps what clients
 * send, by connection, and sends what it is told to, right or wrong.
 */
import { Buffer } from 'node:buffer';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import type { Connection } from '#00-introduction/world.js';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import { type ConnectRequest, ReplyHeader, RequestHeader, WatcherEvent } from '#05-jute/records/proto.js';
import { EventType, type EventTypeName, KeeperState } from '#06-network-protocol/event-types.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { readConnectRequest, writeConnectResponse } from '#06-network-protocol/handshake.js';
import { type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';

const CLIENT_PORT = 2181;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface SentRequest {
  readonly xid: number;
  readonly type: number;
  readonly body: Buffer;
}

export interface ScriptedServerOptions {
  /** What to do when a client has said who it is. Default: grant what it asks for. */
  readonly onConnect?: (connection: ScriptedConnection, request: ConnectRequest) => void;
  /** What to do with a request that is no ping. Default: nothing. */
  readonly onRequest?: (connection: ScriptedConnection, request: SentRequest) => void;
}

export class ScriptedServer {
  readonly connections: ScriptedConnection[] = [];
  readonly options: ScriptedServerOptions;

  private constructor(options: ScriptedServerOptions) {
    this.options = options;
  }

  static async start(machine: SimulatedMachine, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(options);
    await machine.world.network.listen({ host: '', port: CLIENT_PORT }, (connection) => {
      server.connections.push(new ScriptedConnection(connection, options));
    });
    return server;
  }

  /** The connection of the latest client. */
  get last(): ScriptedConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error('no client has come');
    return connection;
  }
}

export class ScriptedConnection {
  readonly connection: Connection;
  connectRequest: ConnectRequest | null = null;
  connectRequestBytes = 0;
  /** All but pings. */
  readonly requests: SentRequest[] = [];
  pingCount = 0;
  /** How many pieces the client's bytes came in. */
  chunkCount = 0;
  isOpen = true;
  private batch: Buffer[] | null = null;
  private readonly parser = new FrameParser(MAX_FRAME_BYTES);
  private readonly options: ScriptedServerOptions;

  constructor(connection: Connection, options: ScriptedServerOptions) {
    this.connection = connection;
    this.options = options;
    connection.setHandler({
      data: (chunk) => this.receive(chunk),
      closed: () => {
        this.isOpen = false;
      },
    });
  }

  // ------------------------------------------------------------------------------- what it can be told

  /** The answer to the ConnectRequest. */
  grant(
    timeOut: number,
    id: SessionId = sessionId(0x1234n),
    passwd: Buffer = Buffer.alloc(16, 5),
    withByte = true,
  ): void {
    this.sendFrame((archive) => {
      writeConnectResponse(archive, { protocolVersion: 0, timeOut, sessionId: id, passwd, readOnly: false }, withByte);
    });
  }

  /** The answer that says that the session is over. */
  refuse(): void {
    this.grant(0, sessionId(0n), Buffer.alloc(16));
    this.connection.end();
  }

  reply<T>(xid: number, zxidNumber: number, err = 0, record?: RecordType<T>, value?: T): void {
    this.sendFrame((archive) => {
      ReplyHeader.write(archive, { xid, zxid: zxid(BigInt(zxidNumber)), err });
      if (record && value !== undefined) record.write(archive, value);
    });
  }

  event(type: EventTypeName, path: string, zxidNumber = -1): void {
    this.sendFrame((archive) => {
      ReplyHeader.write(archive, { xid: Xid.notification, zxid: zxid(BigInt(zxidNumber)), err: 0 });
      WatcherEvent.write(archive, { type: EventType[type], state: KeeperState.SyncConnected, path });
    });
  }

  sendFrame(write: (archive: BinaryOutputArchive) => void): void {
    const archive = new BinaryOutputArchive();
    archive.writeInt(0);
    write(archive);
    archive.patchInt(0, archive.position - 4);
    this.send(archive.bytes());
  }

  /** Bytes as they are. */
  send(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    if (this.batch) this.batch.push(copy);
    else this.connection.write(copy);
  }

  /** Sends all that is sent during the call in one piece. */
  together(run: () => void): void {
    this.batch = [];
    run();
    const bytes = Buffer.concat(this.batch);
    this.batch = null;
    this.send(bytes);
  }

  // --------------------------------------------------------------------------------------- receiving

  private receive(chunk: Buffer): void {
    const { parser } = this;
    this.chunkCount++;
    parser.push(chunk);
    while (parser.next()) this.receiveFrame(Buffer.from(parser.memory.subarray(parser.start, parser.end)));
    parser.holdRest();
  }

  private receiveFrame(frame: Buffer): void {
    const archive = new BinaryInputArchive(frame, 0, frame.length, MAX_FRAME_BYTES);
    if (!this.connectRequest) {
      this.connectRequestBytes = frame.length;
      this.connectRequest = readConnectRequest(archive).request;
      const { onConnect = (connection, request) => connection.grant(request.timeOut) } = this.options;
      onConnect(this, this.connectRequest);
      return;
    }
    const { xid, type } = RequestHeader.read(archive);
    if (type === OpCode.ping) {
      this.pingCount++;
      this.reply(xid, 0);
      return;
    }
    const request = { xid, type, body: frame.subarray(8) };
    this.requests.push(request);
    this.options.onRequest?.(this, request);
  }
}
