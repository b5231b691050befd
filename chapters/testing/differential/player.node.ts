/**
 * Plays a sequence on one server. After each step it waits until all that comes of it has come: the replies, and, since a
 * server sends in order, on every other connection what came before the reply to a ping. So whatever is seen belongs to
 * the step, and the order of events and replies is that of the server.
 */
import { Buffer } from 'node:buffer';
import { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import { ReplyHeader, WatcherEvent } from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { type SessionId, type Zxid, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import { type Observation, toFields, toValue } from '#testing/differential/observation.js';
import {
  encodeRequest,
  isQuiet,
  type RequestPart,
  requestPart,
  resolveBody,
  type Slot,
  type Step,
} from '#testing/differential/step.js';
import { operations } from '#testing/operations.js';
import { ConnectionClosedError, connectRaw, type RawConnection } from '#testing/raw-connection.node.js';
import { handshake, type RawSession, type SessionOptions } from '#testing/raw-session.node.js';
import { readTree } from '#testing/tree-image.js';

/** A session that is about to expire waits so long at most, and a tick. The server must be given short ticks. */
const SHORT_TIMEOUT_MS = 200;
const MARKER = '~/about to expire';
/** Far more than a run has. */
const TOO_MUCH = 1_000_000n;

interface PlayedSession {
  id: SessionId;
  password: Buffer;
  lastZxidSeen: Zxid;
  connection: RawConnection | null;
  lastXid: number;
}

export class Player implements AsyncDisposable {
  /** What the server had done before the sequence began. */
  readonly baseZxid: Zxid;
  private readonly port: number;
  private readonly root: string;
  private readonly admin: RawSession;
  private readonly sessions = new Map<Slot, PlayedSession>();

  private constructor(port: number, root: string, admin: RawSession, baseZxid: Zxid) {
    this.port = port;
    this.root = root;
    this.admin = admin;
    this.baseZxid = baseZxid;
  }

  /**
   * @param root the sequence's node, `/name`, which nobody has used before
   * @param admin a session that may read everything; it writes nothing
   */
  static async start(port: number, root: string, admin: RawSession): Promise<Player> {
    return new Player(port, root, admin, (await admin.call('ping', null)).zxid);
  }

  /** @returns what every client sees of it; nothing when the step makes no sense, such as a request without a session */
  async play(step: Step): Promise<Observation[]> {
    const observations = await this.perform(step);
    if (isQuiet(step)) return observations;
    const slots = [...this.sessions.keys()];
    const seen = await Promise.all(slots.map((slot) => this.exchange(slot, [requestPart('ping', null)])));
    return [...observations, ...seen.flat()];
  }

  /** Ends every session, with what is seen of that, and reads what is left of the tree. */
  async finish(): Promise<Observation[]> {
    const observations = [await this.tree()];
    for (const [slot, { connection, id: sessionId, password, lastZxidSeen }] of [...this.sessions]) {
      const options = { timeoutMs: SHORT_TIMEOUT_MS, sessionId, password, lastZxidSeen };
      if (connection === null) observations.push(...(await this.connect(slot, options)));
      const requests = [requestPart('closeSession', null)];
      observations.push(...(await this.play({ kind: 'requests', slot, requests })));
    }
    return [...observations, await this.tree()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { connection } of this.sessions.values()) connection?.destroy();
  }

  private async perform(step: Step): Promise<Observation[]> {
    const { slot } = step;
    switch (step.kind) {
      case 'open':
        return this.sessions.has(slot) ? [] : this.connect(slot, { timeoutMs: step.timeoutMs });
      case 'return':
        return this.comeBack(step);
      case 'drop':
        await this.drop(slot);
        return [];
      case 'expire':
        return this.expire(slot);
      case 'requests':
        return this.request(step);
    }
  }

  // -------------------------------------------------------------------------------------- sessions

  /** A new session, or a new connection of the one that the slot has. */
  private async connect(slot: Slot, options: SessionOptions): Promise<Observation[]> {
    const connection = await connectRaw(this.port);
    try {
      const response = await handshake(connection, options);
      const connected: Observation = { slot, kind: 'connected', about: '', fields: toFields(response) };
      if (response.timeOut <= 0) {
        await connection.closed;
        return [connected, { slot, kind: 'closed', about: 'the new connection', fields: {} }];
      }
      const known = this.sessions.get(slot);
      this.sessions.set(slot, {
        id: response.sessionId,
        password: response.passwd ?? Buffer.alloc(0),
        lastZxidSeen: known?.lastZxidSeen ?? this.baseZxid,
        lastXid: known?.lastXid ?? 0,
        connection,
      });
      return [connected];
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) throw error;
      return [{ slot, kind: 'closed', about: 'the new connection', fields: {} }];
    }
  }

  private async comeBack(step: Extract<Step, { kind: 'return' }>): Promise<Observation[]> {
    const { slot, timeoutMs } = step;
    const session = this.sessions.get(slot);
    if (!session) return [];
    // Apache's server ends the old connection before it looks at the password (HS-6).
    if (step.password === 'wrong') await this.drop(slot);
    const before = session.connection;
    const lastZxidSeen = step.seen === 'true' ? session.lastZxidSeen : zxid(session.lastZxidSeen + TOO_MUCH);
    const password = step.password === 'right' ? session.password : Buffer.alloc(session.password.length, 7);
    const observations = await this.connect(slot, { timeoutMs, sessionId: session.id, password, lastZxidSeen });
    const now = this.sessions.get(slot)?.connection ?? null;
    if (before !== null && now !== before) {
      await before.closed;
      observations.push({ slot, kind: 'replaced', about: '', fields: {} });
    }
    const last = observations.find(({ kind }) => kind === 'connected');
    // it has expired meanwhile
    if (last?.fields.timeOut === 0 && step.password === 'right') await this.forget(slot);
    return observations;
  }

  private async drop(slot: Slot): Promise<void> {
    const session = this.sessions.get(slot);
    if (!session?.connection) return;
    session.connection.end();
    await session.connection.closed;
    session.connection = null;
  }

  private async forget(slot: Slot): Promise<void> {
    await this.drop(slot);
    this.sessions.delete(slot);
  }

  /** Asks for a short time-out, leaves a node that goes with the session, and waits until it has gone. */
  private async expire(slot: Slot): Promise<Observation[]> {
    const session = this.sessions.get(slot);
    if (!session) return [];
    await this.drop(slot);
    const { id: sessionId, password, lastZxidSeen } = session;
    const observations = await this.connect(slot, { timeoutMs: SHORT_TIMEOUT_MS, sessionId, password, lastZxidSeen });
    const acl = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
    const marker = requestPart('create', { path: MARKER, data: null, acl, flags: 1 });
    observations.push(...(await this.exchange(slot, [marker])));
    await this.drop(slot);
    const path = resolveBody(MARKER, this.root, 0n) as string;
    for (;;) {
      if ((await this.admin.call('exists', { path, watch: false })).err !== 0) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return [...observations, { slot, kind: 'expired', about: '', fields: {} }];
  }

  // -------------------------------------------------------------------------------------- requests

  /** Sends all of them, then takes what comes until the last one is answered, or the server has had enough. */
  private async exchange(slot: Slot, requests: readonly RequestPart[]): Promise<Observation[]> {
    const session = this.sessions.get(slot);
    const connection = session?.connection;
    if (!session || !connection) return [];
    const observations: Observation[] = [];
    const waiting = requests.map((part) => ({ part, xid: this.send(session, connection, part) }));
    try {
      for (const { part, xid } of waiting) {
        const received = await this.receive(slot, session, part, xid);
        observations.push(...received);
        // The end comes soon, but not at once.
        if (isEndAnnounced(part, received)) await connection.receive();
      }
      if (requests.at(-1)?.opcode !== OpCode.closeSession) return observations;
      await connection.closed;
      this.sessions.delete(slot);
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
    session.connection = null;
    return [...observations, { slot, kind: 'closed', about: '', fields: {} }];
  }

  /** Everything up to the reply to a request. */
  private async receive(slot: Slot, session: PlayedSession, part: RequestPart, xid: number): Promise<Observation[]> {
    const observations: Observation[] = [];
    for (;;) {
      const frame = (await session.connection?.receive()) as Buffer;
      const archive = new BinaryInputArchive(frame);
      const header = ReplyHeader.read(archive);
      if (header.zxid > session.lastZxidSeen) session.lastZxidSeen = header.zxid;
      if (header.xid !== Xid.notification) {
        return [...observations, readReply(slot, part, header, xid, archive, frame)];
      }
      const event = { zxid: header.zxid, err: header.err, ...WatcherEvent.read(archive) };
      const fields = { ...toFields(event), rest: restOf(frame, archive) };
      observations.push({ slot, kind: 'event', about: '', fields });
    }
  }

  /** @returns the number of the request */
  private send(session: PlayedSession, connection: RawConnection, part: RequestPart): number {
    const { opcode } = part;
    const xid = opcode === OpCode.ping ? Xid.ping : opcode === OpCode.auth ? Xid.auth : ++session.lastXid;
    connection.send(encodeRequest(part, xid, this.root, session.lastZxidSeen));
    return xid;
  }

  /** Which nodes of a setWatches have a list that lets not everybody read them, before the step or after it. */
  private async request({ slot, requests }: Extract<Step, { kind: 'requests' }>): Promise<Observation[]> {
    const lost = requests.filter(({ operation }) => operation === 'setWatches' || operation === 'setWatches2');
    if (lost.length === 0) return this.exchange(slot, requests);
    const lists = lost.map(({ body }) => resolveBody(body, this.root, 0n) as object);
    const paths = [...new Set(lists.flatMap(Object.values).flat())];
    const before = await this.guarded(paths);
    const observations = await this.exchange(slot, requests);
    const guarded = [...new Set([...before, ...(await this.guarded(paths))])];
    return [{ slot, kind: 'guarded', about: '', fields: { paths: guarded } }, ...observations];
  }

  private async guarded(paths: readonly unknown[]): Promise<string[]> {
    const guarded: string[] = [];
    for (const path of paths) {
      if (typeof path !== 'string') continue;
      const { acl } = (await this.admin.call('getACL', { path })).response ?? {};
      if (acl && !acl.some(({ perms, id }) => id.scheme === 'world' && (perms & Perms.read) !== 0)) guarded.push(path);
    }
    return guarded;
  }

  private async tree(): Promise<Observation> {
    const exists = (await this.admin.call('exists', { path: this.root, watch: false })).err === 0;
    const own = exists ? await readTree(this.admin, this.root) : {};
    // Earlier sequences have left their quotas.
    const quotas = '/zookeeper/quota/';
    const isLeftOut = (path: string): boolean =>
      path.startsWith(quotas) && !`${path}/`.startsWith(`${quotas.slice(0, -1)}${this.root}/`);
    const nodes = { ...own, ...(await readTree(this.admin, '/zookeeper', isLeftOut)) };
    return { slot: 0, kind: 'tree', about: '', fields: toFields(nodes) };
  }
}

/** Whoever asks for what there is not, or can't prove who it is, is told so and cut off. */
function isEndAnnounced({ operation }: RequestPart, received: readonly Observation[]): boolean {
  const err = received.at(-1)?.fields.err;
  return operation === null ? err === ErrorCode.Unimplemented : err === ErrorCode.AuthFailed;
}

function readReply(
  slot: Slot,
  { operation, opcode }: RequestPart,
  header: ReplyHeader,
  xid: number,
  archive: BinaryInputArchive,
  frame: Buffer,
): Observation {
  const record = operation === null ? null : operations[operation].response;
  const body = header.err === 0 && record ? toValue(record.read(archive)) : null;
  const about = operation ?? `opcode ${opcode}`;
  // to which request, not by which number: that of a request depends on what came before
  const isMine = header.xid === xid;
  const fields = { isMine, zxid: header.zxid, err: header.err, body, rest: restOf(frame, archive) };
  return { slot, kind: 'reply', about, fields };
}

/** Bytes behind the record: there should be none. */
const restOf = (frame: Buffer, archive: BinaryInputArchive): string => frame.subarray(archive.position).toString('hex');
