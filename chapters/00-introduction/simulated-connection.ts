/**
 * One end of a simulated connection.
 *
 * It is strict about memory, so that a mistake shows: what `write` did not take at once is read only when it is sent,
 * and a chunk is overwritten as soon as `data` returns.
 */
import { Buffer } from 'node:buffer';
import { invariant } from '#00-introduction/invariant.js';
import type { MachineLife } from '#00-introduction/machine-life.js';
import { addressText, networkError } from '#00-introduction/network-error.js';
import type { ConnectionEnd, SimulatedNetwork } from '#00-introduction/simulated-network.js';
import type { Parcel, PipeReader, PipeWriter, SimulatedPipe } from '#00-introduction/simulated-pipe.js';
import type { Address, Connection, ConnectionHandler } from '#00-introduction/world.js';

/** How long the memory of a held write may go unread, when there is room. */
const HELD_WRITE_MS = [0, 1] as const;

/** What a chunk is overwritten with. */
const POISON = 0xdb;

export interface ConnectionParts {
  /** The same at both ends. */
  readonly number: number;
  readonly local: Address;
  readonly remote: Address;
  readonly peerMachine: string;
  readonly incoming: SimulatedPipe;
  readonly outgoing: SimulatedPipe;
}

export class SimulatedConnection implements Connection, ConnectionEnd, PipeReader, PipeWriter {
  readonly number: number;
  readonly local: Address;
  readonly remote: Address;
  readonly peerMachine: string;
  readonly life: MachineLife;
  readonly incoming: SimulatedPipe;
  readonly outgoing: SimulatedPipe;
  private readonly network: SimulatedNetwork;
  private handler: ConnectionHandler | null = null;
  private state: 'connecting' | 'open' | 'closed';
  private paused = false;
  private ended = false;
  private held: Uint8Array[] = [];
  /** How much of the first held write has been sent. */
  private heldOffset = 0;
  private heldBytes = 0;
  private flushIsScheduled = false;

  constructor(network: SimulatedNetwork, life: MachineLife, state: 'connecting' | 'open', parts: ConnectionParts) {
    this.network = network;
    this.life = life;
    this.state = life.isOver ? 'closed' : state;
    this.number = parts.number;
    this.local = parts.local;
    this.remote = parts.remote;
    this.peerMachine = parts.peerMachine;
    this.incoming = parts.incoming;
    this.outgoing = parts.outgoing;
    this.outgoing.attachWriter(this);
    this.incoming.attachReader(this);
    if (!life.isOver) network.add(this);
  }

  // --------------------------------------------------------------------------- what the program calls

  get unsentBytes(): number {
    return this.heldBytes;
  }

  setHandler(handler: ConnectionHandler): void {
    invariant('connection-handler-is-set-once', this.handler === null);
    this.handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.state === 'closed' || bytes.length === 0) return true;
    const { random, conditions } = this.network;
    const isHeld = random.chance(conditions.holdWriteChance);
    if (!isHeld && this.state === 'open' && this.heldBytes === 0 && bytes.length <= this.outgoing.roomBytes) {
      this.send(Buffer.from(bytes));
      return true;
    }
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    this.flushLater();
    return false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.incoming.resume();
  }

  end(): void {
    if (this.ended || this.state === 'closed') return;
    this.ended = true;
    this.incoming.resume();
    if (this.state === 'open' && this.heldBytes === 0) this.finish();
  }

  destroy(): void {
    if (this.state === 'closed') return;
    // As TCP has it: closing a connection with bytes unread tells the peer that they were never read.
    if (this.incoming.hasUnread) this.refuseBytes();
    else this.outgoing.send('end');
    this.closeLater();
  }

  // --------------------------------------------------------------------------- what the network calls

  get isConnecting(): boolean {
    return this.state === 'connecting';
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  get hasHandler(): boolean {
    return this.handler !== null;
  }

  /** Someone who has closed or ended hears everything, to answer it or to throw it away. */
  get isPaused(): boolean {
    return this.paused && !this.ended && this.state === 'open';
  }

  receive(parcel: Parcel): void {
    if (this.state === 'closed') {
      if (parcel.kind === 'data' && !this.ended) this.refuseBytes();
    } else if (parcel.kind === 'data') {
      this.receiveBytes(parcel.bytes);
    } else if (parcel.kind === 'accepted') {
      this.opened();
    } else if (parcel.kind === 'reset') {
      this.fail('ECONNRESET');
    } else {
      this.ended = true;
      if (this.heldBytes === 0) this.finish();
    }
  }

  roomGrew(): void {
    this.flush();
  }

  /** The connection can't be made, or is lost. */
  fail(code: string): void {
    if (this.state === 'closed') return;
    const what = this.state === 'connecting' ? 'cannot connect to' : 'lost the connection to';
    this.close();
    this.report(code, networkError(code, `${what} ${addressText(this.remote)}`));
  }

  break(): void {
    if (this.outgoing.isCut && this.incoming.isCut) return;
    const { timeline } = this.network;
    if (timeline.isWatched) {
      timeline.emit({ kind: 'break', connection: this.number, from: this.life.name, to: this.peerMachine });
    }
    this.outgoing.breakOff();
    this.incoming.breakOff();
  }

  vanish(): void {
    this.incoming.discard();
    this.outgoing.breakOff();
    this.close();
  }

  // ------------------------------------------------------------------------------------------ helpers

  private opened(): void {
    this.state = 'open';
    if (!this.ended) this.handler?.opened?.();
    if (this.isClosed) return;
    if (this.heldBytes > 0) this.flushLater();
    else if (this.ended) this.finish();
  }

  private receiveBytes(bytes: Buffer): void {
    const { timeline, random, conditions } = this.network;
    if (random.chance(conditions.breakChance)) {
      this.break();
      this.incoming.loseRest();
      return;
    }
    if (this.ended) return;
    if (timeline.isWatched) {
      const link = { connection: this.number, from: this.peerMachine, to: this.life.name };
      timeline.emit({ kind: 'data', ...link, bytes: Buffer.from(bytes) });
      if (this.isClosed) return;
    }
    this.handler?.data(bytes);
    bytes.fill(POISON);
  }

  private refuseBytes(): void {
    this.outgoing.send('reset');
    this.incoming.discard();
  }

  private send(bytes: Buffer): void {
    const { timeline } = this.network;
    if (timeline.isWatched) {
      const link = { connection: this.number, from: this.life.name, to: this.peerMachine };
      timeline.emit({ kind: 'send', ...link, bytes: Buffer.from(bytes) });
    }
    this.outgoing.sendBytes(bytes);
  }

  private flushLater(): void {
    if (this.flushIsScheduled || this.state !== 'open') return;
    this.flushIsScheduled = true;
    this.life.later(this.network.random.betweenMs(HELD_WRITE_MS), 'a held write is sent', () => {
      this.flushIsScheduled = false;
      this.flush();
    });
  }

  /** Sends as much as there is room for. Only here is the memory of a held write read. */
  private flush(): void {
    if (this.state !== 'open' || this.heldBytes === 0) return;
    while (this.heldBytes > 0) {
      const bytes = this.held[0] as Uint8Array;
      const part = bytes.subarray(this.heldOffset, this.heldOffset + this.outgoing.roomBytes);
      if (part.length === 0) return;
      this.heldOffset += part.length;
      this.heldBytes -= part.length;
      if (this.heldOffset === bytes.length) {
        this.held.shift();
        this.heldOffset = 0;
      }
      this.send(Buffer.from(part));
    }
    if (this.ended) this.finish();
    else this.handler?.drained?.();
  }

  private finish(): void {
    this.outgoing.send('end');
    this.closeLater();
  }

  private closeLater(): void {
    this.close();
    this.life.later(0, 'a connection is closed', () => this.report(null, null));
  }

  private close(): void {
    this.state = 'closed';
    this.held = [];
    this.heldBytes = 0;
    this.network.forget(this);
    this.incoming.resume();
  }

  private report(code: string | null, error: Error | null): void {
    const { timeline } = this.network;
    if (timeline.isWatched) {
      timeline.emit({ kind: 'close', connection: this.number, machine: this.life.name, error: code });
    }
    if (!this.life.isOver) this.handler?.closed(error);
  }
}
