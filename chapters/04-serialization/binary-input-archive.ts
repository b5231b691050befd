/**
 * Reads what a `BinaryOutputArchive` wrote. Every read is checked against the end of the data, and every length
 * against a limit, because the bytes come from a peer or a disk that may send anything.
 */
import { Buffer } from 'node:buffer';
import { readJuteString } from '#04-serialization/jute-string.js';

const TWO_POW_32 = 0x1_0000_0000;

/** `jute.maxbuffer`: the size of a frame that a server accepts unless told otherwise. */
export const DEFAULT_MAX_BUFFER_BYTES = 0xfffff;

/** The limit of one string or buffer: `jute.maxbuffer` plus as much again for what wraps it. */
export const DEFAULT_MAX_ELEMENT_BYTES = 2 * DEFAULT_MAX_BUFFER_BYTES;

/** The bytes are not what the reader was told to expect. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly reason: 'end-of-data' | 'unreasonable-length';
  constructor(reason: ArchiveError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export class BinaryInputArchive {
  /** The next byte to read. */
  position: number;
  protected memory: Buffer;
  protected end: number;
  private readonly maxElementBytes: number;
  private view: DataView | null = null;

  /**
   * @param memory where the data is; only `start` to `end` is read
   * @param maxElementBytes the longest string or buffer that is believed
   */
  constructor(memory: Buffer, start = 0, end = memory.length, maxElementBytes = DEFAULT_MAX_ELEMENT_BYTES) {
    this.memory = memory;
    this.position = start;
    this.end = end;
    this.maxElementBytes = maxElementBytes;
  }

  /** Reads another piece of memory from now on. */
  reset(memory: Buffer, start: number, end: number): void {
    if (memory !== this.memory) this.view = null;
    this.memory = memory;
    this.position = start;
    this.end = end;
  }

  get remainingBytes(): number {
    return this.end - this.position;
  }

  readByte(): number {
    return ((this.memory[this.take(1)] as number) << 24) >> 24;
  }

  readBoolean(): boolean {
    return this.memory[this.take(1)] !== 0;
  }

  readInt(): number {
    const at = this.take(4);
    return this.memory.readInt32BE(at);
  }

  readLong(): bigint {
    const at = this.take(8);
    return this.dataView().getBigInt64(at);
  }

  /** A long that is known to fit a JavaScript number, such as a time in milliseconds. Larger ones lose their last bits. */
  readLongNumber(): number {
    const at = this.take(8);
    return this.memory.readInt32BE(at) * TWO_POW_32 + this.memory.readUInt32BE(at + 4);
  }

  readFloat(): number {
    const at = this.take(4);
    return this.dataView().getFloat32(at);
  }

  readDouble(): number {
    const at = this.take(8);
    return this.dataView().getFloat64(at);
  }

  readString(): string | null {
    const length = this.readLength();
    if (length === -1) return null;
    const start = this.take(length);
    return readJuteString(this.memory, start, start + length);
  }

  /** A copy: the archive's memory may be reused by its owner. */
  readBuffer(): Buffer | null {
    const length = this.readLength();
    if (length === -1) return null;
    const start = this.take(length);
    return Buffer.from(this.memory.subarray(start, start + length));
  }

  /** Grows with what really arrives, so a false count costs nothing. */
  readVector<T>(readElement: (archive: this) => T): T[] | null {
    const count = this.readInt();
    if (count === -1) return null;
    if (count < 0) throw new ArchiveError('unreasonable-length', `Unreasonable length = ${count} of a vector`);
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(readElement(this));
    return values;
  }

  /**
   * Moves past `bytes` bytes and says where they begin.
   * @throws {ArchiveError} when there are not so many
   */
  protected take(bytes: number): number {
    const start = this.position;
    if (bytes > this.end - start) {
      throw new ArchiveError('end-of-data', `${bytes} bytes expected at offset ${start}, ${this.end - start} left`);
    }
    this.position = start + bytes;
    return start;
  }

  private readLength(): number {
    const length = this.readInt();
    if (length < -1 || length > this.maxElementBytes) {
      throw new ArchiveError('unreasonable-length', `Unreasonable length = ${length}`);
    }
    return length;
  }

  private dataView(): DataView {
    this.view ??= new DataView(this.memory.buffer, this.memory.byteOffset, this.memory.byteLength);
    return this.view;
  }
}
