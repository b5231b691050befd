/**
 * Elections that are wrong, each in one way that somebody could believe to be right. The simulation has to find every
 * one of them, or it would not find others.
 */
import type { ServerId } from '#14-leader-election/server-id.js';
import { sameVote, type Vote } from '#14-leader-election/vote.js';
import { type Candidate, ElectionRound, type Elector } from '#15-fast-leader-election/election-round.js';
import { FastLeaderElection } from '#15-fast-leader-election/fast-leader-election.js';

export interface ElectionDefect {
  /** What somebody could believe. */
  readonly belief: string;
  readonly Election: typeof FastLeaderElection;
  /** What breaks, one of these. */
  readonly caughtBy: readonly string[];
}

/** An election that is right but for its round. */
function withRound(Round: typeof ElectionRound): typeof FastLeaderElection {
  return class extends FastLeaderElection {
    protected override makeRound(elector: Elector, electionEpoch: bigint): ElectionRound {
      return new Round(elector, electionEpoch);
    }
  };
}

const QUORUM = 'a-leader-has-a-quorum-behind-it';
const GREATEST = 'the-winner-is-the-greatest-of-a-quorum';
const QUIET = 'the-greatest-of-all-wins-when-all-is-quiet';
const ENDS = 'talk-comes-to-an-end';
const DECIDES = 'everybody-decides-in-bounded-time';

export const ELECTION_DEFECTS: readonly ElectionDefect[] = [
  {
    belief: 'The longest log is the best one, whatever its epoch.',
    caughtBy: [GREATEST, QUIET],
    Election: withRound(
      class extends ElectionRound {
        protected override isBetter(challenger: Candidate, champion: Candidate): boolean {
          const transactions = ({ zxid }: Candidate): bigint => zxid & 0xffff_ffffn;
          const difference = transactions(challenger) - transactions(champion);
          return difference > 0n || (difference === 0n && super.isBetter(challenger, champion));
        }
      },
    ),
  },
  {
    belief: 'Among equals the one that was first in the list leads.',
    caughtBy: [GREATEST, QUIET],
    Election: withRound(
      class extends ElectionRound {
        protected override isBetter(challenger: Candidate, champion: Candidate): boolean {
          const isTie = challenger.zxid === champion.zxid && challenger.peerEpoch === champion.peerEpoch;
          return isTie ? challenger.leader < champion.leader : super.isBetter(challenger, champion);
        }
      },
    ),
  },
  {
    belief: 'Only the id matters in the end.',
    caughtBy: [GREATEST, QUIET],
    Election: withRound(
      class extends ElectionRound {
        protected override isBetter(challenger: Candidate, champion: Candidate): boolean {
          return challenger.leader > champion.leader;
        }
      },
    ),
  },
  {
    belief: 'A vote is a vote, also when it is of an earlier round.',
    caughtBy: [QUORUM],
    Election: withRound(
      class extends ElectionRound {
        override hearLooking(sender: ServerId, heard: Vote): boolean {
          const isOld = heard.electionEpoch < this.electionEpoch;
          return super.hearLooking(sender, isOld ? { ...heard, electionEpoch: this.electionEpoch } : heard);
        }
      },
    ),
  },
  {
    belief: 'Observers are servers too, and count.',
    caughtBy: [QUORUM],
    Election: class extends FastLeaderElection {
      protected override makeRound(elector: Elector, electionEpoch: bigint): ElectionRound {
        const [verifier] = elector.verifiers;
        const voters = verifier?.votingMembers.size ?? 0;
        return new (class extends ElectionRound {
          override isVoter(id: ServerId): boolean {
            return verifier?.allMembers.has(id) ?? false;
          }
          override hasQuorum(votes: ReadonlyMap<ServerId, Vote>, vote: Vote): boolean {
            return 2 * [...votes.values()].filter((said) => sameVote(said, vote)).length > voters;
          }
        })(elector, electionEpoch);
      }
    },
  },
  {
    belief: 'Whoever has answered is the quorum: more than half of those that were heard.',
    caughtBy: [QUORUM],
    Election: withRound(
      class extends ElectionRound {
        override hasQuorum(votes: ReadonlyMap<ServerId, Vote>, vote: Vote): boolean {
          return 2 * [...votes.values()].filter((said) => sameVote(said, vote)).length > votes.size;
        }
      },
    ),
  },
  {
    belief: 'A quorum has spoken, so there is nothing to wait for.',
    caughtBy: [QUIET],
    Election: withRound(
      class extends ElectionRound {
        override remainingWaitMs(nowMs: number): number | null {
          return super.remainingWaitMs(nowMs) === null ? null : 0;
        }
      },
    ),
  },
  {
    belief: 'The wait begins with the first quorum, whoever it was for.',
    caughtBy: [QUIET],
    Election: withRound(
      class extends ElectionRound {
        private sinceMs: number | null = null;
        override remainingWaitMs(nowMs: number): number | null {
          const remainingMs = super.remainingWaitMs(nowMs);
          if (remainingMs === null) return null;
          this.sinceMs ??= nowMs;
          return Math.max(0, this.sinceMs + 200 - nowMs);
        }
      },
    ),
  },
  {
    belief: 'Whoever has no leader waits until the others have told it.',
    caughtBy: [DECIDES],
    Election: class extends FastLeaderElection {
      protected override speakAgain(): void {}
    },
  },
  {
    belief: 'Who comes late will be told by the leader, nobody else has to answer.',
    caughtBy: [DECIDES],
    Election: class extends FastLeaderElection {
      protected override owesAnswer(mine: Vote, heard: Vote, isVoter: boolean): boolean {
        return mine.state === 'leading' && super.owesAnswer(mine, heard, isVoter);
      }
    },
  },
  {
    belief: 'The own round is the right one; votes of later rounds are for later.',
    caughtBy: [DECIDES, QUIET],
    Election: withRound(
      class extends ElectionRound {
        override hearLooking(sender: ServerId, heard: Vote): boolean {
          return heard.electionEpoch <= this.electionEpoch && super.hearLooking(sender, heard);
        }
      },
    ),
  },
  {
    belief: 'If a quorum says that it follows, its leader must be there.',
    caughtBy: [QUORUM, GREATEST],
    Election: withRound(
      class extends ElectionRound {
        override isThere(): boolean {
          return true;
        }
      },
    ),
  },
  {
    belief: 'One server that follows knows who leads.',
    caughtBy: [QUORUM],
    Election: withRound(
      class extends ElectionRound {
        override hearEstablished(sender: ServerId, heard: Vote): Vote | null {
          return super.hearEstablished(sender, heard) ?? (heard.state === 'leading' ? heard : null);
        }
      },
    ),
  },
  {
    belief: 'Whoever looks for a leader and asks is answered, always.',
    caughtBy: [ENDS],
    Election: class extends FastLeaderElection {
      protected override owesAnswer(_mine: Vote, heard: Vote): boolean {
        return heard.state === 'looking';
      }
    },
  },
  {
    belief: 'To change the own vote is enough, others will see.',
    caughtBy: [QUORUM, DECIDES],
    Election: withRound(
      class extends ElectionRound {
        override hearLooking(sender: ServerId, heard: Vote): boolean {
          super.hearLooking(sender, heard);
          return false;
        }
      },
    ),
  },
];
