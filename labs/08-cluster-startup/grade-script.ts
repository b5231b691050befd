/** A state machine whose elections and roles end when the check says so. */
import { Simulation } from '#00-introduction/simulation.js';
import type { Random } from '#00-introduction/world.js';
import { NO_ZXID } from '#06-network-protocol/ids.js';
import { PeerStateMachine } from '#08-cluster-startup/peer-state-machine.js';
import type { Election, Role } from '#08-cluster-startup/role.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import { serverId } from '#14-leader-election/server-id.js';
import type { Vote } from '#14-leader-election/vote.js';
import type { Attempt } from '../runner/attempt.js';

export const TICK_MS = 1000;

export const voteFor = (leader: bigint): Vote => ({
  leader: serverId(leader),
  zxid: NO_ZXID,
  peerEpoch: 0n,
  electionEpoch: 1n,
  state: 'looking',
  version: 2,
});

export interface ScriptOptions {
  /** What this server is. Default: server 1, a participant. */
  readonly role?: PeerRole;
  readonly observerElectionDelayMs?: number;
  /** Default: the last number that is possible. */
  readonly random?: Random;
}

export class Script {
  readonly machine: PeerStateMachine;
  /** What began and ended, in order. */
  readonly happened: string[] = [];
  readonly simulation = new Simulation({ seed: 1 });
  private search: { resolve(vote: Vote | null): void; reject(error: unknown): void } | null = null;
  private acting: { resolve(): void; reject(error: unknown): void } | null = null;
  private elections = 0;
  private failure: { readonly error: unknown } | null = null;
  private readonly attempt: Attempt;

  constructor(attempt: Attempt, { role = 'participant', observerElectionDelayMs = 0, random }: ScriptOptions = {}) {
    this.attempt = attempt;
    const { clock, log } = this.simulation.machine('server').world;
    const begin = (vote: Vote): Role => this.makeRole(vote);
    this.machine = attempt.make('machine', PeerStateMachine, {
      world: shownAs('simulated', { clock, log, random: random ?? { integer: (below) => below - 1 } }),
      id: serverId(1n),
      role: () => role,
      makeElection: () => this.makeElection(),
      roles: { leading: begin, following: begin, observing: begin },
      tickTimeMs: TICK_MS,
      observerElectionDelayMs,
    });
  }

  /** What goes on by itself from now on; should it fail, the check does. */
  begin(work: Promise<void>): Promise<void> {
    work.catch((error: unknown) => {
      this.failure = { error };
    });
    return work;
  }

  /** Lets everything happen that can happen within a time. @returns what did */
  async after(forMs = 0): Promise<string[]> {
    await this.simulation.runFor(forMs);
    if (forMs > 0) this.attempt.did(`${forMs} ms have passed`);
    if (this.failure) throw this.failure.error;
    return this.happened.splice(0);
  }

  /** Ends the search. */
  elect(leader: bigint): void {
    this.attempt.did(`the election is won by server ${leader}`);
    this.search?.resolve(voteFor(leader));
  }

  shutDown(): void {
    this.attempt.did('the election says that it was shut down');
    this.search?.resolve(null);
  }

  failSearch(error: Error): void {
    this.attempt.did(`the election fails: ${error.name}`);
    this.search?.reject(error);
  }

  endRole(): void {
    this.attempt.did('the role ends');
    this.acting?.resolve();
  }

  failRole(error: Error): void {
    this.attempt.did(`the role fails: ${error.name}`);
    this.acting?.reject(error);
  }

  private happens(what: string): void {
    this.happened.push(what);
    this.attempt.did(what);
  }

  private makeElection(): Election {
    const number = ++this.elections;
    let isShut = false;
    return {
      lookForLeader: () =>
        new Promise((resolve, reject) => {
          this.happens(`election ${number} looks`);
          this.search = { resolve, reject };
          if (isShut) resolve(null);
        }),
      shutdown: () => {
        isShut = true;
        this.search?.resolve(null);
      },
    };
  }

  private makeRole(vote: Vote): Role {
    const { state, leader } = vote;
    return {
      run: () => {
        this.happens(`${state} under ${leader} begins`);
        return new Promise<void>((resolve, reject) => {
          this.acting = { resolve, reject };
        }).finally(() => this.happens(`${state} under ${leader} is over`));
      },
      // To end takes a while: connections have to be closed.
      stop: () => void this.simulation.schedule(TICK_MS / 10, () => this.acting?.resolve()),
    };
  }
}

/** What a report shows of a value that would fill it. */
function shownAs<T extends object>(text: string, value: T): T {
  return Object.defineProperty(value, Symbol.for('nodejs.util.inspect.custom'), { value: () => text });
}
