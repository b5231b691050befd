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
  /** How many roles have ended too soon, one after the other. */
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
   * while this server looks. The winner leads; the others follow, or observe if they have no vote of their own.
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

  // ------------------------------------------------------------------------------- what `run` is made of

  /**
   * Looks for a leader once, with the election that is there; without one, makes one first. An election that says that it
   * was shut down is of no more use: the next time another one is made. Some elections say by `elected` who leads, before
   * they return it; those that don't are believed too.
   * @throws what the election throws: without one, a server can't go on
   * @lab 08.2
   */
  async look(): Promise<void> {
    this.election ??= this.parts.makeElection();
    const vote = await this.election.lookForLeader();
    if (vote === null) this.election = null;
    else if (this.presentState === 'looking') this.elected(vote);
  }

  /**
   * Begins the role of the state that is in the vote, runs it to its end, and only then goes back to looking. A role that
   * fails is logged, and is over like any other, unless no server can go on after that (`isFatal`).
   * @param vote never says `looking`; an `invariant` tells the compiler so, too
   * @throws that reason
   * @lab 08.3
   */
  async act(vote: Vote): Promise<void> {
    const { state } = vote;
    invariant('one-role-at-a-time', this.role === null && state !== 'looking');
    try {
      this.role = this.parts.roles[state](vote);
      await this.role.run();
    } catch (error) {
      if (isFatal(error)) throw error;
      this.parts.world.log.warn(`${state} under server ${vote.leader} has failed`, error);
    } finally {
      this.role = null;
    }
    this.presentState = 'looking';
    this.presentVote = null;
  }

  /**
   * How long to wait before looking again. Nothing after a role that has lasted a tick or longer. After shorter ones, a
   * random time below a limit, which is 100 ms after the first, doubles with each that follows on it, and stays within a
   * tick. An observer adds a random time below its own delay, however long it has observed.
   * @param state the one that has ended
   * @param lastedMs how long it was
   * @returns milliseconds
   * @lab 08.4
   */
  pauseMs(state: PeerState, lastedMs: number): number {
    const { tickTimeMs, observerElectionDelayMs } = this.parts;
    this.shortRoles = lastedMs < tickTimeMs ? this.shortRoles + 1 : 0;
    const limitMs = this.shortRoles === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (this.shortRoles - 1), tickTimeMs);
    return this.randomBelow(limitMs) + (state === 'observing' ? this.randomBelow(observerElectionDelayMs) : 0);
  }

  /**
   * The life of a peer until it is stopped: it looks while it has no leader, acts while it has one, and pauses after each
   * role (`rest`).
   * @throws what `look` and `act` throw
   * @lab 08.5
   */
  private async live(): Promise<void> {
    const { clock } = this.parts.world;
    while (!this.isStopped) {
      const { vote } = this;
      if (vote === null) {
        await this.look();
      } else {
        const beganMs = clock.monotonicMs();
        await this.act(vote);
        await this.rest(this.pauseMs(vote.state, clock.monotonicMs() - beganMs));
      }
    }
  }

  // ---------------------------------------------------------------------------------------- from outside

  /** The configuration has changed while this server looks: it gives up the search, and looks among the new servers. */
  restartElection(): void {
    this.election?.shutdown();
  }

  /**
   * Ends the search, the role or the pause that there is, and the life with it. No role begins any more, and the election is
   * of no use either.
   * @returns when the life is over, however it ended; at once if it has not begun
   * @lab 08.6
   */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.election?.shutdown();
    this.role?.stop();
    this.pause?.end();
    await this.life?.catch(() => {});
  }

  /** A whole number from 0 up to, not including, a limit; 0 when that is 0. */
  private randomBelow(limit: number): number {
    return limit === 0 ? 0 : this.parts.world.random.integer(limit);
  }

  /** Waits, at the longest until the server is stopped. */
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

/** Nothing is mended by looking for another leader. */
function isFatal(error: unknown): boolean {
  return error instanceof InvariantViolation || error instanceof DiskError;
}
