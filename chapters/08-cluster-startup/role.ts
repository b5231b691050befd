/** What the state machine of a peer is put together from. */
import type { PeerState, Vote } from '#14-leader-election/vote.js';

/** How a leader is found. It goes on answering other servers while this one is not looking. */
export interface Election {
  /**
   * Looks for a leader, or becomes it. Whoever made the election has told it whom to tell of the end: that comes first.
   * @returns the vote that won; null when the election was shut down, before or meanwhile
   * @throws {NetworkError} (as a rejection) this server can't be reached by others
   */
  lookForLeader(): Promise<Vote | null>;
  /** Ends a search that is under way, and all connections. */
  shutdown(): void;
}

/** What a peer does while it is in a state, such as to lead. */
export interface Role {
  /**
   * Does it, until it can't be done any more: the leader is gone, too few servers follow, or `stop` was called.
   * Nothing of it is left when the promise settles. A rejection is a reason like any other, and is logged.
   */
  run(): Promise<void>;
  /** Asks it to end. May be called at any time, also twice; `run` settles soon. */
  stop(): void;
}

/** Which role begins in which state, under which vote. */
export type Roles = Readonly<Record<Exclude<PeerState, 'looking'>, (vote: Vote) => Role>>;
