/**
 * Elects a leader: tells the others what this server votes for, hears what they vote for, and waits, until it knows who
 * leads. What to think of all that it hears is in `ElectionRound`.
 *
 * It also answers when this server is not looking: one that comes later learns from the answers who leads.
 *
 * Invariants: one search at a time; when a search ends, the server has its new state before anybody hears of it.
 *
 * @apache quorum.FastLeaderElection
 */
import type { Buffer } from 'node:buffer';
import { invariant } from '#00-introduction/invariant.js';
import type { Address, Timer, World } from '#00-introduction/world.js';
import { zxid } from '#06-network-protocol/ids.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import type { ElectingPeer } from '#15-fast-leader-election/electing-peer.js';
import { type Candidate, ElectionRound, type Elector, owesAnswer } from '#15-fast-leader-election/election-round.js';
import {
  configVersionOf,
  decodeNotification,
  encodeNotification,
  NotificationError,
} from '#15-fast-leader-election/notification.js';
import type { QuorumCnxPeer } from '#15-fast-leader-election/quorum-cnx-manager.js';
import { candidateText, NOBODY_ID } from '#15-fast-leader-election/vote-text.js';

/** What brings messages to other servers, and theirs here: a `QuorumCnxManager`. */
export interface ElectionConnections {
  listen(): Promise<void>;
  send(to: ServerId, message: Buffer): void;
  connectAll(): void;
  haveDelivered(): boolean;
  halt(): void;
}

export interface FastLeaderElectionOptions {
  /** How long nothing has to be heard before something is said again, at first. Default: 200. */
  readonly minNotificationIntervalMs?: number;
  /** It doubles each time, up to this. Default: 60 000. */
  readonly maxNotificationIntervalMs?: number;
  /** The number of the last round, for tests: a server that has just started begins with round 1. */
  readonly lastRound?: bigint;
  /**
   * Told of what is worth counting.
   * @param vote the server's own; of `joins` the one that it believes
   * @param other who is answered; otherwise this server
   */
  readonly notice?: (what: ElectionNotice, vote: Vote, other: ServerId) => void;
}

export type ElectionNotice =
  | 'begins'
  | 'changes its vote'
  | 'leaves a round behind'
  | 'says it again'
  | 'answers'
  /** A quorum has voted, and this server with it. */
  | 'elects'
  /** A quorum has a leader already. */
  | 'joins';

/** A server whose log has not been read knows nothing, and votes for nobody. */
const UNKNOWN_ZXID = zxid(-1n);

/** Of one that has no vote: it loses to all. */
const NOBODY: Candidate = { leader: serverId(NOBODY_ID), zxid: zxid(-(2n ** 63n)), peerEpoch: -(2n ** 63n) };

export class FastLeaderElection implements QuorumCnxPeer {
  private readonly world: Pick<World, 'clock' | 'log'>;
  private readonly peer: ElectingPeer;
  private readonly connections: ElectionConnections;
  private readonly options: Required<FastLeaderElectionOptions>;
  /** The round of the last search. */
  private electionEpoch: bigint;
  private search: Search | null = null;
  private isShutDown = false;

  /** @param connect makes the connections; what they receive is to be handed to this object */
  constructor(
    world: Pick<World, 'clock' | 'log'>,
    peer: ElectingPeer,
    connect: (election: QuorumCnxPeer) => ElectionConnections,
    options: FastLeaderElectionOptions = {},
  ) {
    this.world = world;
    this.peer = peer;
    this.options = {
      minNotificationIntervalMs: 200,
      maxNotificationIntervalMs: 60_000,
      lastRound: 0n,
      notice: () => {},
      ...options,
    };
    this.electionEpoch = this.options.lastRound;
    this.connections = connect(this);
  }

  /**
   * Begins to listen to others, and to answer them.
   * @throws {NetworkError} (as a rejection) an election address can't be listened on
   */
  start(): Promise<void> {
    return this.connections.listen();
  }

  /** The logical clock: the number of the round. */
  get logicalClock(): bigint {
    return this.search?.round.electionEpoch ?? this.electionEpoch;
  }

  /** What is being thought at present; null when nobody is looked for. */
  get round(): ElectionRound | null {
    return this.search?.round ?? null;
  }

  /**
   * Looks for a leader, or becomes it. The peer has to be looking; it is told of the end by `elected`, before the promise
   * is settled.
   * @returns the vote that won; null when the election was shut down
   */
  lookForLeader(): Promise<Vote | null> {
    invariant('one-search-for-a-leader-at-a-time', this.search === null);
    if (this.isShutDown) return Promise.resolve(null);
    return new Promise((resolve) => {
      // A peer can name any round, the last one too.
      const round = this.makeRound(this.elector(), BigInt.asIntN(64, this.electionEpoch + 1n));
      const { minNotificationIntervalMs } = this.options;
      this.search = { round, settle: resolve, timer: null, timeoutMs: minNotificationIntervalMs };
      this.world.log.info(
        `looking for a leader, round ${round.electionEpoch}: voting for ${candidateText(round.proposal)}`,
      );
      this.notice('begins', round.vote);
      this.tellAll(round);
      this.wait(this.search);
    });
  }

  /** Ends everything, the connections too. A search that is under way gives null. */
  shutdown(): void {
    if (this.isShutDown) return;
    this.isShutDown = true;
    this.connections.halt();
    const { search } = this;
    this.search = null;
    search?.timer?.cancel();
    search?.settle(null);
  }

  // -------------------------------------------------------------------------- what the connections ask for

  electionAddressesOf(id: ServerId): readonly Address[] {
    const servers = this.verifiers.map((verifier) => verifier.allMembers.get(id));
    return servers.flatMap((server) => server?.addresses.map(({ election }) => election) ?? []);
  }

  received(sender: ServerId, message: Buffer): void {
    const notification = this.decode(sender, message);
    if (notification === null || this.isShutDown) return;
    const { vote, config } = notification;
    if (config !== null) this.learnConfig(config);
    if (this.isShutDown) return;
    if (this.search !== null) this.hear(this.search, sender, vote);
    this.answer(sender, vote);
  }

  // --------------------------------------------------------------------------------------------- looking

  /** For tests, which put something else in its place. */
  protected makeRound(elector: Elector, electionEpoch: bigint): ElectionRound {
    return new ElectionRound(elector, electionEpoch);
  }

  private hear(search: Search, sender: ServerId, vote: Vote): void {
    const { round } = search;
    if (vote.state === 'looking') {
      if (vote.zxid === UNKNOWN_ZXID || this.peer.lastLoggedZxid() === UNKNOWN_ZXID) return;
      const { electionEpoch } = round;
      const wasHeard = round.votes.get(sender)?.state === 'looking';
      const isChanged = round.hearLooking(sender, vote);
      const isHeard = round.votes.get(sender)?.state === 'looking';
      // Who is new here may not know what all others have said to each other long ago.
      if (isChanged || (isHeard && !wasHeard)) search.timeoutMs = this.options.minNotificationIntervalMs;
      if (isChanged) {
        this.notice(round.electionEpoch > electionEpoch ? 'leaves a round behind' : 'changes its vote', round.vote);
        this.tellAll(round);
      }
    } else if (vote.state !== 'observing') {
      const elected = round.hearEstablished(sender, vote);
      if (elected !== null) {
        this.notice('joins', elected);
        this.end(search, elected);
        return;
      }
    }
    // What comes from others is no sign that voters can be heard.
    if (this.isVoter(sender)) this.wait(search);
  }

  /** Waits for the end of the election, or else for the end of silence. */
  private wait(search: Search): void {
    const { clock } = this.world;
    search.timer?.cancel();
    const remainingMs = search.round.remainingWaitMs(clock.monotonicMs());
    if (remainingMs === 0) {
      this.notice('elects', search.round.vote);
      this.end(search, search.round.vote);
    } else if (remainingMs !== null) {
      search.timer = clock.schedule(remainingMs, () => this.wait(search));
    } else {
      search.timer = clock.schedule(search.timeoutMs, () => this.breakSilence(search));
    }
  }

  /** Nothing was heard for a while. What was said may be lost, or there was nobody there. */
  private breakSilence(search: Search): void {
    this.speakAgain(search.round);
    search.timeoutMs = Math.min(2 * search.timeoutMs, this.options.maxNotificationIntervalMs);
    this.world.log.info(`no leader yet; asking again after ${search.timeoutMs} ms of silence`);
    this.wait(search);
  }

  /** For tests, as `makeRound`. */
  protected speakAgain(round: ElectionRound): void {
    if (this.connections.haveDelivered()) {
      this.notice('says it again', round.vote);
      this.tellAll(round);
    } else {
      this.connections.connectAll();
    }
  }

  private end(search: Search, vote: Vote): void {
    const { peer } = this;
    search.timer?.cancel();
    this.search = null;
    this.electionEpoch = search.round.electionEpoch;
    const elected = { ...vote, state: this.stateUnder(vote.leader) };
    this.world.log.info(`${elected.state}: round ${vote.electionEpoch} was won by ${candidateText(vote)}`);
    peer.elected(elected);
    search.settle(elected);
  }

  private stateUnder(leader: ServerId): PeerState {
    if (leader === this.peer.id) return 'leading';
    return this.peer.role === 'participant' ? 'following' : 'observing';
  }

  /** A participant votes for itself. An observer has no candidate: any other one is better. */
  private elector(): Elector {
    const { peer, verifiers } = this;
    const { id } = peer;
    const leader = peer.verifier.votingMembers.has(id) ? id : NOBODY.leader;
    if (peer.role === 'observer') return { id, verifiers, initialVote: { ...NOBODY, leader } };
    return { id, verifiers, initialVote: { leader, zxid: peer.lastLoggedZxid(), peerEpoch: peer.currentEpoch() } };
  }

  private notice(what: ElectionNotice, vote: Vote): void {
    this.options.notice(what, vote, this.peer.id);
  }

  // ------------------------------------------------------------------------------------------- messages

  private tellAll(round: ElectionRound): void {
    const voters = new Set(this.verifiers.flatMap((verifier) => [...verifier.votingMembers.keys()]));
    voters.delete(this.peer.id);
    for (const voter of voters) this.tell(voter, round.vote);
  }

  /** The word of a server without a vote counts for nobody, so it answers nobody. */
  private answer(sender: ServerId, heard: Vote): void {
    const { peer } = this;
    const mine = this.search?.round.vote ?? peer.currentVote;
    if (mine === null || !this.isVoter(peer.id) || !this.owesAnswer(mine, heard, this.isVoter(sender))) return;
    if (mine.state === 'leading') peer.heardLooking?.(sender);
    this.options.notice('answers', mine, sender);
    this.tell(sender, mine);
  }

  /** For tests, as `makeRound`. */
  protected owesAnswer(mine: Vote, heard: Vote, isVoter: boolean): boolean {
    return owesAnswer(mine, heard, isVoter);
  }

  private tell(to: ServerId, vote: Vote): void {
    this.connections.send(to, encodeNotification({ vote, config: this.peer.verifier.toText() }));
  }

  private decode(sender: ServerId, message: Buffer): ReturnType<typeof decodeNotification> | null {
    try {
      return decodeNotification(message);
    } catch (error) {
      if (!(error instanceof NotificationError)) throw error;
      this.world.log.warn(`a notification of server ${sender} is dropped`, error);
      return null;
    }
  }

  // -------------------------------------------------------------------------------------- configurations

  /** Those that have a say: the one in force, and a newer one that was proposed. */
  private get verifiers(): Elector['verifiers'] {
    const { verifier, lastSeenVerifier } = this.peer;
    return lastSeenVerifier !== null && lastSeenVerifier.version > verifier.version
      ? [verifier, lastSeenVerifier]
      : [verifier];
  }

  private isVoter(id: ServerId): boolean {
    return this.verifiers.some((verifier) => verifier.votingMembers.has(id));
  }

  /** A server that was away while the ensemble was changed can't elect with the others before it knows of the change. */
  private learnConfig(config: string): void {
    if (this.search === null) return;
    if (configVersionOf(config) > this.peer.verifier.version) this.peer.learnConfig?.(config);
  }
}

/** From `lookForLeader` to its end. */
interface Search {
  readonly round: ElectionRound;
  readonly settle: (vote: Vote | null) => void;
  timer: Timer | null;
  /** How long nothing has to be heard before something is said again. */
  timeoutMs: number;
}
