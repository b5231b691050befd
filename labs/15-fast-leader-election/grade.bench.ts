/** What it costs to hear a vote, in ensembles of more servers than anybody has. */
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { ElectionRound } from '#15-fast-leader-election/election-round.js';
import { ratio, slope } from '../runner/bench-checks.js';
import { candidate, ensemble, says } from './grade-elections.js';

const CHEAP = 'To hear a vote takes one look at each of those that were heard before, and no more.';

/** Each of them says that it wants the greatest; the last word of some comes twice. */
function hearAll(voters: number): void {
  const me: ServerId = serverId(BigInt(voters));
  const greatest = candidate(voters, 1, 10);
  const round = new ElectionRound({ id: me, initialVote: greatest, verifiers: [ensembleOf(voters)] }, 1n);
  const vote = says(greatest, 1);
  for (let id = 1; id < voters; id++) {
    round.hearLooking(serverId(BigInt(id)), vote);
    round.remainingWaitMs(id);
  }
}

const ensembles = new Map<number, ReturnType<typeof ensemble>>();

function ensembleOf(voters: number): ReturnType<typeof ensemble> {
  const known = ensembles.get(voters) ?? ensemble(voters);
  ensembles.set(voters, known);
  return known;
}

export default [
  slope({
    gap: '15.2',
    name: 'all votes of an election take time as the square of the servers, at most',
    invariant: CHEAP,
    of: 'servers',
    sizes: [50, 150, 450],
    limit: 2.4,
    prepare: (size) => {
      ensembleOf(size);
      return () => hearAll(size);
    },
  }),
  ratio({
    gap: '15.3',
    name: 'an election takes about as long as with our answer',
    invariant: CHEAP,
    prepare: () => () => {
      for (let times = 0; times < 300; times++) hearAll(9);
    },
  }),
];
