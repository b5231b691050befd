/**
 * Listens for other servers, on each of this server's election addresses. A port that is taken may be free a moment
 * later, when the process that was here before is gone for good; so listening is tried again.
 *
 * @apache quorum.QuorumCnxManager.Listener
 */
import { addressText } from '#00-introduction/network-error.js';
import type { Address, Connection, Listener, World } from '#00-introduction/world.js';

export interface ElectionListenerOptions {
  readonly electionAddresses: readonly Address[];
  /** All addresses of the machine, at the ports of the named ones. */
  readonly quorumListenOnAllIPs: boolean;
  /** 0: for ever. */
  readonly bindRetries: number;
}

const PAUSE_MS = 1000;

export class ElectionListener {
  private readonly world: Pick<World, 'clock' | 'network' | 'log'>;
  private readonly options: ElectionListenerOptions;
  private readonly accept: (connection: Connection) => void;
  private readonly listeners: Listener[] = [];
  private isClosed = false;

  constructor(
    world: Pick<World, 'clock' | 'network' | 'log'>,
    options: ElectionListenerOptions,
    accept: (connection: Connection) => void,
  ) {
    this.world = world;
    this.options = options;
    this.accept = accept;
  }

  get addresses(): readonly Address[] {
    return this.listeners.map(({ address }) => address);
  }

  /** @throws {NetworkError} (as a rejection) one of the addresses can't be listened on, after all retries */
  async listen(): Promise<void> {
    await Promise.all(this.wanted().map((address) => this.listenOn(address)));
  }

  close(): void {
    this.isClosed = true;
    for (const listener of this.listeners.splice(0)) void listener.close();
  }

  private wanted(): readonly Address[] {
    const { electionAddresses, quorumListenOnAllIPs } = this.options;
    if (!quorumListenOnAllIPs) return electionAddresses;
    return [...new Set(electionAddresses.map(({ port }) => port))].map((port) => ({ host: '', port }));
  }

  private async listenOn(address: Address): Promise<void> {
    const { bindRetries } = this.options;
    for (let failures = 0; !this.isClosed; ) {
      try {
        const listener = await this.world.network.listen(address, this.accept);
        if (this.isClosed) void listener.close();
        else this.listeners.push(listener);
        return;
      } catch (error) {
        failures++;
        if (failures === bindRetries) throw error;
        this.world.log.warn(`cannot listen for elections on ${addressText(address)}, trying again`, error);
        await new Promise<void>((resolve) => void this.world.clock.schedule(PAUSE_MS, resolve));
      }
    }
  }
}
