/**
 * Jute's binary form: values one after the other. No tags, no padding: the reader must know what comes.
 *
 *     boolean, byte      1 byte
 *     int, long          4, 8 bytes, big-endian
 *     float, double      4, 8 bytes, IEEE 754, big-endian
 *     ustring, buffer    int length, then the bytes; null is length -1
 *     vector             int count, then the elements; null is count -1
 *     record             its fields, in order
 */
import { Buffer } from 'node:buffer';

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

/**
 * Writes values. The memory is reused: `reset` and write again. `bytes()` is a view, good until the next write.
 *
 * @apache jute.BinaryOutputArchive
 */
export class BinaryOutputArchive {
  /** Where the next byte goes; also how many were written. */
  position = 0;
  private memory: Buffer;
  private view: DataView;

  /** @param capacityBytes first size of the memory; it doubles when needed */
  constructor(capacityBytes = 1024) {
    this.memory = Buffer.allocUnsafe(capacityBytes);
    this.view = viewOf(this.memory);
  }

  /** A view of what was written. Valid until the next write. */
  bytes(): Buffer {
    return this.memory.subarray(0, this.position);
  }

  /**
   * The memory itself, of which the first `position` bytes were written: for who reads a part of them, without a view for
   * each. After the next write it may be another one.
   */
  get writtenTo(): Buffer {
    return this.memory;
  }

  /** Forgets what was written, keeps the memory. */
  reset(): void {
    this.position = 0;
  }

  /** Gives up the memory (someone else still reads it) and starts with new one. */
  replaceMemory(capacityBytes: number): void {
    this.memory = Buffer.allocUnsafe(capacityBytes);
    this.view = viewOf(this.memory);
    this.position = 0;
  }

  get capacityBytes(): number {
    return this.memory.length;
  }

  writeByte(value: number): void {
    this.makeRoom(1);
    this.memory[this.position++] = value;
  }

  writeBoolean(value: boolean): void {
    this.writeByte(value ? 1 : 0);
  }

  writeInt(value: number): void {
    this.makeRoom(4);
    this.view.setInt32(this.position, value);
    this.position += 4;
  }

  writeLong(value: bigint): void {
    this.makeRoom(8);
    this.view.setBigInt64(this.position, value);
    this.position += 8;
  }

  /** A long that fits a JavaScript number, such as a time in milliseconds. */
  writeLongNumber(value: number): void {
    this.makeRoom(8);
    this.view.setInt32(this.position, Math.floor(value / TWO_POW_32));
    this.view.setUint32(this.position + 4, value >>> 0);
    this.position += 8;
  }

  writeFloat(value: number): void {
    this.makeRoom(4);
    this.view.setFloat32(this.position, value);
    this.position += 4;
  }

  writeDouble(value: number): void {
    this.makeRoom(8);
    this.view.setFloat64(this.position, value);
    this.position += 8;
  }

  /**
   * The length in bytes, an int, and then the bytes, which `writeJuteString` writes. Null has the length -1 and no bytes,
   * which is not the same as an empty string.
   *
   * @lab 04.2
   */
  writeString(value: string | null): void {
    throw new Error('lab 04.2 is not written yet: BinaryOutputArchive.writeString');
  }

  /**
   * The length, an int, and then the bytes. Null has the length -1.
   *
   * @lab 04.2
   */
  writeBuffer(value: Uint8Array | null): void {
    throw new Error('lab 04.2 is not written yet: BinaryOutputArchive.writeBuffer');
  }

  /** Bytes as they are, without a length. */
  writeRaw(value: Uint8Array): void {
    this.makeRoom(value.length);
    this.memory.set(value, this.position);
    this.position += value.length;
  }

  /**
   * The count, an int, and then the elements, each as `writeElement` writes it. Null has the count -1.
   *
   * @lab 04.2
   */
  writeVector<T>(values: readonly T[] | null, writeElement: (archive: this, value: T) => void): void {
    throw new Error('lab 04.2 is not written yet: BinaryOutputArchive.writeVector');
  }

  /** Writes an int over an earlier one: a length that is known only now. */
  patchInt(position: number, value: number): void {
    this.view.setInt32(position, value);
  }

  /** The same for a long. */
  patchLong(position: number, value: bigint): void {
    this.view.setBigInt64(position, value);
  }

  /**
   * Makes sure that `bytes` more bytes fit behind `position`. When they don't, the memory is replaced by a larger one:
   * what was written stays, and a long row of small writes costs no more for each byte than a short one. The view is
   * always one of the memory.
   *
   * @lab 04.1
   */
  private makeRoom(bytes: number): void {
    throw new Error('lab 04.1 is not written yet: BinaryOutputArchive.makeRoom');
  }
}

/**
 * Reads what a `BinaryOutputArchive` wrote. Every read is checked against the end of the data, and every length
 * against a limit, because the bytes come from a peer or a disk that may send anything.
 *
 * All that is read goes through `take`, so that a subclass may fetch more bytes there.
 *
 * @apache jute.BinaryInputArchive
 */
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
    const at = this.take(1);
    return ((this.memory[at] as number) << 24) >> 24;
  }

  readBoolean(): boolean {
    const at = this.take(1);
    return this.memory[at] !== 0;
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

  /**
   * What `writeString` wrote.
   *
   * @throws {ArchiveError} unreasonable-length, end-of-data
   * @lab 04.4
   */
  readString(): string | null {
    throw new Error('lab 04.4 is not written yet: BinaryInputArchive.readString');
  }

  /**
   * What `writeBuffer` wrote. A copy: the archive's memory may be used for something else by its owner, soon.
   *
   * @throws {ArchiveError} unreasonable-length, end-of-data
   * @lab 04.4
   */
  readBuffer(): Buffer | null {
    throw new Error('lab 04.4 is not written yet: BinaryInputArchive.readBuffer');
  }

  /**
   * What `writeVector` wrote; `readElement` reads one element. A count that lies, however large, costs no more time and
   * memory than what is really there.
   *
   * @throws {ArchiveError} unreasonable-length when the count is negative and not -1; what `readElement` throws
   * @lab 04.5
   */
  readVector<T>(readElement: (archive: this) => T): T[] | null {
    throw new Error('lab 04.5 is not written yet: BinaryInputArchive.readVector');
  }

  /**
   * Moves past the next bytes when they are these: cheaper than to read what nearly always is the same.
   * @returns false when they are not; then nothing has moved
   */
  skipIfNext(expected: Uint8Array): boolean {
    const { memory, position } = this;
    if (expected.length > this.end - position) return false;
    for (let i = 0; i < expected.length; i++) if (memory[position + i] !== expected[i]) return false;
    this.position = position + expected.length;
    return true;
  }

  /**
   * Moves past the next `bytes` bytes and says where in `memory` they begin. The data ends at `end`; what the memory
   * holds behind it belongs to somebody else. A subclass may put other memory in place before it says where they are.
   *
   * @throws {ArchiveError} end-of-data when there are fewer; then nothing has moved
   * @lab 04.3
   */
  protected take(bytes: number): number {
    throw new Error('lab 04.3 is not written yet: BinaryInputArchive.take');
  }

  /**
   * Reads the length of a string or buffer: -1 to `maxElementBytes`.
   *
   * @throws {ArchiveError} unreasonable-length, `Unreasonable length = -2`; end-of-data
   * @lab 04.4
   */
  private readLength(): number {
    throw new Error('lab 04.4 is not written yet: BinaryInputArchive.readLength');
  }

  private dataView(): DataView {
    this.view ??= new DataView(this.memory.buffer, this.memory.byteOffset, this.memory.byteLength);
    return this.view;
  }
}

// -------------------------------------------------------------------------------------------------- strings

/**
 * How many bytes `writeJuteString` writes for a string.
 *
 * @lab 04.2
 */
export function juteStringByteLength(value: string): number {
  throw new Error('lab 04.2 is not written yet: juteStringByteLength');
}

/**
 * Writes the bytes of a string, without its length, from `start` on. There must be room.
 *
 * Each UTF-16 unit (`charCodeAt`) is encoded on its own: below 0x80 as one byte, below 0x800 as two, else as three, with
 * the bits as UTF-8 has them. For most text that is UTF-8. A character beyond U+FFFF is two units, and so becomes two
 * times three bytes where UTF-8 has four.
 *
 * @lab 04.2
 */
export function writeJuteString(memory: Buffer, start: number, value: string): void {
  throw new Error('lab 04.2 is not written yet: writeJuteString');
}

/**
 * Reads the bytes of a string. They are taken for plain UTF-8, so a character beyond U+FFFF does not come back: Apache's
 * reader and ours both show U+FFFD twice, once for each half. Other bytes that are not UTF-8 become U+FFFD, too.
 */
export function readJuteString(memory: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if ((memory[at] as number) >= 0x80) return readUtf8(memory, start, end);
  }
  return memory.toString('latin1', start, end);
}

/** JavaScript's decoder shows half a character as three U+FFFD, one for each byte. Java's shows one. */
function readUtf8(memory: Buffer, start: number, end: number): string {
  let text = '';
  let at = start;
  for (let half = nextHalf(memory, at, end); half !== -1; half = nextHalf(memory, at, end)) {
    text += `${memory.toString('utf8', at, half)}\ufffd`;
    at = half + 2;
    if (at < end && isContinuation(memory[at])) at++;
  }
  return text + memory.toString('utf8', at, end);
}

/** Where a code unit from U+D800 to U+DFFF begins: 0xed, then 0xa0 to 0xbf. */
function nextHalf(memory: Buffer, start: number, end: number): number {
  for (let at = start; at < end - 1; at++) {
    if (memory[at] === 0xed && isContinuation(memory[at + 1]) && (memory[at + 1] as number) >= 0xa0) return at;
  }
  return -1;
}

const isContinuation = (byte: number | undefined): boolean => ((byte as number) & 0xc0) === 0x80;

function viewOf(memory: Buffer): DataView {
  return new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
}
