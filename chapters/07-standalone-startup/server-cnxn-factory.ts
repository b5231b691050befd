/**
 * All connections of clients: accepts them, keeps to the limits, knows which one speaks for which session, and sends
 * what was written when a turn ends.
 */
import { addressText } from '#00-introduction/network-error.js';
import type { Address, Connection, ConnectionHandler, Listener, Log, Timer, World } from '#00-introduction/world.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import { OutputPool } from '#07-standalone-startup/output-pool.js';
import { type CnxnServer, ServerCnxn } from '#07-standalone-startup/server-cnxn.js';
import type { Session } from '#11-session-buckets/session-tracker.js';

export interface CnxnLimits {
  /** Connections from one address; 0: any number. */
  readonly maxClientCnxns: number;
  /** Connections in all; 0: any number. */
  readonly maxCnxns: number;
  /** How long a connection may go without a session. */
  readonly sessionlessConnectionTimeoutMs: number;
}

const TURNED_AWAY: ConnectionHandler = { data: () => {}, closed: () => {} };

/** @apache server.ServerCnxnFactory */
export class ServerCnxnFactory {
  private readonly world: Pick<World, 'clock' | 'network'>;
  private readonly log: Log;
  private readonly limits: CnxnLimits;
  private readonly cnxns = new Set<ServerCnxn>();
  private readonly countByHost = new Map<string, number>();
  private readonly bySession = new Map<SessionId, ServerCnxn>();
  private readonly sessionless = new Map<ServerCnxn, Timer>();
  private readonly pausedCnxns = new Set<ServerCnxn>();
  private readonly outputs = new OutputPool();
  private unflushed: ServerCnxn[] = [];
  private listener: Listener | null = null;
  /** Who serves; nobody yet, or nobody any more. */
  private server: CnxnServer | null = null;

  constructor(world: Pick<World, 'clock' | 'network' | 'log'>, limits: CnxnLimits) {
    this.world = world;
    this.log = world.log;
    this.limits = limits;
  }

  /**
   * Takes the address. Until `serve`, whoever connects is turned away, and will try again.
   * @returns where it listens, with the port that port 0 became
   * @throws {NetworkError} (as a rejection) when the address can't be used
   */
  async listen(address: Address): Promise<Address> {
    this.listener = await this.world.network.listen(address, (connection) => this.accept(connection));
    return this.listener.address;
  }

  /** Whoever connects is served by this server from now on. Connections to the one before are closed. */
  serve(server: CnxnServer): void {
    this.closeConnections();
    this.server = server;
  }

  async close(): Promise<void> {
    const closing = this.listener?.close();
    this.server = null;
    this.closeConnections();
    await closing;
  }

  private closeConnections(): void {
    for (const cnxn of [...this.cnxns]) cnxn.close();
  }

  get connections(): readonly ServerCnxn[] {
    return [...this.cnxns];
  }

  /** The connection speaks for the session from now on; one that did before is closed. */
  bind(session: Session, cnxn: ServerCnxn): void {
    this.stopWaitingForSession(cnxn);
    this.closeSession(session.id);
    this.bySession.set(session.id, cnxn);
  }

  /** Closes the connection that speaks for a session, if there is one. */
  closeSession(id: SessionId): void {
    this.bySession.get(id)?.close();
    this.bySession.delete(id);
  }

  /** The connection is gone. */
  remove(cnxn: ServerCnxn): void {
    if (!this.cnxns.delete(cnxn)) return;
    this.pausedCnxns.delete(cnxn);
    this.stopWaitingForSession(cnxn);
    const { host } = cnxn.remote;
    const left = (this.countByHost.get(host) ?? 1) - 1;
    if (left === 0) this.countByHost.delete(host);
    else this.countByHost.set(host, left);
    const id = cnxn.session?.id;
    if (id !== undefined && this.bySession.get(id) === cnxn) this.bySession.delete(id);
  }

  /** This one has something to send when the turn ends. */
  needsFlush(cnxn: ServerCnxn): void {
    if (this.unflushed.at(-1) !== cnxn) this.unflushed.push(cnxn);
  }

  flush(): void {
    const { unflushed } = this;
    if (unflushed.length === 0) return;
    this.unflushed = [];
    for (const cnxn of unflushed) cnxn.flush();
  }

  paused(cnxn: ServerCnxn): void {
    this.pausedCnxns.add(cnxn);
  }

  /** The server has caught up with some of its work. */
  resumePaused(): void {
    if (this.pausedCnxns.size === 0) return;
    const paused = [...this.pausedCnxns];
    this.pausedCnxns.clear();
    for (const cnxn of paused) if (!cnxn.resumeIfReady()) this.pausedCnxns.add(cnxn);
  }

  private accept(connection: Connection): void {
    if (this.server === null) {
      connection.setHandler(TURNED_AWAY);
      connection.destroy();
      return;
    }
    const cnxn = new ServerCnxn(this.server, connection, this.outputs);
    connection.setHandler(cnxn);
    const { host } = connection.remote;
    const fromHost = this.countByHost.get(host) ?? 0;
    const { maxClientCnxns, maxCnxns, sessionlessConnectionTimeoutMs } = this.limits;
    const tooMany =
      (isReached(maxClientCnxns, fromHost) && `maxClientCnxns=${maxClientCnxns} from this address`) ||
      (isReached(maxCnxns, this.cnxns.size) && `maxCnxns=${maxCnxns} in all`);
    if (tooMany) {
      this.log.warn(`refusing a connection from ${addressText(connection.remote)}: there are ${tooMany} already`);
      connection.destroy();
      return;
    }
    this.cnxns.add(cnxn);
    this.countByHost.set(host, fromHost + 1);
    this.sessionless.set(
      cnxn,
      this.world.clock.schedule(sessionlessConnectionTimeoutMs, () => cnxn.close()),
    );
  }

  private stopWaitingForSession(cnxn: ServerCnxn): void {
    this.sessionless.get(cnxn)?.cancel();
    this.sessionless.delete(cnxn);
  }
}

const isReached = (limit: number, count: number): boolean => limit > 0 && count >= limit;
