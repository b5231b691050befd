/**
 * Generated from every-type.jute. Change that file, not this one, and run:
 *     npx tsx chapters/05-jute/main.node.ts -o chapters/05-jute/example chapters/05-jute/example
 *
 * One field of every type that the language has. ZooKeeper itself does without maps and floating-point numbers.
 */
import type { Buffer } from 'node:buffer';
import type { RecordType } from '#04-serialization/record-type.js';
import {
  readBoolean,
  readBuffer,
  readByte,
  readDouble,
  readFloat,
  readInt,
  readLong,
  readMap,
  readUstring,
  writeBoolean,
  writeBuffer,
  writeByte,
  writeDouble,
  writeFloat,
  writeInt,
  writeLong,
  writeMap,
  writeUstring,
} from '#05-jute/elements.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

export interface Point {
  /** to the right */
  x: number;
  /** upwards */
  y: number;
}

export const Point: RecordType<Point> = {
  name: 'Point',
  fields: [
    { name: 'x', type: 'int' },
    { name: 'y', type: 'int' },
  ],
  write(archive, record) {
    archive.writeInt(record.x);
    archive.writeInt(record.y);
  },
  read(archive) {
    return {
      x: archive.readInt(),
      y: archive.readInt(),
    };
  },
};

/**
 * Each type by itself, then inside others.
 *
 * The names of longs matter: see field-types.ts.
 */
export interface EveryType {
  aByte: number;
  aBoolean: boolean;
  anInt: number;
  aLong: bigint;
  aFloat: number;
  aDouble: number;
  aString: string | null;
  aBuffer: Buffer | null;
  aRecord: Point;
  /** Longs that are known by their name. */
  zxid: Zxid;
  sessionId: SessionId;
  ctime: number;
  bytes: number[] | null;
  booleans: boolean[] | null;
  ints: number[] | null;
  longs: bigint[] | null;
  floats: number[] | null;
  doubles: number[] | null;
  strings: (string | null)[] | null;
  buffers: (Buffer | null)[] | null;
  records: Point[] | null;
  nested: ((string | null)[] | null)[] | null;
  longsByName: Map<string | null, bigint>;
  lines: Map<number, Point[] | null>;
  maps: Map<boolean, Buffer | null>[] | null;
}

export const EveryType: RecordType<EveryType> = {
  name: 'EveryType',
  fields: [
    { name: 'aByte', type: 'byte' },
    { name: 'aBoolean', type: 'boolean' },
    { name: 'anInt', type: 'int' },
    { name: 'aLong', type: 'long' },
    { name: 'aFloat', type: 'float' },
    { name: 'aDouble', type: 'double' },
    { name: 'aString', type: 'ustring' },
    { name: 'aBuffer', type: 'buffer' },
    { name: 'aRecord', type: { record: () => Point } },
    { name: 'zxid', type: 'long' },
    { name: 'sessionId', type: 'long' },
    { name: 'ctime', type: 'long' },
    { name: 'bytes', type: { vector: 'byte' } },
    { name: 'booleans', type: { vector: 'boolean' } },
    { name: 'ints', type: { vector: 'int' } },
    { name: 'longs', type: { vector: 'long' } },
    { name: 'floats', type: { vector: 'float' } },
    { name: 'doubles', type: { vector: 'double' } },
    { name: 'strings', type: { vector: 'ustring' } },
    { name: 'buffers', type: { vector: 'buffer' } },
    { name: 'records', type: { vector: { record: () => Point } } },
    { name: 'nested', type: { vector: { vector: 'ustring' } } },
    { name: 'longsByName', type: { map: ['ustring', 'long'] } },
    { name: 'lines', type: { map: ['int', { vector: { record: () => Point } }] } },
    { name: 'maps', type: { vector: { map: ['boolean', 'buffer'] } } },
  ],
  write(archive, record) {
    archive.writeByte(record.aByte);
    archive.writeBoolean(record.aBoolean);
    archive.writeInt(record.anInt);
    archive.writeLong(record.aLong);
    archive.writeFloat(record.aFloat);
    archive.writeDouble(record.aDouble);
    archive.writeString(record.aString);
    archive.writeBuffer(record.aBuffer);
    Point.write(archive, record.aRecord);
    archive.writeLong(record.zxid);
    archive.writeLong(record.sessionId);
    archive.writeLongNumber(record.ctime);
    archive.writeVector(record.bytes, writeByte);
    archive.writeVector(record.booleans, writeBoolean);
    archive.writeVector(record.ints, writeInt);
    archive.writeVector(record.longs, writeLong);
    archive.writeVector(record.floats, writeFloat);
    archive.writeVector(record.doubles, writeDouble);
    archive.writeVector(record.strings, writeUstring);
    archive.writeVector(record.buffers, writeBuffer);
    archive.writeVector(record.records, Point.write);
    archive.writeVector(record.nested, (a, value) => a.writeVector(value, writeUstring));
    writeMap(archive, record.longsByName, writeUstring, writeLong);
    writeMap(archive, record.lines, writeInt, (a, value) => a.writeVector(value, Point.write));
    archive.writeVector(record.maps, (a, value) => writeMap(a, value, writeBoolean, writeBuffer));
  },
  read(archive) {
    return {
      aByte: archive.readByte(),
      aBoolean: archive.readBoolean(),
      anInt: archive.readInt(),
      aLong: archive.readLong(),
      aFloat: archive.readFloat(),
      aDouble: archive.readDouble(),
      aString: archive.readString(),
      aBuffer: archive.readBuffer(),
      aRecord: Point.read(archive),
      zxid: archive.readLong() as Zxid,
      sessionId: archive.readLong() as SessionId,
      ctime: archive.readLongNumber(),
      bytes: archive.readVector(readByte),
      booleans: archive.readVector(readBoolean),
      ints: archive.readVector(readInt),
      longs: archive.readVector(readLong),
      floats: archive.readVector(readFloat),
      doubles: archive.readVector(readDouble),
      strings: archive.readVector(readUstring),
      buffers: archive.readVector(readBuffer),
      records: archive.readVector(Point.read),
      nested: archive.readVector((a) => a.readVector(readUstring)),
      longsByName: readMap(archive, readUstring, readLong),
      lines: readMap(archive, readInt, (a) => a.readVector(Point.read)),
      maps: archive.readVector((a) => readMap(a, readBoolean, readBuffer)),
    };
  },
};
