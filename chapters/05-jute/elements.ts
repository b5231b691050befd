/**
 * How generated code writes and reads one element of a vector or a map. Plain functions, so that no closure is made
 * for a vector; those of a record are its own `write` and `read`.
 */
import type { Buffer } from 'node:buffer';
import { ArchiveError, type BinaryInputArchive, type BinaryOutputArchive } from '#04-serialization/binary-archive.js';

type Out = BinaryOutputArchive;
type In = BinaryInputArchive;

export const writeByte = (archive: Out, value: number): void => archive.writeByte(value);
export const writeBoolean = (archive: Out, value: boolean): void => archive.writeBoolean(value);
export const writeInt = (archive: Out, value: number): void => archive.writeInt(value);
export const writeLong = (archive: Out, value: bigint): void => archive.writeLong(value);
export const writeFloat = (archive: Out, value: number): void => archive.writeFloat(value);
export const writeDouble = (archive: Out, value: number): void => archive.writeDouble(value);
export const writeUstring = (archive: Out, value: string | null): void => archive.writeString(value);
export const writeBuffer = (archive: Out, value: Buffer | null): void => archive.writeBuffer(value);

export const readByte = (archive: In): number => archive.readByte();
export const readBoolean = (archive: In): boolean => archive.readBoolean();
export const readInt = (archive: In): number => archive.readInt();
export const readLong = (archive: In): bigint => archive.readLong();
export const readFloat = (archive: In): number => archive.readFloat();
export const readDouble = (archive: In): number => archive.readDouble();
export const readUstring = (archive: In): string | null => archive.readString();
export const readBuffer = (archive: In): Buffer | null => archive.readBuffer();

/** What a map may have as a key: Apache keeps maps sorted, so there must be an order. */
export type MapKey = string | number | bigint | boolean | null;

/** A count, then each key and its value, in the order of the keys. A map is never null. */
export function writeMap<K extends MapKey, V>(
  archive: Out,
  map: ReadonlyMap<K, V>,
  writeKey: (archive: Out, key: K) => void,
  writeValue: (archive: Out, value: V) => void,
): void {
  archive.writeInt(map.size);
  for (const [key, value] of [...map].sort(([a], [b]) => compareKeys(a, b))) {
    writeKey(archive, key);
    writeValue(archive, value);
  }
}

/** @throws {ArchiveError} when the count is negative or there is less than that */
export function readMap<K, V>(archive: In, readKey: (archive: In) => K, readValue: (archive: In) => V): Map<K, V> {
  const count = archive.readInt();
  if (count < 0) throw new ArchiveError('unreasonable-length', `Unreasonable length = ${count} of a map`);
  const map = new Map<K, V>();
  for (let i = 0; i < count; i++) {
    const key = readKey(archive);
    map.set(key, readValue(archive));
  }
  return map;
}

/** The order that maps are written in. */
export function compareKeys(a: MapKey, b: MapKey): number {
  if (a === b) return 0;
  if (a === null) return -1;
  return b === null || a > b ? 1 : -1;
}
