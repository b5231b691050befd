/**
 * A record is a plain object; its `RecordType` knows how to put it into an archive and take it out. Chapter 05
 * generates both from the .jute files, under one name: `Stat` is the type of the object, and the value `Stat` is its
 * record type.
 */
import type { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';

export interface RecordType<T> {
  readonly name: string;
  /** The fields in the order of the wire: what tools print, and what `signature` is made of. */
  readonly fields: readonly Field[];
  write(archive: BinaryOutputArchive, record: T): void;
  /** @throws {ArchiveError} when the bytes end early or a length is unreasonable */
  read(archive: BinaryInputArchive): T;
}

export interface Field {
  readonly name: string;
  readonly type: FieldType;
}

export type FieldType =
  | PrimitiveType
  | { readonly vector: FieldType }
  | { readonly map: readonly [FieldType, FieldType] }
  | { readonly record: () => RecordType<unknown> };

export type PrimitiveType = 'byte' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'ustring' | 'buffer';
