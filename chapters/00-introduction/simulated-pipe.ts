/**
 * One direction of a simulated connection: what was sent and has not been read, in order.
 *
 * Only the first parcel has an event; the next one gets its own when the first has arrived. What arrives while the
 * reader has paused stays here and takes up room, and so slows the writer down.
 */
import { Buffer } from 'node:buffer';
import type { MachineLife } from '#00-introduction/machine-life.js';
import type { SimulatedNetwork } from '#00-introduction/simulated-network.js';

/**
 * Besides bytes: the connection was accepted, the writer has closed it in good order, or it is broken. `atMs` is when a
 * parcel arrives, unless one before it is later.
 */
export type Parcel =
  | { readonly kind: 'data'; readonly atMs: number; readonly bytes: Buffer }
  | { readonly kind: 'accepted' | 'end' | 'reset'; readonly atMs: number };

export interface PipeReader {
  readonly life: MachineLife;
  readonly isPaused: boolean;
  receive(parcel: Parcel): void;
}

export interface PipeWriter {
  readonly life: MachineLife;
  readonly unsentBytes: number;
  /** The reader has taken something, and the news of it has come back. */
  roomGrew(): void;
}

/** How many bytes may come one by one, when they do. */
const SINGLE_BYTES = 32;

export class SimulatedPipe {
  private readonly network: SimulatedNetwork;
  private readonly from: string;
  private readonly to: string;
  private readonly what: string;
  private reader: PipeReader | null = null;
  private writer: PipeWriter | null = null;
  private parcels: Parcel[] = [];
  private bytesInside = 0;
  /** The first parcel has an event. */
  private moving = false;
  /** The first parcel has arrived and waits for the reader. */
  private stalled = false;
  private roomIsAnnounced = false;
  private cut = false;

  constructor(network: SimulatedNetwork, from: string, to: string) {
    this.network = network;
    this.from = from;
    this.to = to;
    this.what = `something arrives from ${from}`;
  }

  /** There is a reader only when the connection has been accepted. */
  attachReader(reader: PipeReader): void {
    this.reader = reader;
    this.move();
  }

  attachWriter(writer: PipeWriter): void {
    this.writer = writer;
  }

  get roomBytes(): number {
    return Math.max(0, this.network.conditions.windowBytes - this.bytesInside);
  }

  /** Bytes have arrived that the reader did not want yet. */
  get hasUnread(): boolean {
    return this.stalled && this.bytesInside > 0;
  }

  get isCut(): boolean {
    return this.cut;
  }

  send(kind: 'accepted' | 'end' | 'reset'): void {
    if (this.cut) return;
    this.parcels.push({ kind, atMs: this.arrivalMs() });
    this.move();
  }

  /** @param bytes are the pipe's own from now on */
  sendBytes(bytes: Buffer): void {
    if (this.cut) return;
    this.bytesInside += bytes.length;
    for (const piece of this.pieces(bytes)) this.parcels.push({ kind: 'data', atMs: this.arrivalMs(), bytes: piece });
    this.move();
  }

  /** The reader reads again. */
  resume(): void {
    if (!this.stalled) return;
    this.stalled = false;
    this.move();
  }

  /** Breaks it: something of what was on the way still arrives, then the reader finds out. */
  breakOff(): void {
    if (this.cut) return;
    this.dropAfter(this.network.random.integer(this.parcels.length + 1));
    this.send('reset');
    this.cut = true;
    this.resume();
  }

  /** A piece of what arrived on a broken connection is lost: then so is all that comes after it, but for the bad news. */
  loseRest(): void {
    this.parcels = this.parcels.filter(({ kind }) => kind === 'reset');
    this.bytesInside = 0;
  }

  /** There is no reader any more. */
  discard(): void {
    this.cut = true;
    this.dropAfter(0);
  }

  private dropAfter(count: number): void {
    this.parcels.length = Math.min(count, this.parcels.length);
    this.bytesInside = this.parcels.reduce((sum, parcel) => sum + sizeOf(parcel), 0);
  }

  private arrivalMs(): number {
    return this.network.timeline.nowMs + this.network.drawLatencyMs(this.from, this.to);
  }

  private pieces(bytes: Buffer): Buffer[] {
    const { random, conditions } = this.network;
    if (bytes.length < 2) return [bytes];
    if (random.chance(conditions.singleByteChance)) {
      const pieces = Array.from(bytes.subarray(0, SINGLE_BYTES), (_, i) => bytes.subarray(i, i + 1));
      return bytes.length > SINGLE_BYTES ? [...pieces, bytes.subarray(SINGLE_BYTES)] : pieces;
    }
    if (!random.chance(conditions.splitChance)) return [bytes];
    const at = 1 + random.integer(bytes.length - 1);
    return [bytes.subarray(0, at), bytes.subarray(at)];
  }

  private move(): void {
    const { reader } = this;
    const [first] = this.parcels;
    if (first === undefined || reader === null || this.moving || this.stalled) return;
    this.moving = true;
    this.network.carry(this.from, this.to, first.atMs, this.what, reader.life, this.arrive);
  }

  private readonly arrive = (): void => {
    this.moving = false;
    const { reader } = this;
    if (reader === null) return;
    if (reader.isPaused) {
      const resetAt = this.parcels.findIndex(({ kind }) => kind === 'reset');
      if (resetAt === -1) {
        this.stalled = true;
        return;
      }
      // A broken connection is noticed even by those who don't read; what they have not read is lost.
      this.parcels.splice(0, resetAt);
    }
    const parcel = this.takeFirst();
    this.move();
    if (parcel === undefined) return;
    reader.receive(parcel);
    if (!this.cut) this.announceRoom();
  };

  private takeFirst(): Parcel | undefined {
    const first = this.parcels.shift();
    if (first?.kind !== 'data') return first;
    const { random, conditions } = this.network;
    const joined = [first.bytes];
    for (let next = this.parcels[0]; next?.kind === 'data' && random.chance(conditions.joinChance); ) {
      joined.push(next.bytes);
      this.parcels.shift();
      next = this.parcels[0];
    }
    const bytes = joined.length === 1 ? first.bytes : Buffer.concat(joined);
    this.bytesInside -= bytes.length;
    return { kind: 'data', atMs: first.atMs, bytes };
  }

  /** Only a writer that waits for room is told. */
  private announceRoom(): void {
    const { writer, network } = this;
    if (writer === null || writer.unsentBytes === 0 || this.roomIsAnnounced) return;
    this.roomIsAnnounced = true;
    const atMs = network.timeline.nowMs + network.drawLatencyMs(this.to, this.from);
    network.carry(this.to, this.from, atMs, `${this.to} has read something`, writer.life, () => {
      this.roomIsAnnounced = false;
      writer.roomGrew();
    });
  }
}

function sizeOf(parcel: Parcel): number {
  return parcel.kind === 'data' ? parcel.bytes.length : 0;
}
