/**
 * Requests and their replies, paired, from a transcript: what clients asked, what they were told, and when.
 *
 * The zxid in a reply says up to which transaction the server had come when it answered; that of a write is the write's
 * own. So from outside, without looking into the server, one can tell the order in which it did everything.
 */
import type { ConnectResponse, ReplyHeader, RequestHeader } from '#05-jute/records/proto.js';
import { hex, type SessionId, type Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { PacketEntry, TranscriptEntry } from '#07-standalone-startup/transcript.js';

export interface Exchange {
  readonly session: SessionId;
  readonly opcode: OpCode;
  readonly isWrite: boolean;
  /** The record of the request, as its type has it; null when it has none. */
  readonly request: object | null;
  /** The same of the reply; null also when it tells an error. */
  readonly reply: object | null;
  readonly error: number;
  readonly zxid: Zxid;
  readonly sentMs: number;
  /** Null: the reply was sent, and has not arrived. */
  readonly answeredMs: number | null;
  /** Both in a line, for messages. */
  readonly text: string;
}

/** A server said what it can't have meant. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

/** Requests that get a transaction of their own, also when they fail. */
const WRITES: ReadonlySet<number> = new Set([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.setData,
  OpCode.setACL,
  OpCode.multi,
  OpCode.closeSession,
]);

/**
 * All requests that a reply was sent to, in the order of the replies. Pings are left out.
 * @throws {WrongAnswer} when a reply answers no request, or not the oldest that has none
 */
export function exchangesOf(entries: readonly TranscriptEntry[]): Exchange[] {
  const exchanges: Exchange[] = [];
  const sessions = new Map<number, SessionId>();
  const waiting = new Map<number, PacketEntry[]>();
  for (const entry of entries) {
    if (entry.kind !== 'packet') continue;
    const { packet, connection } = entry;
    if (packet.kind === 'undecodable') throw new WrongAnswer(`${entry.from} -> ${entry.to}: ${entry.text}`);
    if (packet.kind === 'connectResponse') {
      sessions.set(connection, (packet.details.record as ConnectResponse).sessionId);
      waiting.set(connection, []);
    } else if (isNumbered(packet.details.header)) {
      const requests = waiting.get(connection) as PacketEntry[];
      if (packet.kind === 'request') requests.push(entry);
      else exchanges.push(exchange(requests.shift(), entry, sessions.get(connection) as SessionId));
    }
  }
  return exchanges;
}

/**
 * Checks the order of what was answered: no two writes share a zxid, and who asks after someone else was answered is
 * not told of an earlier state. On a server that is alone this holds for reads too.
 * @throws {WrongAnswer}
 */
export function checkOrder(exchanges: readonly Exchange[]): void {
  const writes = new Map<Zxid, Exchange>();
  for (const exchange of exchanges) {
    if (!exchange.isWrite) continue;
    const other = writes.get(exchange.zxid);
    if (other) throw new WrongAnswer(`one zxid for two writes: ${other.text}; ${exchange.text}`);
    writes.set(exchange.zxid, exchange);
  }
  const bySending = [...exchanges].sort((one, other) => one.sentMs - other.sentMs);
  const byArrival = exchanges.filter(isAnswered).sort((one, other) => one.answeredMs - other.answeredMs);
  let next = 0;
  let newest: Exchange | null = null;
  for (const exchange of bySending) {
    for (let early = byArrival[next]; early && early.answeredMs < exchange.sentMs; early = byArrival[++next]) {
      if (newest === null || early.zxid > newest.zxid) newest = early;
    }
    if (newest === null || exchange.zxid > newest.zxid || (exchange.zxid === newest.zxid && !exchange.isWrite))
      continue;
    throw new WrongAnswer(`asked later, but of an earlier state: ${exchange.text}; answered before: ${newest.text}`);
  }
}

function isAnswered(exchange: Exchange): exchange is Exchange & { readonly answeredMs: number } {
  return exchange.answeredMs !== null;
}

/** Events, pings and the like have negative numbers. */
function isNumbered(header: RequestHeader | ReplyHeader | null): boolean {
  return header !== null && header.xid > 0;
}

function exchange(request: PacketEntry | undefined, reply: PacketEntry, session: SessionId): Exchange {
  const { xid, err, zxid } = reply.packet.details.header as ReplyHeader;
  const asked = request?.packet.details.header as RequestHeader | undefined;
  if (!request || asked?.xid !== xid)
    throw new WrongAnswer(
      `${reply.from} -> ${reply.to}: ${reply.text}, but due was the reply to ${request?.text ?? 'nothing'}`,
    );
  const opcode = asked.type as OpCode;
  return {
    session,
    opcode,
    isWrite: WRITES.has(opcode),
    request: request.packet.details.record,
    reply: reply.packet.details.record,
    error: err,
    zxid,
    sentMs: request.atMs,
    answeredMs: reply.arrivedMs,
    text: `0x${hex(session)} ${request.text} (${request.atMs} ms): ${reply.text} (${reply.arrivedMs} ms)`,
  };
}
