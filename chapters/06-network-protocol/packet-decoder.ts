/**
 * Reads what a client and a server say to each other, from the bytes that passed in both directions of one connection.
 * A reply does not say what it answers, so the decoder keeps the requests that have none yet.
 *
 * Bytes that make no sense become a packet that says so, never an exception. After a length that can't be, that
 * direction can't be read any further: what follows is left out.
 */
import { Buffer } from 'node:buffer';
import { ArchiveError, BinaryInputArchive } from '#04-serialization/binary-archive.js';
import { ReplyHeader, RequestHeader, WatcherEvent } from '#05-jute/records/proto.js';
import { errorCodeName } from '#06-network-protocol/error-codes.js';
import { FrameLengthError, FrameParser } from '#06-network-protocol/framing.js';
import { readConnectRequest, readConnectResponse } from '#06-network-protocol/handshake.js';
import { MultiTypeError } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { packetRecords } from '#06-network-protocol/packet-records.js';
import {
  connectRequestSummary,
  connectResponseSummary,
  dataText,
  eventSummary,
  replySummary,
  requestSummary,
} from '#06-network-protocol/packet-summary.js';
import { Xid } from '#06-network-protocol/xids.js';

export interface Packet {
  readonly kind:
    | 'connectRequest'
    | 'connectResponse'
    | 'request'
    | 'reply'
    | 'event'
    | 'fourLetterWord'
    | 'fourLetterAnswer'
    | 'undecodable';
  readonly direction: 'toServer' | 'toClient';
  /** One line. */
  readonly summary: string;
  /** Header and record as plain objects, by their names; null when there are none. */
  readonly details: { readonly header: RequestHeader | ReplyHeader | null; readonly record: object | null };
  /** On the wire: with the length, for a frame. */
  readonly sizeBytes: number;
}

/** Larger than any frame that a server takes unless it was told otherwise. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** So many requests without a reply are remembered. */
const MAX_PENDING = 100_000;

const LENGTH_BYTES = 4;

export class PacketDecoder {
  private readonly client: Direction;
  private readonly server: Direction;
  private readonly pending: RequestHeader[] = [];
  /** The first bytes of the client, until they are enough to tell a word from a frame. */
  private start: Buffer | null = Buffer.alloc(0);
  private speaksWords = false;

  constructor() {
    this.client = new Direction('toServer', readFirstRequest, (archive, sizeBytes) =>
      this.readRequest(archive, sizeBytes),
    );
    this.server = new Direction('toClient', readFirstReply, (archive, sizeBytes) => this.readReply(archive, sizeBytes));
  }

  /** Bytes that a client sent. The chunk is not kept. */
  feedClientBytes(chunk: Buffer): Packet[] {
    if (this.speaksWords) return [];
    if (this.start === null) return this.client.feed(chunk);
    const bytes = Buffer.concat([this.start, chunk]);
    if (bytes.length < LENGTH_BYTES) {
      this.start = bytes;
      return [];
    }
    this.start = null;
    const word = bytes.toString('latin1', 0, LENGTH_BYTES);
    if (!/^[a-z]{4}$/.test(word)) return this.client.feed(bytes);
    this.speaksWords = true;
    return [textPacket('fourLetterWord', 'toServer', word, bytes.length)];
  }

  /** Bytes that a server sent, after those of the client that they answer. The chunk is not kept. */
  feedServerBytes(chunk: Buffer): Packet[] {
    if (!this.speaksWords) return this.server.feed(chunk);
    return [textPacket('fourLetterAnswer', 'toClient', `answer ${dataText(chunk)}`, chunk.length)];
  }

  private readRequest(archive: BinaryInputArchive, sizeBytes: number): Packet {
    const header = RequestHeader.read(archive);
    if (header.type !== OpCode.ping && header.type !== OpCode.auth) {
      this.pending.push(header);
      if (this.pending.length > MAX_PENDING) this.pending.shift();
    }
    const records = packetRecords(header.type);
    const record = records?.readRequest?.(archive) ?? null;
    const summary = requestSummary(header.type, record);
    if (!records) return undecodable('toServer', `${summary} is no request`, sizeBytes);
    return { kind: 'request', direction: 'toServer', summary, details: { header, record }, sizeBytes };
  }

  private readReply(archive: BinaryInputArchive, sizeBytes: number): Packet {
    const header = ReplyHeader.read(archive);
    if (header.xid === Xid.notification) {
      const event = WatcherEvent.read(archive);
      const details = { header, record: event };
      return { kind: 'event', direction: 'toClient', summary: eventSummary(event), details, sizeBytes };
    }
    if (header.xid === Xid.ping || header.xid === Xid.auth) {
      const result = header.err === 0 ? '' : ` ${errorCodeName(header.err)}`;
      const summary = `${header.xid === Xid.ping ? 'pong' : 'auth reply'}${result}`;
      return { kind: 'reply', direction: 'toClient', summary, details: { header, record: null }, sizeBytes };
    }
    const request = this.takeRequest(header.xid);
    if (!request) return undecodable('toClient', `reply #${header.xid} to no request`, sizeBytes);
    const record = header.err === 0 ? (packetRecords(request.type)?.readReply?.(archive) ?? null) : null;
    const summary = replySummary(header, request.type, record);
    return { kind: 'reply', direction: 'toClient', summary, details: { header, record }, sizeBytes };
  }

  /** Replies come in order, so the oldest is meant. If it is not, those before it have lost theirs. */
  private takeRequest(xid: number): RequestHeader | undefined {
    const index = this.pending.findIndex((header) => header.xid === xid);
    return index === -1 ? undefined : this.pending.splice(0, index + 1).at(-1);
  }
}

type ReadFrame = (archive: BinaryInputArchive, sizeBytes: number) => Packet;

/** The frames of one direction; the first is of another form than the rest. */
class Direction {
  private readonly direction: Packet['direction'];
  private readonly readRest: ReadFrame;
  private readonly parser = new FrameParser(MAX_FRAME_BYTES);
  private readNext: ReadFrame;
  private isBroken = false;

  constructor(direction: Packet['direction'], readFirst: ReadFrame, readRest: ReadFrame) {
    this.direction = direction;
    this.readNext = readFirst;
    this.readRest = readRest;
  }

  feed(chunk: Buffer): Packet[] {
    if (this.isBroken) return [];
    const packets: Packet[] = [];
    const { parser } = this;
    parser.push(chunk);
    try {
      while (parser.next()) packets.push(this.read(parser.memory, parser.start, parser.end));
      parser.holdRest();
    } catch (error) {
      if (!(error instanceof FrameLengthError)) throw error;
      this.isBroken = true;
      packets.push(undecodable(this.direction, error.message, chunk.length));
    }
    return packets;
  }

  private read(memory: Buffer, start: number, end: number): Packet {
    const sizeBytes = LENGTH_BYTES + end - start;
    const archive = new BinaryInputArchive(memory, start, end, MAX_FRAME_BYTES);
    const read = this.readNext;
    this.readNext = this.readRest;
    try {
      const packet = onOneLine(read(archive, sizeBytes));
      if (archive.remainingBytes === 0 || packet.kind === 'undecodable') return packet;
      return undecodable(this.direction, `${packet.summary}: ${archive.remainingBytes} bytes too many`, sizeBytes);
    } catch (error) {
      if (!(error instanceof ArchiveError || error instanceof MultiTypeError)) throw error;
      return undecodable(this.direction, error.message, sizeBytes);
    }
  }
}

function readFirstRequest(archive: BinaryInputArchive, sizeBytes: number): Packet {
  const { request } = readConnectRequest(archive);
  const details = { header: null, record: request };
  const summary = connectRequestSummary(request);
  return { kind: 'connectRequest', direction: 'toServer', summary, details, sizeBytes };
}

function readFirstReply(archive: BinaryInputArchive, sizeBytes: number): Packet {
  const response = readConnectResponse(archive);
  const details = { header: null, record: response };
  const summary = connectResponseSummary(response);
  return { kind: 'connectResponse', direction: 'toClient', summary, details, sizeBytes };
}

/** A path may hold anything, if it comes from someone who means no good. */
function onOneLine(packet: Packet): Packet {
  if (!/\p{Cc}/u.test(packet.summary)) return packet;
  const escaped = (character: string) => JSON.stringify(character).slice(1, -1);
  return { ...packet, summary: packet.summary.replace(/\p{Cc}/gu, escaped) };
}

function textPacket(kind: Packet['kind'], direction: Packet['direction'], summary: string, sizeBytes: number): Packet {
  return { kind, direction, summary, details: { header: null, record: null }, sizeBytes };
}

function undecodable(direction: Packet['direction'], reason: string, sizeBytes: number): Packet {
  return textPacket('undecodable', direction, `undecodable: ${reason}`, sizeBytes);
}
