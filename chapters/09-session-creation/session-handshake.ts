/**
 * How a session begins, and how it goes on over another connection: the numbers and passwords of sessions, what a server
 * decides about a client that connects, and what it answers.
 *
 *     ConnectRequest → decideHandshake → ask elsewhere   the connection is closed without a word
 *                                      → expired         an answer that says so, then the connection is closed
 *                                      → new             a transaction, and when it is durable, the answer
 *                                      → resumed         the answer
 *
 * Invariants: no two sessions have the same number, whichever servers made them and however their clocks were set; a
 * client that is told that its session is over will never find it alive.
 *
 * @apache server.ZooKeeperServer#processConnectRequest
 */
import { Buffer } from 'node:buffer';
import type { ConnectRequest, ConnectResponse } from '#05-jute/records/proto.js';
import { SESSION_PASSWORD_BYTES } from '#06-network-protocol/handshake.js';
import { NO_SESSION, type SessionId, sessionId, type Zxid } from '#06-network-protocol/ids.js';

// ------------------------------------------------------------------------------- the number of a session

/** The number that marks a container node as its owner. No session may have it. */
const RESERVED_FOR_CONTAINERS = -0x8000000000000000n;

/**
 * The number of the first session that a server makes: 8 bits with the server's id at the top, 40 bits with the time of
 * its start below them, and 16 zeros to count in. It is a signed number of 64 bits.
 *
 * Two numbers are never given, and the next one is taken instead: `NO_SESSION` and `RESERVED_FOR_CONTAINERS`.
 * @param startMs milliseconds since 1970; of what is before the point, the low 40 bits are used
 * @param serverId 0 to 255
 * @apache server.SessionTrackerImpl#initializeNextSessionId
 * @lab 09.1
 */
export function firstSessionId(startMs: number, serverId: number): SessionId {
  const time = BigInt.asUintN(40, BigInt(Math.trunc(startMs))) << 16n;
  return notReserved(BigInt.asIntN(64, time | (BigInt(serverId) << 56n)));
}

/**
 * The number after this one. The top byte is still the server's id, even where the 56 bits below it are all used up and
 * begin again with 0. The two numbers that are never given are passed over.
 * @lab 09.1
 */
export function nextSessionId(id: SessionId): SessionId {
  return notReserved(id - belowServerId(id) + belowServerId(id + 1n));
}

/**
 * The server that made the session: 0 to 255.
 * @lab 09.1
 */
export function serverIdOf(id: SessionId): number {
  return Number(BigInt.asUintN(8, id >> 56n));
}

/** @lab 09.1 helper */
const belowServerId = (id: bigint): bigint => BigInt.asUintN(56, id);

/** @lab 09.1 helper */
const notReserved = (id: bigint): SessionId =>
  sessionId(id === RESERVED_FOR_CONTAINERS || id === NO_SESSION ? id + 1n : id);

/** What a server finds in its data when it starts. */
export interface SessionHistory {
  /** The sessions that are open, by number, with their time-outs. In the data of an ensemble, those of other servers, too. */
  readonly sessionTimeoutsMs: ReadonlyMap<SessionId, number>;
  /** The largest number that each server is known to have given, by the server's id; its session may be closed. */
  readonly lastSessions: ReadonlyMap<number, SessionId>;
  /** The time of the youngest transaction, milliseconds since 1970; 0 when there is none. */
  readonly lastTimeMs: number;
}

/**
 * The number of the first session after a start. A clock may have been set back since the last one, so the data are asked,
 * too: the number is that of the present, or of the first millisecond after the youngest transaction, if that is later.
 * And it is larger than all that this server is known to have given, to sessions that are open or closed.
 *
 * The numbers of other servers do not matter. There may be as many as there are clients in the ensemble.
 * @param nowMs milliseconds since 1970
 * @param serverId 0 to 255
 * @lab 09.2
 */
export function firstSessionIdAfter(history: SessionHistory, nowMs: number, serverId: number): SessionId {
  let first = firstSessionId(Math.max(nowMs, history.lastTimeMs + 1), serverId);
  const last = history.lastSessions.get(serverId);
  if (last !== undefined && last >= first) first = nextSessionId(last);
  for (const id of history.sessionTimeoutsMs.keys()) {
    if (serverIdOf(id) === serverId && id >= first) first = nextSessionId(id);
  }
  return first;
}

// ----------------------------------------------------------------------------- the password of a session

/** Every server mixes this into the seed. It is no secret: it stands in Apache ZooKeeper's source, too. */
const SESSION_SALT = 0xb3415c00n;

// The linear congruential generator of java.util.Random, as its documentation gives it.
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const STATE_BITS = 48;

/**
 * A session's password, 16 bytes. It is computed from the session's number, so that every server knows it without being
 * told. It keeps clients from taking over each other's sessions by accident, not by intent: who knows the number can
 * compute it.
 *
 * It is what Java's `java.util.Random` gives as its first four numbers when its seed is the session's number, xor
 * `SESSION_SALT`. That generator has a state of `STATE_BITS` bits. In the beginning the state is the seed, xor
 * `MULTIPLIER`, cut to its low bits. For each number the state becomes state × `MULTIPLIER` + `INCREMENT`, cut again, and
 * the number is the upper 32 of its 48 bits. Of each number the lowest byte comes first.
 * @apache server.ZooKeeperServer#generatePasswd
 * @lab 09.3
 */
export function sessionPassword(id: SessionId): Buffer {
  const password = Buffer.alloc(SESSION_PASSWORD_BYTES);
  let state = BigInt.asUintN(STATE_BITS, id ^ SESSION_SALT ^ MULTIPLIER);
  for (let at = 0; at < SESSION_PASSWORD_BYTES; at += 4) {
    state = BigInt.asUintN(STATE_BITS, state * MULTIPLIER + INCREMENT);
    password.writeUInt32LE(Number(state >> 16n), at);
  }
  return password;
}

/**
 * Whether this is the password of that session, the whole of it and nothing else. Session 0, which means "none", has no
 * password.
 * @param password as a client sent it: of any length, and null when it sent none
 * @lab 09.3
 */
export function isSessionPassword(id: SessionId, password: Buffer | null): boolean {
  return id !== NO_SESSION && password !== null && sessionPassword(id).equals(password);
}

// ------------------------------------------------------------------------------------------ the decision

/** What the decision needs of a session. */
export interface KnownSession {
  /** Its end is decided, though not durable yet. */
  readonly isClosing: boolean;
}

/** What the decision needs of the server. */
export interface HandshakeServer<S extends KnownSession> {
  /** The newest transaction that this server has applied. */
  readonly lastZxid: Zxid;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** It has lost the other servers, and answers reads from what it knows. */
  readonly isReadOnly: boolean;
  /** @returns undefined: this server knows of no such session */
  session(id: SessionId): S | undefined;
}

/** Why a client has to try another server. */
export type ElsewhereReason = 'server is behind' | 'server is read-only';

export type HandshakeDecision<S extends KnownSession> =
  /** This server can't say: the client has to try another one. */
  | { readonly kind: 'ask elsewhere'; readonly because: ElsewhereReason }
  /** The session that the client wants back is over, or it is not the client's. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'new'; readonly timeoutMs: number }
  | { readonly kind: 'resumed'; readonly session: S; readonly timeoutMs: number };

/**
 * The time-out that a session gets: what its client asks for, but not less than the server's least, nor more than its
 * most. Anything may be asked for, 0 and negative numbers as well.
 * @lab 09.4
 */
export function negotiatedTimeoutMs(
  askedMs: number,
  { minSessionTimeoutMs, maxSessionTimeoutMs }: Pick<HandshakeServer<never>, `${'min' | 'max'}SessionTimeoutMs`>,
): number {
  return Math.min(Math.max(askedMs, minSessionTimeoutMs), maxSessionTimeoutMs);
}

/**
 * What becomes of a client that connects. Nothing is changed by the decision.
 *
 * 1. A server that is read-only takes only clients that say they are content with that (`request.readOnly`), and gives
 *    back no session: only the servers that it has lost know whether that is still open.
 * 2. A server that has not applied a transaction that the client has seen sends it away. The client would see the past.
 *    And it may come with a session of which this server has not heard yet, or whose end it knows only by mistake.
 * 3. A client that comes without a session gets a new one.
 * 4. A client that wants a session back gets it, with the time-out that it asks for now, if the server knows the session,
 *    it is not closing, and the password is right. To all others the session is over.
 *
 * @param request as the client sent it: any number may be in it
 * @lab 09.4
 */
export function decideHandshake<S extends KnownSession>(
  request: ConnectRequest,
  server: HandshakeServer<S>,
): HandshakeDecision<S> {
  const wantsBack = request.sessionId !== NO_SESSION;
  if (server.isReadOnly && (!request.readOnly || wantsBack)) {
    return { kind: 'ask elsewhere', because: 'server is read-only' };
  }
  if (request.lastZxidSeen > server.lastZxid) return { kind: 'ask elsewhere', because: 'server is behind' };
  const timeoutMs = negotiatedTimeoutMs(request.timeOut, server);
  if (!wantsBack) return { kind: 'new', timeoutMs };
  const session = server.session(request.sessionId);
  const isTheirs = isSessionPassword(request.sessionId, request.passwd);
  if (!session || session.isClosing || !isTheirs) return { kind: 'expired' };
  return { kind: 'resumed', session, timeoutMs };
}

// -------------------------------------------------------------------------------------------- the answer

/**
 * What the client is told, unless it is sent elsewhere: that is done without an answer. The version of the protocol is
 * 0. The session's number is given with its password and its time-out. For a session that is over all of them are zeros,
 * 16 of them in place of the password: by a time-out of 0 the client knows.
 * @param session the new or resumed session; null: it has expired
 * @param isReadOnly whether this server only answers reads
 * @apache server.ZooKeeperServer#finishSessionInit
 * @lab 09.5
 */
export function connectResponse(
  session: { readonly id: SessionId; readonly timeoutMs: number } | null,
  isReadOnly: boolean,
): ConnectResponse {
  const protocolVersion = 0;
  if (session === null) {
    const passwd = Buffer.alloc(SESSION_PASSWORD_BYTES);
    return { protocolVersion, timeOut: 0, sessionId: NO_SESSION, passwd, readOnly: isReadOnly };
  }
  const { id, timeoutMs } = session;
  return { protocolVersion, timeOut: timeoutMs, sessionId: id, passwd: sessionPassword(id), readOnly: isReadOnly };
}
