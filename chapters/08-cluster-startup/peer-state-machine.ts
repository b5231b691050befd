/**
 * The life of a peer: it looks for a leader, then leads, follows or observes as long as that can be done, and looks again.
 *
 * Invariants:
 * - `one-role-at-a-time`: a role has ended before the next one begins, and before this server looks for another leader. A
 *   server that voted for a new leader while it still acted for the old one would serve two.
 * - The state changes at once when the election is over, before any message is answered.
 *
 * @apache server.quorum.QuorumPeer#run
 */
import { InvariantViolation, invariant } from '#00-introduction/invariant.js';
import { DiskError, type Timer, type World } from '#00-introduction/world.js';
import type { Election, Role, Roles } from '#08-cluster-startup/role.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';

export interface PeerStateParts {
  readonly world: Pick<World, 'clock' | 'random' | 'log'>;
  readonly id: ServerId;
  /** By the configuration in force. */
  readonly role: () => PeerRole;
  /** Makes another one; the one before was shut down. */
  readonly makeElection: () => Election;
  readonly roles: Roles;
  readonly tickTimeMs: number;
  /** An observer waits a random part of this before it looks again, so that not all of them come at once. */
  readonly observerElectionDelayMs: number;
}

/** The pause after the first role that ended too soon; it doubles each time. */
const FIRST_PAUSE_MS = 100;

export class PeerStateMachine {
  private readonly parts: PeerStateParts;
  private election: Election | null = null;
  private role: Role | null = null;
  private pause: { readonly timer: Timer; readonly end: () => void } | null = null;
  private isStopped = false;
  /** How many roles, one after the other, ended within a tick. */
  private shortRoles = 0;
  private presentState: PeerState = 'looking';
  private presentVote: Vote | null = null;
  private life: Promise<void> | null = null;

  constructor(parts: PeerStateParts) {
    this.parts = parts;
  }

  get state(): PeerState {
    return this.presentState;
  }

  /** The vote under which this server acts; null while it looks. */
  get vote(): Vote | null {
    return this.presentVote;
  }

  /**
   * Lives until `stop`.
   * @throws {InvariantViolation | DiskError | NetworkError} (as a rejection) what a server can't go on from
   */
  run(): Promise<void> {
    this.life ??= this.live();
    return this.life;
  }

  /**
   * A search is over: takes on the state that the vote means for this server, and the vote with that state in it. Called
   * while this server looks. The winner leads; the others follow, or observe if they have no vote.
   * @lab 08.1
   */
  elected(vote: Vote): void {
    invariant('elected-while-looking', this.presentState === 'looking');
    const state = this.stateUnder(vote);
    this.presentState = state;
    this.presentVote = { ...vote, state };
  }

  /**
   * What this server is to do under the leader of a vote.
   * @lab 08.1 helper
   */
  private stateUnder(vote: Vote): PeerState {
    if (vote.leader === this.parts.id) return 'leading';
    return this.parts.role() === 'participant' ? 'following' : 'observing';
  }

  /**
   * Looks, acts, and looks again, until the server is stopped; pauses in between as `pauseMs` says.
   * @throws what `look` and `act` throw
   * @lab 08.2
   */
  private async live(): Promise<void> {
    while (!this.isStopped) {
      if (this.presentVote === null) await this.look();
      else await this.act(this.presentVote);
    }
  }

  /**
   * Looks for a leader once, with the election that is there; without one, makes one first. An election that says that it
   * was shut down is of no more use: the next time another one is made.
   * @throws what the election throws: without one, a server can't go on
   * @lab 08.3
   */
  private async look(): Promise<void> {
    this.election ??= this.parts.makeElection();
    const vote = await this.election.lookForLeader();
    if (vote === null) this.election = null;
    // An election tells of its end by `elected`; one that does not has said it now.
    else if (this.presentState === 'looking') this.elected(vote);
  }

  /**
   * Runs the role of the present state to its end, then goes back to looking. A role that fails is logged, and is over
   * like any other, unless the reason is one that no server can go on from (`isFatal`).
   * @throws that reason
   * @lab 08.4
   */
  private async act(vote: Vote): Promise<void> {
    const { clock, log } = this.parts.world;
    invariant('one-role-at-a-time', this.role === null && vote.state !== 'looking');
    const beganMs = clock.monotonicMs();
    try {
      this.role = this.parts.roles[vote.state](vote);
      await this.role.run();
    } catch (error) {
      if (isFatal(error)) throw error;
      log.warn(`${vote.state} under server ${vote.leader} has failed`, error);
    } finally {
      this.role = null;
    }
    this.presentState = 'looking';
    this.presentVote = null;
    const isShort = clock.monotonicMs() - beganMs < this.parts.tickTimeMs;
    this.shortRoles = isShort ? this.shortRoles + 1 : 0;
    await this.rest(this.pauseMs(vote.state));
  }

  /**
   * How long to wait before looking again, in milliseconds. Nothing after a role that has lasted; after short ones a
   * random time below a limit that doubles from 100 ms and stays within a tick. An observer adds a random time below its
   * own delay.
   * @param state the one that has ended
   * @lab 08.5
   */
  private pauseMs(state: PeerState): number {
    const { world, tickTimeMs, observerElectionDelayMs } = this.parts;
    const limitMs = this.shortRoles === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (this.shortRoles - 1), tickTimeMs);
    const delayMs = state === 'observing' ? observerElectionDelayMs : 0;
    return randomBelow(world, limitMs) + randomBelow(world, delayMs);
  }

  /** The configuration has changed while this server looks: it gives up the search, and looks among the new servers. */
  restartElection(): void {
    this.election?.shutdown();
  }

  /** Ends everything. @returns when nothing of it is left */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.election?.shutdown();
    this.role?.stop();
    this.pause?.end();
    await this.life?.catch(() => {});
  }

  private async rest(forMs: number): Promise<void> {
    if (forMs === 0 || this.isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = this.parts.world.clock.schedule(forMs, resolve);
      const end = (): void => {
        timer.cancel();
        resolve();
      };
      this.pause = { timer, end };
    });
    this.pause = null;
  }
}

function randomBelow({ random }: Pick<World, 'random'>, limitMs: number): number {
  return limitMs === 0 ? 0 : random.integer(limitMs);
}

function isFatal(error: unknown): boolean {
  return error instanceof InvariantViolation || error instanceof DiskError;
}
