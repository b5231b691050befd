/**
 * What follows an election, as far as the next election depends on it: followers that find their leader or not, a leader
 * that gets enough of them or not, a new epoch, transactions that some have and others don't, and the silence after
 * which either gives up. It takes the place of ZAB in simulations of elections, and has its time-outs and nothing else
 * of it.
 *
 * A message is a byte that says what it is, and two longs: an id or an epoch, and a zxid.
 */
import { Buffer } from 'node:buffer';
import type { Address, Connection, ConnectionHandler, Listener, Timer, World } from '#00-introduction/world.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import { type Zxid, zxid } from '#06-network-protocol/ids.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';

/** What a server keeps over crashes. */
export interface SimulatedLogState {
  zxid: Zxid;
  epoch: bigint;
}

export interface AllegianceOptions {
  readonly world: World;
  readonly id: ServerId;
  readonly verifier: QuorumVerifier;
  readonly log: SimulatedLogState;
  /** Where leaders listen for followers. */
  readonly quorumPort: number;
  /** Leader and follower are in step, in this epoch. Called once. */
  readonly established: (epoch: bigint) => void;
  /** It is over: time to look for a leader again. Called once. */
  readonly over: (why: string) => void;
}

export const TICK_MS = 2000;
const INIT_LIMIT_TICKS = 5;
const SYNC_LIMIT_TICKS = 2;
/** A follower tries so often to reach its leader. */
const MOST_ATTEMPTS = 5;
const ATTEMPT_PAUSE_MS = 1000;

const HELLO = 1;
const PING = 2;
const MESSAGE_BYTES = 17;

/** Under a leader, or as one, until something goes wrong. */
export abstract class Allegiance {
  protected readonly options: AllegianceOptions;
  private readonly timers = new Set<Timer>();
  private isOver = false;

  constructor(options: AllegianceOptions) {
    this.options = options;
  }

  /** Ends it without a word. */
  stop(): void {
    this.isOver = true;
    for (const timer of this.timers) timer.cancel();
    this.closeConnections();
  }

  protected abstract closeConnections(): void;

  protected giveUp(why: string): void {
    if (this.isOver) return;
    this.stop();
    this.options.over(why);
  }

  protected get isRunning(): boolean {
    return !this.isOver;
  }

  protected after(delayMs: number, run: () => void): Timer {
    const timer = this.options.world.clock.schedule(delayMs, () => {
      this.timers.delete(timer);
      run();
    });
    this.timers.add(timer);
    return timer;
  }

  protected nowMs(): number {
    return this.options.world.clock.monotonicMs();
  }
}

export class Leadership extends Allegiance {
  private readonly followers = new Map<Connection, { id: ServerId | null; epoch: bigint; heardMs: number }>();
  private listener: Listener | null = null;
  private isEstablished = false;

  constructor(options: AllegianceOptions) {
    super(options);
    void this.listen();
    this.after(INIT_LIMIT_TICKS * TICK_MS, () => {
      if (!this.isEstablished) this.giveUp('too few followers came');
    });
  }

  protected closeConnections(): void {
    void this.listener?.close();
    for (const connection of this.followers.keys()) connection.destroy();
  }

  private async listen(): Promise<void> {
    const { world, quorumPort } = this.options;
    try {
      const listener = await world.network.listen({ host: '', port: quorumPort }, (one) => this.accept(one));
      if (this.isRunning) this.listener = listener;
      else void listener.close();
    } catch {
      this.giveUp('the port for followers is taken');
    }
  }

  private accept(connection: Connection): void {
    const follower = { id: null as ServerId | null, epoch: 0n, heardMs: this.nowMs() };
    this.followers.set(connection, follower);
    connection.setHandler(
      messagesOf(
        (kind, first, second) => {
          if (!this.isRunning) return;
          follower.heardMs = this.nowMs();
          if (kind !== HELLO) return;
          follower.id = serverId(first);
          follower.epoch = second;
          if (this.isEstablished) this.ping(connection);
          else if (this.hasQuorum()) this.establish();
        },
        () => this.followers.delete(connection),
      ),
    );
    if (!this.isRunning) connection.destroy();
  }

  private hasQuorum(): boolean {
    const { id, verifier } = this.options;
    const silentSinceMs = this.nowMs() - SYNC_LIMIT_TICKS * TICK_MS;
    const present = [...this.followers.values()].filter(({ heardMs }) => heardMs >= silentSinceMs);
    return verifier.containsQuorum(new Set([id, ...present.flatMap((follower) => follower.id ?? [])]));
  }

  /** A new epoch, later than any that a follower has seen. */
  private establish(): void {
    const { log, established } = this.options;
    const epochs = [log.epoch, ...[...this.followers.values()].map(({ epoch }) => epoch)];
    this.isEstablished = true;
    log.epoch = epochs.reduce((latest, epoch) => (epoch > latest ? epoch : latest)) + 1n;
    log.zxid = zxid(log.epoch << 32n);
    established(log.epoch);
    this.tick();
  }

  /** Writes something now and then, which followers get with the next ping. A leader that dies before has it alone. */
  private tick(): void {
    if (!this.hasQuorum()) this.giveUp('the quorum of followers is gone');
    if (!this.isRunning) return;
    for (const connection of this.followers.keys()) this.ping(connection);
    const { world, log } = this.options;
    this.after(world.random.integer(TICK_MS / 4), () => {
      log.zxid = zxid(log.zxid + BigInt(world.random.integer(3)));
    });
    this.after(TICK_MS / 2, () => this.tick());
  }

  private ping(connection: Connection): void {
    const { log } = this.options;
    connection.write(message(PING, log.epoch, log.zxid));
  }
}

export class Followership extends Allegiance {
  private readonly leader: Address;
  private connection: Connection | null = null;
  private attempts = 0;
  private isEstablished = false;
  private silence: Timer | null = null;

  constructor(options: AllegianceOptions, leader: Address) {
    super(options);
    this.leader = leader;
    this.waitForPing(INIT_LIMIT_TICKS);
    this.connect();
  }

  protected closeConnections(): void {
    this.connection?.destroy();
  }

  private connect(): void {
    const { world, id, log } = this.options;
    this.attempts++;
    const handler = messagesOf(
      (kind, first, second) => {
        if (kind === PING && this.isRunning) this.hear(first, zxid(second));
      },
      () => this.lost(),
    );
    this.connection = world.network.connect(this.leader, handler);
    this.connection.write(message(HELLO, id, log.epoch));
  }

  private lost(): void {
    if (!this.isRunning) return;
    if (this.isEstablished || this.attempts === MOST_ATTEMPTS) this.giveUp('the leader is gone');
    else this.after(ATTEMPT_PAUSE_MS, () => this.connect());
  }

  private hear(epoch: bigint, lastZxid: Zxid): void {
    const { log, established } = this.options;
    log.epoch = epoch;
    log.zxid = lastZxid;
    if (!this.isEstablished) established(epoch);
    this.isEstablished = true;
    this.waitForPing(SYNC_LIMIT_TICKS);
    this.connection?.write(message(PING, epoch, lastZxid));
  }

  private waitForPing(ticks: number): void {
    this.silence?.cancel();
    this.silence = this.after(ticks * TICK_MS, () => this.giveUp('the leader is silent'));
  }
}

function message(kind: number, first: bigint, second: bigint): Buffer {
  const bytes = Buffer.alloc(4 + MESSAGE_BYTES);
  bytes.writeInt32BE(MESSAGE_BYTES, 0);
  bytes.writeUInt8(kind, 4);
  bytes.writeBigInt64BE(first, 5);
  bytes.writeBigInt64BE(second, 13);
  return bytes;
}

function messagesOf(
  hear: (kind: number, first: bigint, second: bigint) => void,
  closed: () => void,
): ConnectionHandler {
  const parser = new FrameParser(MESSAGE_BYTES);
  return {
    data: (chunk) => {
      parser.push(chunk);
      while (parser.next()) {
        const { memory, start } = parser;
        hear(memory.readUInt8(start), memory.readBigInt64BE(start + 1), memory.readBigInt64BE(start + 9));
      }
      parser.holdRest();
    },
    closed,
  };
}
