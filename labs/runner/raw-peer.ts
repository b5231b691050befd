/**
 * A client of a simulated check whose bytes are put together by hand: it sends what no library would, and what reads and
 * writes the same mistake can't hide it.
 */
import { Buffer } from 'node:buffer';
import type { Connection } from '#00-introduction/world.js';
import { bytesOf, framed, int, long } from './bytes.js';
import type { SimulatedAttempt } from './simulated-attempt.js';

const LONGEST_WAIT_MS = 10_000;
/** In which a server would send what it should not. */
const QUIET_MS = 1000;

export class RawPeer {
  private readonly attempt: SimulatedAttempt;
  private readonly connection: Connection;
  private received = Buffer.alloc(0);
  private isClosed = false;

  /** Opens a connection. @param name of its machine */
  constructor(attempt: SimulatedAttempt, name = 'peer') {
    this.attempt = attempt;
    const { zoo } = attempt;
    this.connection = zoo.simulation.machine(name).world.network.connect(
      { host: 'server', port: zoo.config.clientPort },
      {
        data: (chunk) => {
          this.received = Buffer.concat([this.received, chunk]);
        },
        closed: () => {
          this.isClosed = true;
        },
      },
    );
  }

  /** The first frame of a client that wants a new session, in hex. */
  static handshake(timeoutMs = 30_000): string {
    const [version, lastZxidSeen, sessionId, password] = [int(0), long(0n), long(0n), int(16) + '00'.repeat(16)];
    return framed([version, lastZxidSeen, int(timeoutMs), sessionId, password, '00'].join(''));
  }

  static ping(): string {
    return framed(int(-2) + int(11));
  }

  /** @param hex sent in one piece */
  send(...hex: readonly string[]): void {
    this.connection.write(bytesOf(...hex));
  }

  /** The content of the next frame that comes. @throws {Mismatch} none comes */
  async frame(): Promise<Buffer> {
    await this.runUntil(() => this.frameCount > 0 || this.isClosed);
    if (this.frameCount === 0) {
      this.attempt.wrong('an answer', this.isClosed ? 'the connection is closed' : 'none', 'the server');
    }
    const end = 4 + this.received.readInt32BE(0);
    const frame = this.received.subarray(4, end);
    this.received = this.received.subarray(end);
    return frame;
  }

  /** @throws {Mismatch} there are fewer frames within some seconds, or more */
  async expectFrames(count: number): Promise<void> {
    await this.runUntil(() => this.frameCount >= count || this.isClosed);
    await this.attempt.zoo.simulation.runFor(QUIET_MS);
    this.attempt.checkServers();
    this.attempt.equal(this.frameCount, count, 'the count of answers');
  }

  /** @throws {Mismatch} the server leaves the connection open */
  async expectClosed(): Promise<void> {
    await this.runUntil(() => this.isClosed);
    this.attempt.holds(this.isClosed, 'the server closes the connection', 'it waits for more');
  }

  private get frameCount(): number {
    let count = 0;
    for (let at = 0; at + 4 <= this.received.length; count++) {
      at += 4 + this.received.readInt32BE(at);
      if (at > this.received.length) break;
    }
    return count;
  }

  private async runUntil(until: () => boolean): Promise<void> {
    const { simulation } = this.attempt.zoo;
    await simulation.run({ until, untilMs: simulation.nowMs + LONGEST_WAIT_MS });
    this.attempt.checkServers();
  }
}
