/**
 * A standalone server: puts the parts together and leads each request through them.
 *
 *     connection → frames → session → prep → sync → final → reply
 *
 * @apache server.ZooKeeperServer
 */
import type { Address, Listener, Log, Timer, World } from '#00-introduction/world.js';
import { TreeWatches } from '#02-watch/tree-watches.js';
import type { BinaryInputArchive } from '#04-serialization/binary-input-archive.js';
import { ArchiveError } from '#04-serialization/binary-input-archive.js';
import type { ConnectRequest } from '#05-jute/records/proto.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { hex, NO_SESSION, type SessionId } from '#06-network-protocol/ids.js';
import { MultiTypeError } from '#06-network-protocol/multi.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import { fourLetterAnswer } from '#07-standalone-startup/four-letter-words.js';
import { ServerCnxn } from '#07-standalone-startup/server-cnxn.js';
import { firstSessionId } from '#09-session-creation/session-id.js';
import { isSessionPassword } from '#09-session-creation/session-password.js';
import { type Session, SessionTracker } from '#11-session-buckets/session-tracker.js';
import { FinalRequestProcessor } from '#12-request-processors/final-request-processor.js';
import type { Operation } from '#12-request-processors/operation.js';
import { operationTable } from '#12-request-processors/operation-table.js';
import { createSession, closeSession } from '#12-request-processors/operations/session.js';
import { OutstandingChanges } from '#12-request-processors/outstanding-changes.js';
import { malformedWrite, PrepRequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { ServerState } from '#12-request-processors/server-state.js';
import { SyncRequestProcessor } from '#12-request-processors/sync-request-processor.js';
import { VERSION_FOLDER } from '#20-data-files/file-names.js';
import { recover } from '#32-storage/recovery.js';
import { takeSnapshot } from '#32-storage/snapshot-task.js';
import { TxnLog } from '#32-storage/txn-log.js';

const SERVER_ID = 1;

export class ZooKeeperServer {
  readonly world: World;
  readonly config: ServerConfig;
  readonly log: Log;
  /** Settles when the server had to stop itself: its disk failed, or it found itself wrong. */
  readonly failed: Promise<Error>;
  readonly maxElementBytes: number;
  readonly cnxns = new Set<ServerCnxn>();

  state!: ServerState;
  private prep!: PrepRequestProcessor;
  private final!: FinalRequestProcessor;
  private txnLog!: TxnLog;
  private listener: Listener | null = null;
  private readonly bySession = new Map<SessionId, ServerCnxn>();
  private readonly unflushed: ServerCnxn[] = [];
  private readonly pausedCnxns = new Set<ServerCnxn>();
  private readonly sessionless = new Map<ServerCnxn, Timer>();
  private inProcess = 0;
  private txnsSinceSnapshot = 0;
  private snapshotAfterTxns = 0;
  private snapshotting: Promise<unknown> | null = null;
  private isStopped = false;
  private reportFailure!: (error: Error) => void;

  constructor(world: World, config: ServerConfig) {
    this.world = world;
    this.config = config;
    this.log = world.log;
    this.maxElementBytes = config.juteMaxBufferBytes + Math.max(config.juteMaxBufferExtraBytes, 1024);
    this.failed = new Promise((resolve) => {
      this.reportFailure = resolve;
    });
  }

  /** Reads the data, then listens. */
  async start(): Promise<Address> {
    const snapshotDirectory = `${this.config.dataDir}/${VERSION_FOLDER}`;
    const logDirectory = `${this.config.dataLogDir}/${VERSION_FOLDER}`;
    for (const directory of [snapshotDirectory, logDirectory]) this.makeDirectory(directory);
    const recovered = recover(this.world.disk, this.log, {
      snapshotDirectory,
      logDirectory,
      extendedTypes: this.config.extendedTypesEnabled,
      maxElementBytes: this.maxElementBytes,
      trustEmptySnapshot: this.config.trustEmptySnapshot,
    });
    this.txnLog = new TxnLog(this.world.disk, logDirectory, this.config);
    this.assemble(recovered.tree, recovered.sessionTimeoutsMs);
    await takeSnapshot(this.world.disk, snapshotDirectory, recovered.tree, recovered.sessionTimeoutsMs);
    this.drawSnapshotThreshold();
    this.state.sessions.start();
    this.killOrphans();
    const { clientPort: port, clientPortAddress: host } = this.config;
    this.listener = await this.world.network.listen({ host, port }, (connection) => this.accept(connection));
    return this.listener.address;
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    this.state?.sessions.stop();
    for (const cnxn of [...this.cnxns]) cnxn.close();
    await this.listener?.close();
    await this.snapshotting;
    this.txnLog?.close();
  }

  // ----------------------------------------------------------------------------------------- requests

  submit(cnxn: ServerCnxn, session: Session, xid: number, opcode: number, archive: BinaryInputArchive): void {
    const found = operationTable.get(opcode);
    if (!found) return this.unimplemented(cnxn, xid);
    let operation: Operation = found;
    let record: unknown;
    try {
      record = operation.decode(archive);
    } catch (error) {
      if (!(error instanceof ArchiveError) && !(error instanceof MultiTypeError)) throw error;
      if (operation.kind === 'write') operation = malformedWrite;
      else operation = malformedRead(operation.opcode, error);
      record = null;
    }
    const request = { requester: cnxn, session, xid, operation, record, header: null, body: null };
    if (operation.kind === 'write') {
      cnxn.order.add(request);
      this.inProcess++;
      this.prep.process(request);
    } else if (cnxn.order.isIdle) {
      this.final.read(request);
    } else {
      cnxn.order.add(request);
    }
  }

  /** @apache server.ZooKeeperServer#processConnectRequest */
  connectSession(cnxn: ServerCnxn, request: ConnectRequest): void {
    const { tree, sessions } = this.state;
    if (request.lastZxidSeen > tree.lastProcessedZxid) {
      this.log.warn(
        `refusing a client that has seen zxid 0x${hex(request.lastZxidSeen)}: this server has only reached ` +
          `0x${hex(tree.lastProcessedZxid)}; the client has to try another server`,
      );
      return cnxn.close();
    }
    const timeoutMs = Math.min(Math.max(request.timeOut, this.config.minSessionTimeoutMs), this.config.maxSessionTimeoutMs);
    if (request.sessionId === NO_SESSION) {
      const session = sessions.track(sessions.newId(), timeoutMs);
      this.bind(cnxn, session);
      this.internalWrite(session, createSession, cnxn);
      return;
    }
    this.bySession.get(request.sessionId)?.close();
    const session = sessions.get(request.sessionId);
    if (!session || session.isClosing || !isSessionPassword(request.sessionId, request.passwd)) return cnxn.refuseSession();
    session.timeoutMs = timeoutMs;
    sessions.touch(session);
    this.bind(cnxn, session);
    cnxn.sessionCreated(session);
  }

  touch(session: Session): void {
    this.state.sessions.touch(session);
  }

  /** The answer to a four-letter word; null when it is none. */
  command(word: string): string | null {
    return fourLetterAnswer(this, word);
  }

  // -------------------------------------------------------------------------------- what connections say

  needsFlush(cnxn: ServerCnxn): void {
    this.unflushed.push(cnxn);
  }

  flush(): void {
    for (const cnxn of this.unflushed) cnxn.flush();
    this.unflushed.length = 0;
  }

  paused(cnxn: ServerCnxn): void {
    this.pausedCnxns.add(cnxn);
  }

  get isOverloaded(): boolean {
    return this.inProcess > this.config.globalOutstandingLimit;
  }

  get outstanding(): number {
    return this.inProcess;
  }

  forget(cnxn: ServerCnxn): void {
    this.cnxns.delete(cnxn);
    this.pausedCnxns.delete(cnxn);
    this.sessionless.get(cnxn)?.cancel();
    this.sessionless.delete(cnxn);
    this.state.watches.removeWatcher(cnxn);
    for (const session of [cnxn.session]) {
      if (session && this.bySession.get(session.id) === cnxn) this.bySession.delete(session.id);
    }
  }

  // ------------------------------------------------------------------------------------------- helpers

  private makeDirectory(directory: string): void {
    const { disk } = this.world;
    if (disk.exists(directory)) return;
    if (!this.config.autocreateDataDir) {
      throw new Error(`${directory} does not exist, and datadir.autocreate=false forbids to make it. Make it, or allow it.`);
    }
    disk.makeDirectories(directory);
    const parent = directory.slice(0, directory.lastIndexOf('/'));
    disk.syncDirectory(parent);
  }

  private assemble(tree: ServerState['tree'], sessionTimeoutsMs: ReadonlyMap<SessionId, number>): void {
    const { clock } = this.world;
    const watches = new TreeWatches();
    tree.listener = watches;
    const first = [...sessionTimeoutsMs.keys()].reduce(
      (largest, id) => (id >= largest ? ((id + 1n) as SessionId) : largest),
      firstSessionId(clock.wallMs(), SERVER_ID),
    );
    const sessions = new SessionTracker(clock, this.config.tickTimeMs, first, (session) => this.expire(session));
    for (const [id, timeoutMs] of sessionTimeoutsMs) sessions.track(id, timeoutMs);
    this.state = { clock, tree, watches, sessions, changes: new OutstandingChanges(tree) };
    this.final = new FinalRequestProcessor(this.state);
    const counted = {
      process: (request: Parameters<FinalRequestProcessor['process']>[0]) => {
        this.inProcess--;
        this.final.process(request);
        this.txnsSinceSnapshot++;
      },
    };
    const sync = new SyncRequestProcessor(clock, this.txnLog, counted, () => this.batchDone(), (error) => this.fail(error));
    this.prep = new PrepRequestProcessor(this.state, tree.lastProcessedZxid, sync);
  }

  private accept(connection: Parameters<Parameters<World['network']['listen']>[1]>[0]): void {
    const cnxn = new ServerCnxn(this, connection);
    connection.setHandler(cnxn);
    if (this.isStopped || this.isTooMany(connection.remote.host)) {
      connection.destroy();
      return;
    }
    this.cnxns.add(cnxn);
    const timer = this.world.clock.schedule(this.config.sessionlessConnectionTimeoutMs, () => cnxn.close());
    this.sessionless.set(cnxn, timer);
  }

  private isTooMany(host: string): boolean {
    const { maxClientCnxns, maxCnxns } = this.config;
    let fromHost = 0;
    if (maxClientCnxns > 0) for (const { connection } of this.cnxns) if (connection.remote.host === host) fromHost++;
    if ((maxClientCnxns > 0 && fromHost >= maxClientCnxns) || (maxCnxns > 0 && this.cnxns.size >= maxCnxns)) {
      this.log.warn(`refusing a connection from ${host}: too many (maxClientCnxns=${maxClientCnxns}, maxCnxns=${maxCnxns})`);
      return true;
    }
    return false;
  }

  private bind(cnxn: ServerCnxn, session: Session): void {
    this.sessionless.get(cnxn)?.cancel();
    this.sessionless.delete(cnxn);
    this.bySession.set(session.id, cnxn);
  }

  private internalWrite(session: Session, operation: Operation, requester: ServerCnxn | null): void {
    const request = { requester, session, xid: 0, operation, record: null, header: null, body: null };
    requester?.order.add(request);
    this.inProcess++;
    this.prep.process(request);
  }

  private expire(session: Session): void {
    this.log.info(`session 0x${hex(session.id)} expired: nothing came for ${session.timeoutMs} ms`);
    this.internalWrite(session, closeSession as Operation, null);
    this.bySession.get(session.id)?.close();
    this.bySession.delete(session.id);
  }

  /** Ephemeral nodes of a session that is not there any more. */
  private killOrphans(): void {
    for (const id of [...this.state.tree.ephemeralOwners()]) {
      if (!this.state.sessions.get(id)) this.internalWrite({ id, timeoutMs: 0, isClosing: true }, closeSession as Operation, null);
    }
  }

  private unimplemented(cnxn: ServerCnxn, xid: number): void {
    cnxn.beginReply(xid);
    cnxn.endReply(this.state.tree.lastProcessedZxid, ErrorCode.Unimplemented);
    cnxn.closeAfterReplies();
  }

  private batchDone(): void {
    this.flush();
    for (const cnxn of this.pausedCnxns) {
      cnxn.resumeIfReady();
      this.pausedCnxns.delete(cnxn);
      if (this.isOverloaded) break;
    }
    if (this.txnsSinceSnapshot >= this.snapshotAfterTxns && !this.snapshotting) this.snapshot();
  }

  private snapshot(): void {
    this.drawSnapshotThreshold();
    this.txnLog.roll();
    const sessions = new Map([...this.state.sessions.all()].map(({ id, timeoutMs }) => [id, timeoutMs]));
    const directory = `${this.config.dataDir}/${VERSION_FOLDER}`;
    this.snapshotting = takeSnapshot(this.world.disk, directory, this.state.tree, sessions)
      .catch((error) => this.log.error('the snapshot failed; the log keeps everything, and the next one is tried later', error))
      .finally(() => {
        this.snapshotting = null;
      });
  }

  /** Random, so that the servers of an ensemble don't all do it at once. */
  private drawSnapshotThreshold(): void {
    const half = Math.max(1, Math.floor(this.config.snapCount / 2));
    this.txnsSinceSnapshot = 0;
    this.snapshotAfterTxns = half + this.world.random.integer(half);
  }

  private fail(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    this.log.error('stopping: nothing can be acknowledged any more', cause);
    this.stop().finally(() => this.reportFailure(cause));
  }
}

const malformedRead = (opcode: number, error: ArchiveError | MultiTypeError): Operation => ({
  kind: 'read',
  opcode,
  decode: () => null,
  answer: () => {
    throw error instanceof ArchiveError ? error : new ArchiveError('end-of-data', error.message);
  },
});
