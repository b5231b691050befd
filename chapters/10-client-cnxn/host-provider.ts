/**
 * Which server to try next. The list is shuffled once, so that many clients with the same list spread over all
 * servers; then it goes round. Who has tried them all in vain, or lost a connection and gone round since, waits before
 * the next round.
 *
 * @apache client.StaticHostProvider
 */
import { invariant } from '#00-introduction/invariant.js';
import type { Address, Random } from '#00-introduction/world.js';

export interface Attempt {
  readonly address: Address;
  /** Whether a whole round has gone by without success: time for a pause. */
  readonly startsNewRound: boolean;
}

export class HostProvider {
  private readonly addresses: readonly Address[];
  private current = -1;
  /** Where the round began: the last server that answered. */
  private roundStart = -1;

  constructor(addresses: readonly Address[], random: Random) {
    invariant('client-knows-a-server', addresses.length > 0);
    this.addresses = shuffled(addresses, random);
  }

  get size(): number {
    return this.addresses.length;
  }

  next(): Attempt {
    this.current = (this.current + 1) % this.addresses.length;
    const startsNewRound = this.current === this.roundStart;
    if (this.roundStart === -1) this.roundStart = 0;
    return { address: this.addresses[this.current] as Address, startsNewRound };
  }

  /** The last attempt was a success. */
  onConnected(): void {
    this.roundStart = this.current;
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
