/**
 * Reading a file piece by piece. Logs and snapshots may be larger than memory, so every reader of this chapter sees a
 * file through a window that slides forward.
 */
import { Buffer } from 'node:buffer';

/** What the readers need of a `DiskFile`. A snapshot that was decompressed, or came by network, can be one too. */
export interface ByteSource {
  /** For messages. */
  readonly path: string;
  /** Reads at most `into.length` bytes. @returns how many; 0 at the end */
  read(into: Uint8Array, positionBytes: number): number;
}

/** Bytes in memory as a source. */
export function bufferSource(path: string, bytes: Uint8Array): ByteSource {
  return {
    path,
    read(into, positionBytes) {
      const piece = bytes.subarray(positionBytes, positionBytes + into.length);
      into.set(piece);
      return piece.length;
    },
  };
}

export const DEFAULT_WINDOW_BYTES = 0x4_0000;

/** A piece of a source in memory. `memory[i]` is the byte at `baseBytes + i`, for `i` below `filledBytes`. */
export class ByteWindow {
  memory: Buffer;
  baseBytes = 0;
  filledBytes = 0;
  private readonly source: ByteSource;
  private sourceEnded = false;

  constructor(source: ByteSource, capacityBytes = DEFAULT_WINDOW_BYTES) {
    this.source = source;
    this.memory = Buffer.allocUnsafe(capacityBytes);
  }

  /**
   * Moves forward to `offsetBytes`, forgets what lies before, and reads until `bytes` bytes from there are in memory.
   * `memory` is replaced only when it is smaller than `bytes`, and grows with what really arrives: a false length
   * costs no more than the file has.
   *
   * @returns how many bytes there are from `offsetBytes` on; fewer than `bytes` only at the end of the source
   */
  ensure(offsetBytes: number, bytes: number): number {
    const available = this.baseBytes + this.filledBytes - offsetBytes;
    if (available >= bytes || (this.sourceEnded && available >= 0)) return available;
    this.slideTo(offsetBytes);
    while (this.filledBytes < bytes) {
      if (this.filledBytes === this.memory.length) this.grow();
      const free = this.memory.subarray(this.filledBytes);
      const read = this.source.read(free, this.baseBytes + this.filledBytes);
      if (read === 0) {
        this.sourceEnded = true;
        break;
      }
      this.filledBytes += read;
    }
    return this.filledBytes;
  }

  private slideTo(offsetBytes: number): void {
    const kept = Math.max(0, this.baseBytes + this.filledBytes - offsetBytes);
    if (kept > 0) this.memory.copy(this.memory, 0, this.filledBytes - kept, this.filledBytes);
    this.baseBytes = offsetBytes;
    this.filledBytes = kept;
  }

  private grow(): void {
    const grown = Buffer.allocUnsafe(this.memory.length * 2);
    this.memory.copy(grown, 0, 0, this.filledBytes);
    this.memory = grown;
  }
}
