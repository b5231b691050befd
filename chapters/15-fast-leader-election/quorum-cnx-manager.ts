/**
 * Connections for elections: one between each two servers that have something to tell each other.
 *
 * Either of two servers may want to speak first, and both may at once. Then there would be two connections, and each
 * side could close the one that the other one keeps. So there is a rule: the connection that the server with the larger
 * id has opened is the one that stays. The one with the smaller id may only knock: it opens a connection, says who it
 * is, and closes it; the other one then connects back.
 *
 * Nothing here is proved by a secret: who claims an id is believed. So everything that a stranger can make grow has a
 * limit, and what arrives is only ever a vote.
 *
 * @apache quorum.QuorumCnxManager
 */
import type { Buffer } from 'node:buffer';
import { addressText } from '#00-introduction/network-error.js';
import type { Address, Connection, World } from '#00-introduction/world.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { AddressRace, type RaceLimits } from '#15-fast-leader-election/address-race.js';
import { ElectionConnection, type ElectionConnectionOwner } from '#15-fast-leader-election/election-connection.js';
import { ElectionListener } from '#15-fast-leader-election/election-listener.js';
import { encodeInitialMessage, type InitialMessage } from '#15-fast-leader-election/initial-message.js';
import { PeerLink } from '#15-fast-leader-election/peer-link.js';
import { UnknownCallers } from '#15-fast-leader-election/unknown-callers.js';

export interface QuorumCnxOptions {
  readonly id: ServerId;
  /** This server's own election addresses, as the others know them. At least one. */
  readonly electionAddresses: readonly Address[];
  /** Listens on all addresses of the machine instead of the named ones. */
  readonly quorumListenOnAllIPs?: boolean;
  /** Tells others all of one's addresses. Only servers from 3.6 on understand it. */
  readonly multiAddressEnabled?: boolean;
  /** How long a connection may take to open. `cnxTimeout`; default: 5000. */
  readonly connectTimeoutMs?: number;
  /** How long somebody who has connected may take to say who it is. Default: 10 000. */
  readonly handshakeTimeoutMs?: number;
  /** How long one of several addresses has to answer before the next one is tried besides. Default: 1000. */
  readonly reachabilityTimeoutMs?: number;
  /** How often to try to listen. 0: for ever. `electionPortBindRetry`; default: 3. */
  readonly bindRetries?: number;
  /** Told of what is worth counting. */
  readonly notice?: (what: QuorumCnxNotice, peer: ServerId) => void;
  /** Told of each message that passes, for pictures of elections on a real network. */
  readonly passed?: (way: 'to' | 'from', peer: ServerId, message: Buffer) => void;
}

export type QuorumCnxNotice =
  /** This server has knocked at one with a larger id, and closed the connection. */
  | 'knocked'
  /** One with a smaller id has knocked, and is being connected back to. */
  | 'connects back'
  /** A new connection has begun with the last message of the one before. */
  | 'repeats the last message';

/** What the manager needs to know of the ensemble, and who listens to it. */
export interface QuorumCnxPeer {
  /** Where a server can be reached: its addresses in the configuration in force, and others in one that is proposed. */
  electionAddressesOf(id: ServerId): readonly Address[];
  /** A notification, not decoded. */
  received(sender: ServerId, message: Buffer): void;
}

/** What a server without an id of its own says instead. It gets one here, for as long as the connection lasts. */
const OBSERVER_ID = 2n ** 63n - 1n;

/** How many servers may be connected that are in no configuration: new ones, which are to be added later. */
const MAX_STRANGERS = 100;
/** How many of them may be connected back to at once. */
const MAX_RACES_TO_STRANGERS = 20;
/** Of the addresses that a server says it has, only the first ones are tried. */
const MAX_SAID_ADDRESSES = 8;

const DEFAULTS = {
  quorumListenOnAllIPs: false,
  multiAddressEnabled: false,
  connectTimeoutMs: 5000,
  handshakeTimeoutMs: 10_000,
  reachabilityTimeoutMs: 1000,
  bindRetries: 3,
  notice: () => {},
  passed: () => {},
};

export class QuorumCnxManager implements ElectionConnectionOwner {
  private readonly world: Pick<World, 'clock' | 'network' | 'log'>;
  private readonly options: Required<QuorumCnxOptions>;
  private readonly peer: QuorumCnxPeer;
  private readonly links = new Map<ServerId, PeerLink>();
  private readonly races = new Map<ServerId, AddressRace>();
  private readonly callers: UnknownCallers;
  private readonly listener: ElectionListener;
  private nextObserverId = -1n;
  private isHalted = false;

  constructor(world: Pick<World, 'clock' | 'network' | 'log'>, options: QuorumCnxOptions, peer: QuorumCnxPeer) {
    this.world = world;
    this.options = { ...DEFAULTS, ...options };
    this.peer = peer;
    this.callers = new UnknownCallers(world.clock, this.options.handshakeTimeoutMs);
    this.listener = new ElectionListener(world, this.options, (connection) => this.accept(connection));
  }

  /**
   * Listens on the election addresses, and waits until that works.
   * @throws {NetworkError} (as a rejection) it did not, after all retries
   */
  listen(): Promise<void> {
    return this.listener.listen();
  }

  /** Where it listens. */
  get listenAddresses(): readonly Address[] {
    return this.listener.addresses;
  }

  /**
   * Says something to another server, as soon as there is a connection; what was to be said before and has not been is
   * forgotten. Asks for a connection, if there is none.
   * @param message not to be changed any more
   */
  send(to: ServerId, message: Buffer): void {
    if (this.isHalted) return;
    let link = this.links.get(to);
    if (link === undefined) {
      if (!this.isMember(to)) return;
      link = this.makeLink(to);
      this.links.set(to, link);
    }
    link.send(message);
    this.connectOne(to);
  }

  /** Asks for a connection to everybody to whom there is something to say. */
  connectAll(): void {
    for (const id of this.links.keys()) this.connectOne(id);
  }

  /** Whether there is anybody to whom everything was said. If not, nothing gets out, and there is no use in saying more. */
  haveDelivered(): boolean {
    return [...this.links.values()].some((link) => link.hasDelivered);
  }

  isConnectedTo(id: ServerId): boolean {
    return this.links.get(id)?.isConnected ?? false;
  }

  /** Closes everything. */
  halt(): void {
    this.isHalted = true;
    this.listener.close();
    this.callers.closeAll();
    for (const race of this.races.values()) race.stop();
    for (const link of this.links.values()) link.close();
    this.races.clear();
    this.links.clear();
  }

  // ------------------------------------------------------------------------- connections that others open

  private accept(connection: Connection): void {
    const accepted = ElectionConnection.accepted(this, connection);
    if (this.isHalted) accepted.destroy();
    else this.callers.add(accepted);
  }

  introduced(connection: ElectionConnection, message: InitialMessage): void {
    this.callers.remove(connection);
    const { id } = this.options;
    const sender = message.sender === OBSERVER_ID ? serverId(this.nextObserverId--) : message.sender;
    if (sender === id) {
      const who = addressText(connection.remote);
      this.world.log.warn(`${who} has connected to the election port as server ${id}, but that is this server`);
      connection.destroy();
    } else if (sender > id) {
      this.use(sender, connection);
    } else {
      // It would not knock if it believed that there is a connection.
      this.links.get(sender)?.close();
      connection.destroy();
      this.connectOne(sender, message.addresses);
      this.options.notice('connects back', sender);
    }
  }

  // -------------------------------------------------------------------- connections that this server opens

  /** @param said where the server itself has said that it is; the configuration knows more */
  private connectOne(to: ServerId, said: readonly Address[] = []): void {
    if (this.isConnectedTo(to) || this.races.has(to)) return;
    const known = withoutRepetition([...said.slice(0, MAX_SAID_ADDRESSES), ...this.peer.electionAddressesOf(to)]);
    if (known.length === 0 || (!this.isMember(to) && this.strangersIn(this.races) >= MAX_RACES_TO_STRANGERS)) return;
    const { connectTimeoutMs, reachabilityTimeoutMs } = this.options;
    const limits: RaceLimits = { connectTimeoutMs, nextAddressAfterMs: reachabilityTimeoutMs };
    const race = new AddressRace(this.world, known, limits, {
      won: (connection) => this.connected(to, connection),
      lost: (error) => this.notConnected(to, error),
    });
    this.races.set(to, race);
  }

  private connected(to: ServerId, connection: ElectionConnection): void {
    this.races.delete(to);
    const { id, electionAddresses, multiAddressEnabled } = this.options;
    connection.owner = this;
    connection.write(encodeInitialMessage(id, electionAddresses, multiAddressEnabled));
    if (to < id) {
      this.use(to, connection);
    } else {
      connection.end();
      this.options.notice('knocked', to);
    }
  }

  private notConnected(to: ServerId, error: Error): void {
    this.races.delete(to);
    this.world.log.warn(`no connection for elections to server ${to}`, error);
  }

  // ----------------------------------------------------------------------------- connections that are used

  private use(id: ServerId, connection: ElectionConnection): void {
    let link = this.links.get(id);
    if (link === undefined) {
      if (!this.isMember(id)) this.makeRoomForStranger();
      link = this.makeLink(id);
      this.links.set(id, link);
    }
    connection.peer = id;
    if (link.use(connection)) this.options.notice('repeats the last message', id);
  }

  private makeLink(id: ServerId): PeerLink {
    return new PeerLink((message) => this.options.passed('to', id, message));
  }

  received(connection: ElectionConnection, message: Buffer): void {
    if (connection.peer === null) return;
    this.options.passed('from', connection.peer, message);
    this.peer.received(connection.peer, message);
  }

  drained(connection: ElectionConnection): void {
    if (connection.peer !== null) this.links.get(connection.peer)?.flush();
  }

  closed(connection: ElectionConnection, error: Error | null): void {
    const id = connection.peer;
    if (id === null) {
      this.callers.remove(connection);
      if (error) this.world.log.warn(`${addressText(connection.remote)} did not say which server it is`, error);
      return;
    }
    this.links.get(id)?.lost();
    if (!this.isMember(id)) this.links.delete(id);
    this.world.log.info(`the connection for elections to server ${id} is gone${error ? `: ${error.message}` : ''}`);
  }

  // ------------------------------------------------------------------------------------------- strangers

  private isMember(id: ServerId): boolean {
    return this.peer.electionAddressesOf(id).length > 0;
  }

  private strangersIn(map: ReadonlyMap<ServerId, unknown>): number {
    return [...map.keys()].filter((id) => !this.isMember(id)).length;
  }

  /** The one that has been connected the longest has to go. */
  private makeRoomForStranger(): void {
    if (this.strangersIn(this.links) < MAX_STRANGERS) return;
    const oldest = [...this.links.keys()].find((id) => !this.isMember(id));
    if (oldest === undefined) return;
    this.links.get(oldest)?.close();
    this.links.delete(oldest);
  }
}

function withoutRepetition(addresses: readonly Address[]): Address[] {
  return [...new Map(addresses.map((address) => [addressText(address), address])).values()];
}
