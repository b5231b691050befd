import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ArchiveError,
  BinaryInputArchive,
  BinaryOutputArchive,
  DEFAULT_MAX_BUFFER_BYTES,
  DEFAULT_MAX_ELEMENT_BYTES,
} from '#04-serialization/binary-archive.js';
import { proves } from '#testing/proves.js';

type Write = (archive: BinaryOutputArchive) => void;
type Read = (archive: BinaryInputArchive) => unknown;

/** A value, how it is written, and how it is read again. */
interface Item {
  readonly value: unknown;
  readonly write: Write;
  readonly read: Read;
}

function written(write: Write, capacityBytes = 1): Buffer {
  const archive = new BinaryOutputArchive(capacityBytes);
  write(archive);
  return Buffer.from(archive.bytes());
}

const writtenHex = (write: Write): string => written(write).toString('hex');

const readHex = (hex: string, read: Read): unknown => read(new BinaryInputArchive(Buffer.from(hex, 'hex')));

function errorOf(run: () => unknown): ArchiveError {
  try {
    run();
  } catch (error) {
    if (error instanceof ArchiveError) return error;
    throw error;
  }
  throw new Error('no ArchiveError was thrown');
}

const int = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const text = fc.string({ maxLength: 20 });

/** Values of a kind, and how such a value is written and read. */
function itemOf<T>(values: fc.Arbitrary<T>, write: (to: BinaryOutputArchive, value: T) => void, read: Read) {
  return values.map((value): Item => ({ value, write: (to) => write(to, value), read }));
}

const item: fc.Arbitrary<Item> = fc.oneof(
  itemOf(
    fc.integer({ min: -128, max: 127 }),
    (to, value) => to.writeByte(value),
    (from) => from.readByte(),
  ),
  itemOf(
    fc.boolean(),
    (to, value) => to.writeBoolean(value),
    (from) => from.readBoolean(),
  ),
  itemOf(
    int,
    (to, value) => to.writeInt(value),
    (from) => from.readInt(),
  ),
  itemOf(
    long,
    (to, value) => to.writeLong(value),
    (from) => from.readLong(),
  ),
  itemOf(
    fc.maxSafeInteger(),
    (to, value) => to.writeLongNumber(value),
    (from) => from.readLongNumber(),
  ),
  itemOf(
    fc.float(),
    (to, value) => to.writeFloat(value),
    (from) => from.readFloat(),
  ),
  itemOf(
    fc.double(),
    (to, value) => to.writeDouble(value),
    (from) => from.readDouble(),
  ),
  itemOf(
    fc.option(text),
    (to, value) => to.writeString(value),
    (from) => from.readString(),
  ),
  itemOf(
    fc.option(bytes),
    (to, value) => to.writeBuffer(value),
    (from) => from.readBuffer(),
  ),
  itemOf(
    fc.option(fc.array(int, { maxLength: 5 })),
    (to, value) => to.writeVector(value, (archive, element) => archive.writeInt(element)),
    (from) => from.readVector((archive) => archive.readInt()),
  ),
  itemOf(
    fc.array(fc.array(fc.option(text), { maxLength: 3 }), { maxLength: 3 }),
    (to, value) => to.writeVector(value, (outer, inner) => outer.writeVector(inner, (a, s) => a.writeString(s))),
    (from) => from.readVector((outer) => outer.readVector((archive) => archive.readString())),
  ),
);
const items = fc.array(item, { maxLength: 12 });

function writeAll(list: readonly Item[], capacityBytes?: number): Buffer {
  return written((archive) => {
    for (const { write } of list) write(archive);
  }, capacityBytes);
}

describe('what is written', () => {
  test.each<[string, Write, string]>([
    ['a byte', (to) => to.writeByte(-2), 'fe'],
    ['true', (to) => to.writeBoolean(true), '01'],
    ['false', (to) => to.writeBoolean(false), '00'],
    ['an int', (to) => to.writeInt(-2), 'fffffffe'],
    ['a long', (to) => to.writeLong(-2n), 'fffffffffffffffe'],
    ['the smallest long', (to) => to.writeLong(-(2n ** 63n)), '8000000000000000'],
    ['a long from a number', (to) => to.writeLongNumber(-2), 'fffffffffffffffe'],
    ['a time', (to) => to.writeLongNumber(1_767_225_600_000), '0000019b76daa800'],
    ['a float', (to) => to.writeFloat(1.5), '3fc00000'],
    ['a double', (to) => to.writeDouble(-1.5), 'bff8000000000000'],
    ['a string', (to) => to.writeString('ab'), '000000026162'],
    ['no string', (to) => to.writeString(null), 'ffffffff'],
    ['an empty string', (to) => to.writeString(''), '00000000'],
    ['a buffer', (to) => to.writeBuffer(Buffer.from([1, 2])), '000000020102'],
    ['no buffer', (to) => to.writeBuffer(null), 'ffffffff'],
    ['an empty buffer', (to) => to.writeBuffer(Buffer.alloc(0)), '00000000'],
    ['bytes as they are', (to) => to.writeRaw(Buffer.from([1, 2])), '0102'],
    ['a vector', (to) => to.writeVector([1, 2], (a, e) => a.writeByte(e)), '000000020102'],
    ['no vector', (to) => to.writeVector(null, () => {}), 'ffffffff'],
    ['an empty vector', (to) => to.writeVector([], () => {}), '00000000'],
  ])('%s', (_name, write, hex) => {
    expect(writtenHex(write)).toBe(hex);
    proves('JU-01', 'JU-03');
  });

  test('is read again, whatever it is, one thing after the other', () => {
    fc.assert(
      fc.property(items, (list) => {
        const archive = new BinaryInputArchive(writeAll(list));
        for (const { value, read } of list) expect(read(archive)).toEqual(value);
        expect(archive.remainingBytes).toBe(0);
      }),
    );
    proves('JU-01');
  });

  test('is the same however small the memory was at first', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 64 }), (list, capacityBytes) => {
        expect(writeAll(list, capacityBytes)).toEqual(writeAll(list, 4096));
      }),
    );
  });

  test('can be written over where a length is known only later', () => {
    const archive = new BinaryOutputArchive(4);
    archive.writeInt(0);
    archive.writeLong(0n);
    archive.writeString('behind');
    archive.patchInt(0, -7);
    archive.patchLong(4, -9n);
    const reader = new BinaryInputArchive(archive.bytes());
    expect([reader.readInt(), reader.readLong(), reader.readString()]).toEqual([-7, -9n, 'behind']);
  });
});

describe('the memory of a writer', () => {
  test('is used again after a reset', () => {
    const archive = new BinaryOutputArchive(16);
    archive.writeLong(1n);
    const before = archive.bytes().buffer;
    archive.reset();
    expect(archive.position).toBe(0);
    archive.writeLong(2n);
    expect(archive.bytes().buffer).toBe(before);
    expect(archive.bytes()).toEqual(written((to) => to.writeLong(2n)));
  });

  test('is left to its reader when it is replaced', () => {
    const archive = new BinaryOutputArchive(8);
    archive.writeLong(1n);
    const kept = archive.bytes();
    archive.replaceMemory(2);
    expect([archive.position, archive.capacityBytes]).toEqual([0, 2]);
    archive.writeLong(-1n);
    expect(kept).toEqual(written((to) => to.writeLong(1n)));
  });
});

describe('what is read', () => {
  test('a number beyond 2^53 loses its last bits as a number, not as a bigint', () => {
    const hex = '0020000000000001';
    expect(readHex(hex, (from) => from.readLong())).toBe(2n ** 53n + 1n);
    expect(readHex(hex, (from) => from.readLongNumber())).toBe(2 ** 53);
  });

  test('every byte but 0 is true', () => {
    expect(readHex('ff', (from) => from.readBoolean())).toBe(true);
    expect(readHex('02', (from) => from.readBoolean())).toBe(true);
    expect(readHex('00', (from) => from.readBoolean())).toBe(false);
  });

  test('a buffer is a copy: its source may be written over', () => {
    const memory = written((to) => to.writeBuffer(Buffer.from('abc')));
    const buffer = new BinaryInputArchive(memory).readBuffer();
    memory.fill(0);
    expect(buffer?.toString()).toBe('abc');
  });

  test('only the piece of memory that was given', () => {
    const memory = Buffer.from('000000010000000200000003', 'hex');
    const archive = new BinaryInputArchive(memory, 4, 8);
    expect(archive.readInt()).toBe(2);
    expect(errorOf(() => archive.readByte()).reason).toBe('end-of-data');
    archive.reset(memory, 8, 12);
    expect(archive.readInt()).toBe(3);
  });

  test('other memory after a reset, longs and doubles too', () => {
    const first = written((to) => to.writeLong(1n));
    const second = written((to) => {
      to.writeLong(2n);
      to.writeDouble(2.5);
    });
    const archive = new BinaryInputArchive(first);
    archive.readLong();
    archive.reset(second, 0, second.length);
    expect([archive.readLong(), archive.readDouble()]).toEqual([2n, 2.5]);
  });
});

describe('bytes that end early', () => {
  test('are an error at whichever byte they end, and nothing beyond is read', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 1000 }), (list, missing) => {
        const whole = writeAll(list);
        fc.pre(missing <= whole.length);
        const memory = Buffer.concat([whole.subarray(0, whole.length - missing), Buffer.alloc(missing, 0xff)]);
        const archive = new BinaryInputArchive(memory, 0, whole.length - missing);
        const error = errorOf(() => list.map(({ read }) => read(archive)));
        expect(error.reason).toBe('end-of-data');
        expect(archive.remainingBytes).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('the error says where, and how much there is', () => {
    const archive = new BinaryInputArchive(Buffer.alloc(6));
    archive.readInt();
    expect(errorOf(() => archive.readLong()).message).toBe('8 bytes expected at offset 4, 2 left');
    expect(archive.position).toBe(4);
  });

  test('a vector whose count is false costs no memory', () => {
    const error = errorOf(() => readHex('7fffffff00000001', (from) => from.readVector((archive) => archive.readInt())));
    expect(error.reason).toBe('end-of-data');
    proves('JU-05');
  });
});

describe('lengths', () => {
  const limited = (lengthBytes: number, maxElementBytes: number): BinaryInputArchive => {
    const memory = Buffer.alloc(4 + 100);
    memory.writeInt32BE(lengthBytes);
    return new BinaryInputArchive(memory, 0, memory.length, maxElementBytes);
  };

  test.each([-2, -0x8000_0000, 51, 0x7fff_ffff])('%i is refused where 50 are allowed', (lengthBytes) => {
    for (const read of [(a: BinaryInputArchive) => a.readString(), (a: BinaryInputArchive) => a.readBuffer()]) {
      const error = errorOf(() => read(limited(lengthBytes, 50)));
      expect(error.reason).toBe('unreasonable-length');
      expect(error.message).toBe(`Unreasonable length = ${lengthBytes}`);
    }
    proves('JU-03');
  });

  test('the longest that is allowed is taken', () => {
    expect(limited(50, 50).readBuffer()?.length).toBe(50);
    expect(limited(50, 50).readString()?.length).toBe(50);
  });

  test('of vectors have no limit but the end of the data, and are not negative', () => {
    expect(limited(60, 50).readVector((archive) => archive.readByte())?.length).toBe(60);
    expect(errorOf(() => limited(-2, 50).readVector(() => 0)).reason).toBe('unreasonable-length');
    proves('JU-05');
  });

  test('are limited to twice the size of a frame unless told otherwise', () => {
    expect(DEFAULT_MAX_BUFFER_BYTES).toBe(1_048_575);
    const memory = Buffer.alloc(4 + DEFAULT_MAX_ELEMENT_BYTES + 1);
    memory.writeInt32BE(2_097_150);
    expect(new BinaryInputArchive(memory).readBuffer()?.length).toBe(2_097_150);
    memory.writeInt32BE(2_097_151);
    expect(errorOf(() => new BinaryInputArchive(memory).readBuffer()).reason).toBe('unreasonable-length');
    proves('JU-04');
  });
});
