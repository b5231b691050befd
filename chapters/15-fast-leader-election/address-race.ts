/**
 * Opens a connection to a server that has several addresses, one for each network that it is in. The first address is
 * tried first; if it does not answer soon, the next one is tried besides. The first connection that opens is used.
 *
 * Apache's server asks first which address is alive, by a ping of the operating system, and then connects to one that
 * was. What counts is whether a connection opens, and here nothing else is asked.
 *
 * @apache quorum.MultipleAddresses#getReachableOrOne
 */
import { addressText } from '#00-introduction/network-error.js';
import { type Address, NetworkError, type Timer, type World } from '#00-introduction/world.js';
import { ElectionConnection, type ElectionConnectionOwner } from '#15-fast-leader-election/election-connection.js';

export interface RaceLimits {
  /** How long the last address that was tried may take, milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long an address has before the next one is tried besides, milliseconds. */
  readonly nextAddressAfterMs: number;
}

export interface RaceOutcome {
  /** @param connection open, and in need of another owner */
  won(connection: ElectionConnection): void;
  /** No address has answered. */
  lost(error: Error): void;
}

export class AddressRace implements ElectionConnectionOwner {
  private readonly world: Pick<World, 'clock' | 'network'>;
  private readonly addresses: readonly Address[];
  private readonly limits: RaceLimits;
  private readonly outcome: RaceOutcome;
  private readonly running = new Set<ElectionConnection>();
  private triedCount = 0;
  private timer: Timer | null = null;

  /** @param addresses at least one */
  constructor(
    world: Pick<World, 'clock' | 'network'>,
    addresses: readonly Address[],
    limits: RaceLimits,
    outcome: RaceOutcome,
  ) {
    this.world = world;
    this.addresses = addresses;
    this.limits = limits;
    this.outcome = outcome;
    this.tryNext();
  }

  /** Gives up; nobody is told. */
  stop(): void {
    this.timer?.cancel();
    for (const connection of this.running) connection.destroy();
    this.running.clear();
  }

  opened(connection: ElectionConnection): void {
    this.running.delete(connection);
    this.stop();
    this.outcome.won(connection);
  }

  closed(connection: ElectionConnection, error: Error | null): void {
    this.running.delete(connection);
    if (this.hasMore) this.tryNext();
    else if (this.running.size === 0) this.lose(error ?? new NetworkError('ECONNRESET', 'closed before it was open'));
  }

  private tryNext(): void {
    this.timer?.cancel();
    const { connectTimeoutMs, nextAddressAfterMs } = this.limits;
    const address = this.addresses[this.triedCount++] as Address;
    this.running.add(ElectionConnection.to(this, (handler) => this.world.network.connect(address, handler)));
    this.timer = this.hasMore
      ? this.world.clock.schedule(nextAddressAfterMs, () => this.tryNext())
      : this.world.clock.schedule(connectTimeoutMs, () => this.lose(timeoutError(address)));
  }

  private get hasMore(): boolean {
    return this.triedCount < this.addresses.length;
  }

  private lose(error: Error): void {
    this.stop();
    this.outcome.lost(error);
  }
}

function timeoutError(address: Address): NetworkError {
  return new NetworkError('ETIMEDOUT', `cannot connect to ${addressText(address)}: no answer in time (ETIMEDOUT)`);
}
