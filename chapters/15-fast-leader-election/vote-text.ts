/** Votes as log lines and transcripts have them. */
import { hex } from '#06-network-protocol/ids.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';

type Candidate = Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>;

/** Whom an observer votes for that has heard of nobody. */
export const NOBODY_ID = -(2n ** 63n);

const VERBS: Readonly<Record<PeerState, string>> = {
  looking: 'votes',
  following: 'follows',
  leading: 'leads:',
  observing: 'observes',
};

/** `server 3 (epoch 1, zxid 0x100000005)` */
export function candidateText(candidate: Candidate): string {
  return candidate.leader === NOBODY_ID ? 'nobody' : `server ${candidate.leader} (${logText(candidate)})`;
}

/** `round 2, votes 3 (epoch 1, zxid 0x100000005)` */
export function voteText(vote: Vote): string {
  return vote.leader === NOBODY_ID ? shortVoteText(vote) : `${shortVoteText(vote)} (${logText(vote)})`;
}

/** `round 2, votes 3` */
export function shortVoteText({ electionEpoch, state, leader }: Vote): string {
  return `round ${electionEpoch}, ${VERBS[state]} ${leader === NOBODY_ID ? 'nobody' : leader}`;
}

/** `votes 3`, `follows 3`, `leads` */
export function doingText({ state, leader }: Pick<Vote, 'state' | 'leader'>): string {
  if (state === 'leading') return 'leads';
  return `${state === 'looking' ? 'votes' : 'follows'} ${leader}`;
}

const logText = ({ peerEpoch, zxid }: Candidate): string => `epoch ${peerEpoch}, zxid 0x${hex(zxid)}`;
