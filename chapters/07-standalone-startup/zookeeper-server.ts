/**
 * A standalone server: puts the parts together, and leads each request through them.
 *
 *     connection → frames → session → prep → sync → final → reply
 *
 * @apache server.ZooKeeperServer
 */
import { addressText } from '#00-introduction/network-error.js';
import type { Address, Clock, Log, World } from '#00-introduction/world.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import { TreeWatches } from '#02-watch/watch-manager.js';
import { AccessControl, NO_IDENTITIES } from '#03-acl/access-control.js';
import type { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import type { AuthPacket, ConnectRequest } from '#05-jute/records/proto.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { hex, NO_SESSION, type SessionId, type Zxid, zxid } from '#06-network-protocol/ids.js';
import { basicWords, fourLetterAnswer, type ServerView } from '#07-standalone-startup/four-letter-words.js';
import type { CnxnServer, ServerCnxn } from '#07-standalone-startup/server-cnxn.js';
import { ServerCnxnFactory } from '#07-standalone-startup/server-cnxn-factory.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import { ConnectionThrottle } from '#09-session-creation/connection-throttle.js';
import { decideHandshake, type ElsewhereReason, firstSessionIdAfter } from '#09-session-creation/session-handshake.js';
import { type Session, SessionTracker } from '#11-session-buckets/session-tracker.js';
import { ContainerManager } from '#12-request-processors/container-manager.js';
import { FinalRequestProcessor } from '#12-request-processors/final-request-processor.js';
import type { Operation } from '#12-request-processors/operation.js';
import { decodeRequest } from '#12-request-processors/operation-table.js';
import { deleteContainer } from '#12-request-processors/operations/delete-container.js';
import { closeSession, createSession } from '#12-request-processors/operations/session.js';
import { OutstandingChanges } from '#12-request-processors/outstanding-changes.js';
import { PrepRequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request } from '#12-request-processors/request.js';
import { RequestThrottler } from '#12-request-processors/request-throttler.js';
import { RequestsInProcess } from '#12-request-processors/requests-in-process.js';
import { ServerStats } from '#12-request-processors/server-stats.js';
import { SyncRequestProcessor } from '#12-request-processors/sync-request-processor.js';
import { type Database, openDatabase } from '#32-storage/database.js';

/** The number of a server that is alone, as it goes into the ids of sessions. */
const SERVER_ID = 1;
/** Beyond `jute.maxbuffer`, for what a server may add to a request when it stores it. */
const MIN_EXTRA_BYTES = 1024;

export interface ServerOptions {
  /** What `envi` shows besides the version. */
  readonly environment?: ReadonlyMap<string, string>;
}

export class ZooKeeperServer implements CnxnServer, ServerView {
  readonly log: Log;
  readonly clock: Clock;
  readonly stats = new ServerStats();
  readonly mode = 'standalone';
  readonly isReadOnly = false;
  readonly environment: ReadonlyMap<string, string>;
  readonly maxFrameBytes: number;
  readonly maxElementBytes: number;
  /** Settles when the server had to stop itself: its disk failed, or it found itself wrong. */
  readonly failed: Promise<Error>;

  private readonly world: World;
  private readonly config: ServerConfig;
  private readonly cnxns: ServerCnxnFactory;
  readonly access: AccessControl;
  readonly watches = new TreeWatches();
  private core: Core | null = null;
  private readonly inProcess = new RequestsInProcess();
  private readonly throttler: RequestThrottler;
  private readonly connectionThrottle: ConnectionThrottle;
  private stopping: Promise<void> | null = null;
  private reportFailure!: (error: Error) => void;

  constructor(world: World, config: ServerConfig, options: ServerOptions = {}) {
    this.world = world;
    this.config = config;
    this.log = world.log;
    this.clock = world.clock;
    this.environment = options.environment ?? new Map();
    this.maxFrameBytes = config.juteMaxBufferBytes;
    this.maxElementBytes = config.juteMaxBufferBytes + Math.max(config.juteMaxBufferExtraBytes, MIN_EXTRA_BYTES);
    this.access = new AccessControl(config);
    this.cnxns = new ServerCnxnFactory(world, config);
    this.throttler = new RequestThrottler(
      { clock: this.clock, stats: this.stats, inProcess: this.inProcess, letIn: (request) => this.letIn(request) },
      config,
    );
    this.connectionThrottle = new ConnectionThrottle(world, config);
    this.failed = new Promise((resolve) => {
      this.reportFailure = resolve;
    });
  }

  // --------------------------------------------------------------------------------------- life cycle

  /**
   * Takes its address, reads the data, then serves.
   * @returns where it listens
   * @throws {DiskError | RecoveryError | TxnLogError | NetworkError} (as a rejection)
   */
  async start(): Promise<Address> {
    try {
      const { clientPort: port, clientPortAddress: host } = this.config;
      // First: a second server with this configuration, started by mistake, must not get to the data of the first.
      const address = await this.cnxns.listen({ host, port });
      const database = await openDatabase(this.world, { ...this.config, maxElementBytes: this.maxElementBytes });
      this.core = this.assemble(database);
      this.core.sessions.start();
      this.core.containers.start();
      this.closeOrphanedSessions(this.core);
      this.cnxns.serve(this);
      return address;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Closes connections and files. What was acknowledged is on the disk already. */
  stop(): Promise<void> {
    this.stopping ??= this.close();
    return this.stopping;
  }

  /** Nothing can be acknowledged any more. */
  fail(error: unknown): void {
    if (this.stopping) return;
    const cause = error instanceof Error ? error : new Error(String(error));
    this.log.error('stopping: nothing can be acknowledged any more', cause);
    this.stop().finally(() => this.reportFailure(cause));
  }

  private async close(): Promise<void> {
    this.core?.sessions.stop();
    this.core?.containers.stop();
    this.throttler.stop();
    await this.cnxns.close();
    await this.core?.database.close();
  }

  private assemble(database: Database): Core {
    const { clock } = this;
    const { tree } = database;
    const { enforceQuota, closeSessionTxnEnabled } = this.config;
    tree.listener = this.watches;
    const firstId = firstSessionIdAfter(database, clock.wallMs(), SERVER_ID);
    const sessions = new SessionTracker(clock, this.config.tickTimeMs, firstId, (session) => this.expire(session));
    for (const [id, timeoutMs] of database.sessionTimeoutsMs) sessions.track(id, timeoutMs);

    const state = {
      clock,
      tree,
      watches: this.watches,
      access: this.access,
      sessions,
      changes: new OutstandingChanges(tree),
      stats: this.stats,
      inProcess: this.inProcess,
      closeSessionTxnEnabled,
      checkQuota: (path: string, countDiff: number, bytesDiff: number): void => {
        if (enforceQuota) tree.quotas.check(path, countDiff, bytesDiff, (message) => this.log.warn(message));
      },
    };
    const final = new FinalRequestProcessor(state);
    const surroundings = {
      clock,
      readsAnswered: () => this.stats.reads,
      batchDone: () => this.batchDone(),
      failed: (error: unknown) => this.fail(error),
    };
    const sync = new SyncRequestProcessor(surroundings, this.config, database, final);
    const prep = new PrepRequestProcessor(state, tree.lastProcessedZxid, sync);
    const containers = new ContainerManager(clock, tree, this.config, (path) => this.deleteForItself(path));
    return { database, sessions, containers, prep, final };
  }

  /** A session may have ended while its last ephemeral node was being made: in Apache's data such nodes exist. */
  private closeOrphanedSessions({ database, sessions }: Core): void {
    for (const id of [...database.tree.ephemeralOwners()]) {
      if (!sessions.get(id)) this.writeForItself({ id, timeoutMs: 0, isClosing: true }, closeSession, null);
    }
  }

  // ----------------------------------------------------------------------------------------- sessions

  /** @apache server.ZooKeeperServer#processConnectRequest */
  connectSession(cnxn: ServerCnxn, request: ConnectRequest): void {
    const { sessions } = this.running;
    if (!this.connectionThrottle.letsIn(request.sessionId === NO_SESSION)) {
      this.stats.connectionsThrottled++;
      cnxn.close();
      return;
    }
    const { isReadOnly, lastZxid } = this;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.config;
    const session = (id: SessionId): Session | undefined => sessions.get(id);
    const about = { isReadOnly, lastZxid, minSessionTimeoutMs, maxSessionTimeoutMs, session };
    const decision = decideHandshake(request, about);
    if (decision.kind === 'ask elsewhere') this.sendElsewhere(cnxn, request, decision.because);
    else if (decision.kind === 'expired') cnxn.refuseSession();
    else if (decision.kind === 'new') this.createSession(cnxn, decision.timeoutMs);
    else this.resumeSession(cnxn, decision.session, decision.timeoutMs);
  }

  private sendElsewhere(cnxn: ServerCnxn, { lastZxidSeen }: ConnectRequest, because: ElsewhereReason): void {
    const reason = because === 'server is read-only' ? 'is read-only' : `has only reached 0x${hex(this.lastZxid)}`;
    this.log.warn(
      `refusing a client that has seen zxid 0x${hex(lastZxidSeen)}: this server ${reason}; the client has to try another server`,
    );
    cnxn.close();
  }

  private createSession(cnxn: ServerCnxn, timeoutMs: number): void {
    const { sessions } = this.running;
    const session = sessions.track(sessions.newId(), timeoutMs);
    this.cnxns.bind(session, cnxn);
    this.writeForItself(session, createSession, cnxn);
  }

  private resumeSession(cnxn: ServerCnxn, session: Session, timeoutMs: number): void {
    session.timeoutMs = timeoutMs;
    this.running.sessions.touch(session);
    this.cnxns.bind(session, cnxn);
    cnxn.sessionCreated(session);
  }

  touch(session: Session): void {
    this.running.sessions.touch(session);
  }

  /** @returns false when the client has proved nothing */
  authenticate(cnxn: ServerCnxn, { scheme, auth }: AuthPacket): boolean {
    const proved = this.access.authenticate(scheme ?? '', auth, cnxn.remote.host);
    if (proved) cnxn.addIdentities(proved);
    else this.log.warn(`${addressText(cnxn.remote)} could not prove who it is by the scheme "${scheme}"`);
    return proved !== null;
  }

  private expire(session: Session): void {
    this.log.info(`session 0x${hex(session.id)} expired: nothing came for more than ${session.timeoutMs} ms`);
    try {
      this.writeForItself(session, closeSession, null);
    } catch (error) {
      this.fail(error);
    }
    this.cnxns.closeSession(session.id);
  }

  // ----------------------------------------------------------------------------------------- requests

  submit(
    cnxn: ServerCnxn,
    session: Session,
    xid: number,
    opcode: number,
    archive: BinaryInputArchive,
    frameBytes: number,
  ): void {
    const decoded = decodeRequest(opcode, archive);
    if (decoded === null) {
      cnxn.beginReply(xid);
      cnxn.endReply(zxid(-1n), ErrorCode.Unimplemented);
      cnxn.closeAfterReplies();
      return;
    }
    const { operation, record } = decoded;
    const largeBytes = this.isLarge(frameBytes) ? frameBytes : 0;
    this.inProcess.largeBytes += largeBytes;
    this.throttler.submit(this.newRequest(session, operation, record, cnxn, xid, largeBytes));
  }

  private letIn(request: Request): void {
    try {
      this.process(request);
    } catch (error) {
      this.fail(error);
    }
  }

  private process(request: Request): void {
    const { requester, operation } = request;
    this.inProcess.started(request);
    if (operation.kind === 'write') {
      requester?.order.add(request);
      this.running.prep.process(request);
    } else if (requester === null || requester.order.isIdle) this.running.final.read(request);
    else requester.order.add(request);
  }

  /** @param cnxn who waits for it, if anybody does */
  private writeForItself(session: Session, operation: Operation, cnxn: ServerCnxn | null): void {
    this.throttler.submit(this.newRequest(session, operation, null, cnxn, 0, 0));
  }

  private deleteForItself(path: string): void {
    this.log.info(`deleting ${path}, which is a container that was left by its last child, or has outlived its time`);
    try {
      this.throttler.submit(this.newRequest(NOBODY, deleteContainer, { path }, null, 0, 0));
    } catch (error) {
      this.fail(error);
    }
  }

  private newRequest(
    session: Session,
    operation: Operation,
    record: unknown,
    requester: ServerCnxn | null,
    xid: number,
    largeBytes: number,
  ): Request {
    const receivedMs = requester?.receivedMs ?? this.clock.monotonicMs();
    const identities = requester?.identities ?? NO_IDENTITIES;
    return {
      requester,
      session,
      identities,
      xid,
      operation,
      record,
      receivedMs,
      largeBytes,
      txn: null,
    };
  }

  private batchDone(): void {
    this.throttler.wake();
    this.turnDone();
    this.cnxns.resumePaused();
    this.running.database.snapshotIfDue(this.running.sessions.all());
  }

  // ------------------------------------------------------------------------------------ for connections

  get isOverloaded(): boolean {
    const { globalOutstandingLimit } = this.config;
    return this.inProcess.count > globalOutstandingLimit || this.throttler.waiting > globalOutstandingLimit;
  }

  /** @returns false when a request of so many bytes is one too many */
  hasRoomFor(frameBytes: number): boolean {
    if (!this.isLarge(frameBytes)) return true;
    if (this.inProcess.largeBytes + frameBytes <= this.config.largeRequestMaxBytes) return true;
    this.stats.largeRequestsRejected++;
    return false;
  }

  private isLarge(frameBytes: number): boolean {
    const { largeRequestThresholdBytes } = this.config;
    return largeRequestThresholdBytes !== -1 && frameBytes > largeRequestThresholdBytes;
  }

  needsFlush(cnxn: ServerCnxn): void {
    this.cnxns.needsFlush(cnxn);
  }

  turnDone(): void {
    this.stats.repliesLeft(this.clock);
    this.cnxns.flush();
  }

  paused(cnxn: ServerCnxn): void {
    this.cnxns.paused(cnxn);
  }

  closed(cnxn: ServerCnxn): void {
    this.cnxns.remove(cnxn);
    this.watches.removeWatcher(cnxn);
  }

  answerWord(word: string): string | null {
    return fourLetterAnswer(basicWords, this.config.fourLetterWordsWhitelist, word, this);
  }

  // ----------------------------------------------------------------------------- for four-letter words

  get watchCounts(): { watchers: number; paths: number; watches: number } {
    const { watcherCount: watchers, pathCount: paths, watchCount: watches } = this.watches.data;
    return { watchers, paths, watches };
  }

  get connections(): readonly ServerCnxn[] {
    return this.cnxns.connections;
  }

  get outstanding(): number {
    return this.inProcess.count + this.throttler.waiting;
  }

  get lastZxid(): Zxid {
    return this.running.database.tree.lastProcessedZxid;
  }

  get nodeCount(): number {
    return this.running.database.tree.nodeCount;
  }

  /** As the last transaction left it; not to be changed. */
  get tree(): DataTree {
    return this.running.database.tree;
  }

  private get running(): Core {
    if (this.core === null) throw new Error('the server has not been started');
    return this.core;
  }
}

/** What is there once the data have been read. */
interface Core {
  readonly database: Database;
  readonly sessions: SessionTracker;
  readonly containers: ContainerManager;
  readonly prep: PrepRequestProcessor;
  readonly final: FinalRequestProcessor;
}

/** Whom the server is when it acts for no session. */
const NOBODY: Session = { id: NO_SESSION, timeoutMs: 0, isClosing: false };
