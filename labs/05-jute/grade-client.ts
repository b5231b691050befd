/** A client whose records are those that the learner's compiler has just made. */
import { Buffer } from 'node:buffer';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import { errorCodeName } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, NO_ZXID } from '#06-network-protocol/ids.js';
import { type OpCode, opCodeName } from '#06-network-protocol/opcodes.js';
import { RawPeer } from '../runner/raw-peer.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

/** What the compiler makes of proto.jute, if it is right: what stands in the book. */
export type Proto = typeof import('#05-jute/records/proto.js');

export interface Answer {
  /** `OK`, `NoNode`. */
  readonly outcome: string;
  readonly body: BinaryInputArchive;
}

export class GeneratedClient {
  private readonly attempt: SimulatedAttempt;
  private readonly peer: RawPeer;
  private readonly proto: Proto;
  private lastXid = 0;

  private constructor(attempt: SimulatedAttempt, proto: Proto) {
    this.attempt = attempt;
    this.peer = new RawPeer(attempt, 'client');
    this.proto = proto;
  }

  /** Opens a connection and a session on it. */
  static async open(attempt: SimulatedAttempt, proto: Proto): Promise<GeneratedClient> {
    const client = new GeneratedClient(attempt, proto);
    client.peer.send(
      frameOf((archive) =>
        proto.ConnectRequest.write(archive, {
          protocolVersion: 0,
          lastZxidSeen: NO_ZXID,
          timeOut: 30_000,
          sessionId: NO_SESSION,
          passwd: Buffer.alloc(16),
          readOnly: false,
        }),
      ),
    );
    const response = proto.ConnectResponse.read(new BinaryInputArchive(await client.peer.frame()));
    attempt.equal(response.timeOut, 30_000, 'the time-out in the ConnectResponse');
    attempt.equal(response.passwd?.length, 16, 'the length of the password in the ConnectResponse');
    return client;
  }

  /** Sends one request, and reads the header of its answer. */
  async call<T>(type: OpCode, record: RecordType<T>, value: T): Promise<Answer> {
    return this.send(type, `${record.name}`, (archive) => record.write(archive, value));
  }

  /** @param writeBody what goes behind the header */
  async send(type: OpCode, what: string, writeBody: (archive: BinaryOutputArchive) => void): Promise<Answer> {
    const { RequestHeader, ReplyHeader } = this.proto;
    const xid = ++this.lastXid;
    this.attempt.did(`${opCodeName(type)}, written with ${what}`);
    this.peer.send(
      frameOf((archive) => {
        RequestHeader.write(archive, { xid, type });
        writeBody(archive);
      }),
    );
    const body = new BinaryInputArchive(await this.peer.frame());
    const header = ReplyHeader.read(body);
    this.attempt.equal(header.xid, xid, 'the xid in the ReplyHeader');
    return { outcome: errorCodeName(header.err), body };
  }
}

/** A frame in hex. */
function frameOf(write: (archive: BinaryOutputArchive) => void): string {
  const archive = new BinaryOutputArchive();
  archive.writeInt(0);
  write(archive);
  archive.patchInt(0, archive.position - 4);
  return archive.bytes().toString('hex');
}
