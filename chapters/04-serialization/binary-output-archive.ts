/**
 * Writes values one after the other in Jute's binary form. No tags, no padding: the reader must know what comes.
 *
 *     boolean, byte      1 byte
 *     int, long          4, 8 bytes, big-endian
 *     float, double      4, 8 bytes, IEEE 754, big-endian
 *     ustring, buffer    int length, then the bytes; null is length -1
 *     vector             int count, then the elements; null is count -1
 *     record             its fields, in order
 *
 * The memory is reused: `reset` and write again. `bytes()` is a view, good until the next write.
 */
import { Buffer } from 'node:buffer';
import { juteStringByteLength, writeJuteString } from '#04-serialization/jute-string.js';

const TWO_POW_32 = 0x1_0000_0000;

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

  writeString(value: string | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    const lengthBytes = juteStringByteLength(value);
    this.writeInt(lengthBytes);
    this.makeRoom(lengthBytes);
    writeJuteString(this.memory, this.position, value);
    this.position += lengthBytes;
  }

  writeBuffer(value: Uint8Array | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    this.writeInt(value.length);
    this.writeRaw(value);
  }

  /** Bytes as they are, without a length. */
  writeRaw(value: Uint8Array): void {
    this.makeRoom(value.length);
    this.memory.set(value, this.position);
    this.position += value.length;
  }

  writeVector<T>(values: readonly T[] | null, writeElement: (archive: this, value: T) => void): void {
    if (values === null) {
      this.writeInt(-1);
      return;
    }
    this.writeInt(values.length);
    for (const value of values) writeElement(this, value);
  }

  /** Writes an int over an earlier one: a length that is known only now. */
  patchInt(position: number, value: number): void {
    this.view.setInt32(position, value);
  }

  /** The same for a long. */
  patchLong(position: number, value: bigint): void {
    this.view.setBigInt64(position, value);
  }

  private makeRoom(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.memory.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.memory.length * 2));
    this.memory.copy(grown, 0, 0, this.position);
    this.memory = grown;
    this.view = viewOf(grown);
  }
}

function viewOf(memory: Buffer): DataView {
  return new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
}
