/**
 * Generated from persistence.jute. Change that file, not this one, and run:
 *     npm run jute
 *
 * The first bytes of a file.
 */
import type { RecordType } from '#04-serialization/record-type.js';

/** @apache server.persistence.FileHeader */
export interface FileHeader {
  /** ZKLG in a log, ZKSN in a snapshot. */
  magic: number;
  /** The version of the format: 2. */
  version: number;
  /** 0 in a log, -1 in a snapshot. */
  dbid: bigint;
}

export const FileHeader: RecordType<FileHeader> = {
  name: 'FileHeader',
  fields: [
    { name: 'magic', type: 'int' },
    { name: 'version', type: 'int' },
    { name: 'dbid', type: 'long' },
  ],
  write(archive, record) {
    archive.writeInt(record.magic);
    archive.writeInt(record.version);
    archive.writeLong(record.dbid);
  },
  read(archive) {
    return {
      magic: archive.readInt(),
      version: archive.readInt(),
      dbid: archive.readLong(),
    };
  },
};
