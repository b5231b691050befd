/** Votes as log lines and transcripts have them. */
import { hex } from '#06-network-protocol/ids.js';
import type { Vote } from '#14-leader-election/vote.js';

/** `server 3 (epoch 1, zxid 0x100000005)` */
export function candidateText({ leader, peerEpoch, zxid }: Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>): string {
  return `server ${leader} (epoch ${peerEpoch}, zxid 0x${hex(zxid)})`;
}

/** `looking, round 2: server 3 (epoch 1, zxid 0x100000005)` */
export function voteText(vote: Vote): string {
  return `${vote.state}, round ${vote.electionEpoch}: ${candidateText(vote)}`;
}
