import type { Buffer } from 'node:buffer';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';

/** The bytes that a writer writes. */
export function encodeRecord(write: (archive: BinaryOutputArchive) => void): Buffer {
  const archive = new BinaryOutputArchive();
  write(archive);
  return archive.bytes();
}
