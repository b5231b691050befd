/**
 * Majority with a tie-breaker, for ensembles of two. Without it, when one of the two servers fails the other must stop
 * as well. Something outside that knows better, the *oracle*, may tell it to go on alone.
 *
 * The law of quorums does not hold here: whoever answers for the oracle has to see to it that it never tells both
 * servers to go on while they don't hear of each other.
 */
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import type { QuorumServer } from '#14-leader-election/quorum-server.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/** With more voters the oracle is not asked. */
const MOST_VOTERS = 2;

/** @apache server.quorum.flexible.QuorumOracleMaj */
export class QuorumOracleMaj extends QuorumMaj {
  private readonly askOracle: () => boolean;
  private isAlone = true;

  /** @param askOracle whether this server may go on alone; is asked anew each time */
  constructor(servers: Iterable<QuorumServer>, version: bigint, askOracle: () => boolean) {
    super(servers, version);
    this.askOracle = askOracle;
  }

  /** A leader says how many followers it has: as long as the other server follows, nobody has to be asked. */
  followersChanged(count: number): void {
    this.isAlone = count === 0 && this.votingMembers.size === MOST_VOTERS;
  }

  override containsQuorum(ids: ReadonlySet<ServerId>): boolean {
    if (super.containsQuorum(ids)) return true;
    return this.votingMembers.size <= MOST_VOTERS && this.isAlone && this.askOracle();
  }
}
