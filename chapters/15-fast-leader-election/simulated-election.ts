/**
 * An ensemble that elects leaders, in one simulation. What can be told, tried and proved about elections, can be told,
 * tried and proved with this; tests, the grader of the lab and the site use the same one.
 *
 *     const zoo = new SimulatedElection(makePlan(7, { voters: 5, faults: 0 }));
 *     await zoo.runUntilSettled();
 *     zoo.crash(3);
 *     await zoo.simulation.runFor(20_000);
 *     console.log(zoo.transcript.text());
 *
 * What a server does once it has a leader is only hinted at (`simulated-allegiance.ts`); everything before it is the real
 * thing. In every run an `ElectionChecker` looks on.
 */
import { CALM_NETWORK, ORDINARY_NETWORK, ROUGH_NETWORK } from '#00-introduction/network-conditions.js';
import { Simulation } from '#00-introduction/simulation.js';
import { type Zxid, zxid } from '#06-network-protocol/ids.js';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import { ElectionChecker } from '#15-fast-leader-election/election-checker.js';
import { ElectionCounts } from '#15-fast-leader-election/election-counts.js';
import type { ElectionPlan, PlannedServer } from '#15-fast-leader-election/election-plan.js';
import type { Candidate } from '#15-fast-leader-election/election-round.js';
import { type ElectionMessageEntry, ElectionTranscript } from '#15-fast-leader-election/election-transcript.js';
import type { ElectionNotice, FastLeaderElection } from '#15-fast-leader-election/fast-leader-election.js';
import type { QuorumCnxManager } from '#15-fast-leader-election/quorum-cnx-manager.js';
import {
  type Allegiance,
  Followership,
  Leadership,
  type SimulatedLogState,
} from '#15-fast-leader-election/simulated-allegiance.js';
import { voteText } from '#15-fast-leader-election/vote-text.js';
import { VotingPeer } from '#15-fast-leader-election/voting-peer.js';

export const ELECTION_PORT = 3888;
const QUORUM_PORT = 2888;

/** An observer that has lost its leader waits up to so long, so that not all of them come at once. */
const OBSERVER_DELAY_MS = 200;

export interface SimulatedElectionOptions {
  /** Elections and connections that are not right, for tests of the tests. */
  readonly Election?: typeof FastLeaderElection;
  readonly Connections?: typeof QuorumCnxManager;
  /** Whether log lines stand in the transcript. */
  readonly withLogs?: boolean;
  /** False when there are others on the network than the servers, who may tell any tale. Default: true. */
  readonly isChecked?: boolean;
  /** Another configuration than a majority of those that vote. */
  readonly verifier?: QuorumVerifier;
}

export class SimulatedElection {
  readonly simulation: Simulation;
  readonly transcript: ElectionTranscript;
  readonly verifier: QuorumVerifier;
  readonly counts: ElectionCounts;
  readonly servers: ReadonlyMap<ServerId, ElectionServer>;
  readonly checker: ElectionChecker;
  private readonly speakers = new Map<ElectionMessageEntry, Candidate>();

  constructor(plan: Pick<ElectionPlan, 'seed' | 'servers' | 'network'>, options: SimulatedElectionOptions = {}) {
    this.simulation = new Simulation({ seed: plan.seed });
    const conditions = { calm: CALM_NETWORK, ordinary: ORDINARY_NETWORK, rough: ROUGH_NETWORK }[plan.network];
    Object.assign(this.simulation.network.conditions, conditions);
    this.verifier = options.verifier ?? new QuorumMaj(plan.servers.map(quorumServer));
    this.checker = new ElectionChecker(this.verifier);
    this.counts = new ElectionCounts(this.verifier);
    this.transcript = new ElectionTranscript(this.simulation, {
      electionPort: ELECTION_PORT,
      withLogs: options.withLogs ?? false,
      onSent: (entry) => this.sent(entry),
      onArrived: (entry) => this.arrived(entry),
    });
    this.servers = new Map(
      plan.servers.map((server) => [serverId(BigInt(server.id)), new ElectionServer(this, server, options)]),
    );
    for (const { id, startMs } of plan.servers) this.simulation.schedule(startMs, () => this.server(id).start());
  }

  server(id: number | ServerId): ElectionServer {
    const server = this.servers.get(serverId(BigInt(id)));
    if (!server) throw new Error(`there is no server ${id}`);
    return server;
  }

  /** The one that leads, and whose followers are in step with it; null when there is none. */
  get leader(): ElectionServer | null {
    return [...this.servers.values()].find((server) => server.state === 'leading' && server.isEstablished) ?? null;
  }

  /** What each of them is doing, in one line. */
  get statesText(): string {
    return [...this.servers.values()].map(({ id, stateText }) => `server ${id}: ${stateText}`).join('; ');
  }

  /** All servers that run, and are reached, are in step with one leader. */
  isSettled(except: readonly number[] = []): boolean {
    const { leader } = this;
    if (leader === null) return false;
    const expected = [...this.servers.values()].filter(({ id }) => !except.includes(Number(id)));
    return expected.every((server) => server.isEstablished && server.vote?.leader === leader.id);
  }

  /** @throws {SimulationError} there is no end to it */
  async runUntilSettled(withinMs = 120_000): Promise<void> {
    await this.simulation.runUntil(() => this.isSettled(), { withinMs });
  }

  private sent(entry: ElectionMessageEntry): void {
    const server = this.serverAt(entry.from);
    if (entry.vote === null || server === null) return;
    this.speakers.set(entry, server.candidate);
    this.checker.sent(server.id, entry.to, entry.atMs);
  }

  private arrived(entry: ElectionMessageEntry): void {
    const speaker = this.speakers.get(entry);
    const [from, to] = [this.serverAt(entry.from), this.serverAt(entry.to)];
    this.speakers.delete(entry);
    if (entry.vote === null || speaker === undefined || from === null || to === null) return;
    this.checker.arrived(to.id, from.id, { vote: entry.vote, speaker });
    this.counts.heard(to.id, from.id, entry.vote);
  }

  private serverAt(machine: string): ElectionServer | null {
    for (const server of this.servers.values()) if (server.machine.name === machine) return server;
    return null;
  }
}

/** One of the servers: a machine, what is on its disk, and the process that runs on it. */
export class ElectionServer {
  readonly id: ServerId;
  /** What is on the disk. */
  readonly log: SimulatedLogState;
  /** In step with its leader, or with a quorum of followers. */
  isEstablished = false;
  private readonly zoo: SimulatedElection;
  private readonly options: SimulatedElectionOptions;
  private lastRound: bigint;
  private peer: VotingPeer | null = null;
  /** What it has said last in a search. */
  private ownVote: Vote | null = null;
  private allegiance: Allegiance | null = null;

  constructor(
    zoo: SimulatedElection,
    { id, epoch, transactions, pastRounds }: PlannedServer,
    options: SimulatedElectionOptions,
  ) {
    this.zoo = zoo;
    this.options = options;
    this.lastRound = BigInt(pastRounds);
    this.id = serverId(BigInt(id));
    this.log = { epoch: BigInt(epoch), zxid: zxid((BigInt(epoch) << 32n) + BigInt(transactions)) };
    this.zoo.simulation.machine(this.name);
  }

  get name(): string {
    return `zk${this.id}`;
  }

  get machine() {
    return this.zoo.simulation.machine(this.name);
  }

  get isRunning(): boolean {
    return this.peer !== null;
  }

  /** 'down' when it does not run. */
  get state(): PeerState | 'down' {
    return this.peer?.state ?? 'down';
  }

  /** `round 2, votes 3 (…)`, `follows server 3`, `down`. */
  get stateText(): string {
    const { vote, proposal } = this;
    if (vote !== null) return describeState(vote);
    return proposal === null ? 'down' : voteText(proposal);
  }

  /** Under whom it is; null when it is looking. */
  get vote(): Vote | null {
    return this.peer?.currentVote ?? null;
  }

  /** What it votes for at this moment, while it is looking. */
  get proposal(): Vote | null {
    return this.peer?.election.round?.vote ?? null;
  }

  /** While it is looking: what it counts, by sender, its own vote included. */
  get votes(): ReadonlyMap<ServerId, Vote> {
    return this.peer?.election.round?.votes ?? new Map();
  }

  /** What would speak for it. */
  get candidate(): Candidate {
    return { leader: this.id, zxid: this.log.zxid as Zxid, peerEpoch: this.log.epoch };
  }

  /** Starts a process on the machine, unless one runs. */
  start(): void {
    if (this.peer !== null) return;
    const { zoo, options } = this;
    if (!this.machine.isRunning) {
      this.machine.restart();
      zoo.counts.count('restart');
    }
    const peer = new VotingPeer(this.machine.world, {
      id: this.id,
      verifier: zoo.verifier,
      log: this.log,
      onElected: (vote) => this.elected(vote),
      election: {
        lastRound: this.lastRound,
        notice: (what, vote, other) => this.noticed(what, vote, other),
      },
      connections: { notice: (what) => zoo.counts.connectionNotice(what) },
      ...(options.Election ? { Election: options.Election } : {}),
      ...(options.Connections ? { Connections: options.Connections } : {}),
    });
    this.peer = peer;
    zoo.transcript.addServerEntry(this.name, 'starts');
    void peer.start();
  }

  /** Cuts its power. */
  crash(): void {
    if (this.peer === null) return;
    this.allegiance = null;
    this.peer = null;
    this.lastRound = 0n;
    this.isEstablished = false;
    this.zoo.checker.crashed(this.id);
    this.zoo.counts.crashed(this.id);
    this.machine.crash();
  }

  /** Gives up its leader, and looks for another one. */
  look(why: string): void {
    const { peer } = this;
    if (peer === null || peer.state === 'looking') return;
    const wasObserving = peer.state === 'observing';
    this.allegiance?.stop();
    this.allegiance = null;
    this.isEstablished = false;
    this.zoo.transcript.addServerEntry(this.name, `gives up: ${why}`);
    const { clock, random } = this.machine.world;
    const lookAgain = (): void => {
      if (this.peer === peer && peer.state !== 'looking') peer.look();
    };
    if (wasObserving) clock.schedule(random.integer(OBSERVER_DELAY_MS), lookAgain);
    else lookAgain();
  }

  private noticed(what: ElectionNotice, vote: Vote, other: ServerId): void {
    const { checker, counts } = this.zoo;
    if (what === 'begins') checker.searchBegins(this.id);
    if (what === 'begins' || what === 'changes its vote' || what === 'leaves a round behind') this.ownVote = vote;
    counts.notice(this.id, what, vote, other);
  }

  private elected(vote: Vote): void {
    const { zoo, peer, options } = this;
    if (peer === null) return;
    zoo.transcript.addServerEntry(this.name, `${describeState(vote)}, round ${vote.electionEpoch}`);
    if (options.isChecked !== false) zoo.checker.elected(this.id, vote, this.ownVote ?? vote, this.candidate);
    const allegiance = {
      world: this.machine.world,
      id: this.id,
      verifier: zoo.verifier,
      log: this.log,
      quorumPort: QUORUM_PORT,
      established: (epoch: bigint) => {
        this.isEstablished = true;
        peer.joinEpoch(epoch);
        zoo.transcript.addServerEntry(this.name, `is in step, epoch ${epoch}`);
      },
      over: (why: string) => this.look(why),
    };
    const leader = { host: `zk${vote.leader}`, port: QUORUM_PORT };
    this.allegiance = vote.state === 'leading' ? new Leadership(allegiance) : new Followership(allegiance, leader);
  }
}

function describeState(vote: Vote): string {
  if (vote.state === 'leading') return 'leads';
  return `${vote.state === 'following' ? 'follows' : 'observes'} server ${vote.leader}`;
}

function quorumServer({ id, role }: PlannedServer) {
  const host = `zk${id}`;
  const address = { quorum: { host, port: QUORUM_PORT }, election: { host, port: ELECTION_PORT } };
  return { id: serverId(BigInt(id)), role, addresses: [address], clientAddress: null };
}
