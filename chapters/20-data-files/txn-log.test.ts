import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { writeTransaction } from '#06-network-protocol/txn.js';
import { adler32 } from '#20-data-files/adler32.js';
import { bufferSource } from '#20-data-files/byte-source.js';
import { createNode, inPieces, type SampleLog, sampleLog, someTransactions } from '#20-data-files/sample-log.js';
import { encodeSerializedEntry } from '#20-data-files/txn-log-format.js';
import { readTxnLog, TxnLogError, type TxnLogOptions } from '#20-data-files/txn-log-reader.js';
import { proves } from '#testing/proves.js';

const PATH = '/data/version-2/log.1';
const LAST: TxnLogOptions = { isLastLog: true };
const CUT: TxnLogOptions = { isLastLog: true, onTornTail: 'cut' };

function read(bytes: Buffer, options: TxnLogOptions = {}) {
  const log = readTxnLog(bufferSource(PATH, bytes), options);
  const transactions = [...log].map((entry) => entry.transaction);
  return { transactions, end: log.end };
}

function errorOf(run: () => unknown): TxnLogError {
  try {
    run();
  } catch (error) {
    if (error instanceof TxnLogError) return error;
    throw error;
  }
  throw new Error('no TxnLogError was thrown');
}

/** The log with some of its bytes replaced. */
function damaged(log: SampleLog, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(log.bytes);
  copy.set(bytes, at);
  return copy;
}

describe('a log entry', () => {
  it('is checksum, length, body, B', () => {
    const transaction = createNode(5, Buffer.from('data'));
    const body = new BinaryOutputArchive();
    writeTransaction(body, transaction);
    const { bytes } = sampleLog([transaction]);
    expect(bytes.toString('latin1', 0, 4)).toBe('ZKLG');
    expect(bytes.readInt32BE(4)).toBe(2);
    expect(bytes.toString('hex', 8, 16)).toBe('0000000000000000');
    expect(bytes.toString('hex', 16, 24)).toBe(adler32(body.bytes()).toString(16).padStart(16, '0'));
    expect(bytes.readInt32BE(24)).toBe(body.position);
    expect(bytes.subarray(28, 28 + body.position).equals(body.bytes())).toBe(true);
    expect(bytes[28 + body.position]).toBe(0x42);
    expect(bytes.length).toBe(29 + body.position);
    proves('TL-02', 'TL-03');
  });

  it('is the same from a transaction in serialized form', () => {
    const transaction = createNode(5, null, null);
    const body = new BinaryOutputArchive();
    writeTransaction(body, transaction);
    const archive = new BinaryOutputArchive();
    encodeSerializedEntry(archive, body.bytes());
    expect(archive.bytes().equals(sampleLog([transaction]).bytes.subarray(16))).toBe(true);
  });
});

describe('reading a log', () => {
  it('gives back what was written, from any source and with any padding', () => {
    const data = fc.option(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)));
    const transactions = fc.array(fc.tuple(data, fc.option(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }))), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(transactions, fc.nat(100), fc.integer({ min: 1, max: 400 }), (values, padding, pieceBytes) => {
        const written = values.map(([bytes, digest], i) => createNode(i, bytes, digest));
        const { bytes, boundaries } = sampleLog(written, padding);
        const log = readTxnLog(inPieces(bufferSource(PATH, bytes), pieceBytes), LAST);
        const entries = [...log];
        expect(entries.map((entry) => entry.transaction)).toEqual(written);
        expect(entries.map((entry) => entry.startBytes)).toEqual(boundaries.slice(0, -1));
        expect(entries.map((entry) => entry.endBytes)).toEqual(boundaries.slice(1));
        const reason = padding === 0 ? 'end-of-file' : 'padding';
        expect(log.end).toEqual({ reason, endBytes: boundaries.at(-1), needsCut: false });
      }),
    );
  });

  it('goes through a file larger than the window, with an entry larger than the window', () => {
    const written = [
      ...Array.from({ length: 300 }, (_, i) => createNode(i, Buffer.alloc(2000, i))),
      createNode(300, Buffer.alloc(1_000_000, 7)),
      ...Array.from({ length: 10 }, (_, i) => createNode(301 + i, null)),
    ];
    const log = sampleLog(written, 700_000);
    const { transactions, end } = read(log.bytes);
    expect(sampleLog(transactions, 700_000).bytes.equals(log.bytes)).toBe(true);
    expect(end).toMatchObject({ reason: 'padding', needsCut: false });
  });

  it('gives the whole entries before any point at which the file is cut off', () => {
    const written = someTransactions(4);
    const log = sampleLog(written);
    for (let sizeBytes = 16; sizeBytes <= log.bytes.length; sizeBytes++) {
      const whole = log.boundaries.filter((end) => end <= sizeBytes).length - 1;
      const atBoundary = log.boundaries.includes(sizeBytes);
      // The first four bytes of an entry are zeros: they look like padding, and are as harmless.
      const isZeros = log.bytes.subarray(log.boundaries[whole], sizeBytes).every((byte) => byte === 0);
      const reason = atBoundary ? 'end-of-file' : isZeros ? 'padding' : 'partial-entry';
      const { transactions, end } = read(log.bytes.subarray(0, sizeBytes));
      expect(transactions, `cut at ${sizeBytes}`).toEqual(written.slice(0, whole));
      expect(end).toEqual({ reason, endBytes: log.boundaries[whole], needsCut: reason === 'partial-entry' });
    }
    proves('TL-04');
  });

  it('finds every flipped bit before the last entry, and gives out no wrong transaction', () => {
    const written = someTransactions(3);
    const log = sampleLog(written, 30);
    const lastStart = log.boundaries[2] as number;
    for (let at = 16; at < lastStart; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = damaged(log, at, (log.bytes[at] as number) ^ (1 << bit));
        for (const options of [{}, CUT]) {
          const error = errorOf(() => read(bytes, options));
          expect(error.offsetBytes).toBe(log.boundaries[at < (log.boundaries[1] as number) ? 0 : 1]);
        }
      }
    }
  });

  it('never gives out a last entry with a flipped bit', () => {
    const written = someTransactions(3);
    const log = sampleLog(written, 30);
    for (let at = log.boundaries[2] as number; at < (log.boundaries[3] as number); at++) {
      for (let bit = 0; bit < 8; bit++) {
        const { transactions, end } = read(damaged(log, at, (log.bytes[at] as number) ^ (1 << bit)), CUT);
        expect(transactions).toEqual(written.slice(0, 2));
        expect(end).toMatchObject({ endBytes: log.boundaries[2], needsCut: true });
      }
    }
  });

  it('says where a checksum fails, what it should be, and how to mend it', () => {
    const log = sampleLog(someTransactions(2));
    const at = (log.boundaries[1] as number) + 40;
    const error = errorOf(() => read(damaged(log, at, 0xee), LAST));
    const start = log.boundaries[1] as number;
    const bytes = log.bytes;
    expect(error.reason).toBe('checksum');
    expect(error.message).toContain(
      `${PATH}: the log entry at offset ${start} has the checksum 0x${bytes.readUInt32BE(start + 4).toString(16)}`,
    );
    const found = adler32(damaged(log, at, 0xee), start + 12, bytes.length - 1);
    expect(error.message).toContain(`its bytes give 0x${found.toString(16)}`);
    expect(error.message).toContain(`truncate -s ${start} ${PATH}`);
    proves('TL-04');
  });

  it('refuses a length that no entry has, and reads up to the limit that it is told', () => {
    const log = sampleLog([createNode(1, Buffer.alloc(500))]);
    expect(errorOf(() => read(log.bytes, { maxEntryBytes: 400 })).reason).toBe('unreasonable-length');
    expect(read(log.bytes, { maxEntryBytes: 700 }).transactions).toHaveLength(1);
    expect(errorOf(() => read(damaged(log, 24, 0xff, 0xff, 0xff, 0xff))).reason).toBe('unreasonable-length');
  });

  it('takes a whole entry of an unknown type for a newer version, never for a torn one', () => {
    const archive = new BinaryOutputArchive();
    encodeSerializedEntry(archive, Buffer.concat([Buffer.alloc(28), Buffer.from([0, 0, 0x7f, 0x7f])]));
    const bytes = Buffer.concat([sampleLog([]).bytes, archive.bytes()]);
    const error = errorOf(() => read(bytes, CUT));
    expect(error.reason).toBe('unreadable-transaction');
    expect(error.message).toContain('newer');
  });
});

describe('a torn tail', () => {
  const written = someTransactions(3);
  const log = sampleLog(written, 5000);
  const [, second, third, end] = log.boundaries as [number, number, number, number];
  const bodyOfThird = third + 30;

  it('is an error unless the server may cut it and the log is the last', () => {
    const bytes = damaged(log, bodyOfThird, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(errorOf(() => read(bytes, LAST)).reason).toBe('checksum');
    expect(errorOf(() => read(bytes, { onTornTail: 'cut' })).reason).toBe('checksum');
    expect(read(bytes, CUT)).toEqual({
      transactions: written.slice(0, 2),
      end: { reason: 'torn-entry', endBytes: third, needsCut: true },
    });
  });

  it('may hold a length that makes no sense', () => {
    const bytes = damaged(log, third + 8, 0x7f);
    expect(read(bytes, CUT).end).toEqual({ reason: 'torn-entry', endBytes: third, needsCut: true });
  });

  it('is damage when a whole entry follows it, whatever the server may cut', () => {
    const bytes = damaged(log, second + 30, 0, 0, 0, 0, 0, 0, 0, 0);
    const error = errorOf(() => read(bytes, CUT));
    expect(error).toMatchObject({ reason: 'checksum', offsetBytes: second });
    expect(error.message).toContain(`a whole entry follows at offset ${third}`);
  });

  it('is damage when a whole entry follows a lost beginning: the length is 0 and looks like padding', () => {
    const bytes = damaged(log, second, ...new Array<number>(third - second).fill(0));
    for (const options of [{}, LAST, CUT]) {
      expect(errorOf(() => read(bytes, options))).toMatchObject({ reason: 'entries-follow', offsetBytes: second });
    }
    expect(read(bytes, { checkPadding: false }).end).toEqual({ reason: 'padding', endBytes: second, needsCut: true });
  });

  it("is damage when a whole entry follows a missing 'B'", () => {
    const error = errorOf(() => read(damaged(log, third - 1, 0)));
    expect(error).toMatchObject({ reason: 'entries-follow', offsetBytes: second });
  });

  it('may begin with zeros: then only the leftovers have to be cut', () => {
    const bytes = damaged(log, third, ...new Array<number>(40).fill(0));
    expect(read(bytes).end).toEqual({ reason: 'padding', endBytes: third, needsCut: true });
  });

  it('is looked for to the end of a long padding, over the borders of the window', () => {
    const windowBytes = 0x4_0000;
    const entry = log.bytes.subarray(third, end);
    for (const at of [
      windowBytes - entry.length - 3,
      windowBytes - 12,
      windowBytes - 5,
      windowBytes - 1,
      windowBytes,
      3 * windowBytes + 17,
    ]) {
      const bytes = Buffer.alloc(4 * windowBytes);
      log.bytes.copy(bytes, 0, 0, third);
      entry.copy(bytes, third + at);
      expect(errorOf(() => read(bytes)).message).toContain(`a whole entry follows at offset ${third + at}.`);
    }
  });

  it('is searched right behind a false beginning', () => {
    // A checksum that ends with a zero byte: together with a zero before it, the entry looks as if it began there.
    const logWith = (first: number) =>
      sampleLog([createNode(1, Buffer.concat([Buffer.from([first]), Buffer.alloc(9000)]))]);
    const entries = Array.from({ length: 256 }, (_, first) => logWith(first).bytes.subarray(16));
    const entry = entries.find((candidate) => candidate[7] === 0) as Buffer;
    const bytes = Buffer.concat([log.bytes.subarray(0, third), Buffer.alloc(100), entry]);
    expect(bytes.readInt32BE(third + 99 + 8)).toBeGreaterThanOrEqual(32);
    expect(errorOf(() => read(bytes)).message).toContain(`a whole entry follows at offset ${third + 100}`);
  });

  it('may hold bytes that only look like the beginnings of entries', () => {
    const junk = Buffer.alloc(6000);
    for (let at = 0; at + 12 <= junk.length; at += 12) junk.writeInt32BE(40 + (at % 3000), at + 8);
    const bytes = Buffer.concat([
      log.bytes.subarray(0, third),
      Buffer.from([0, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 50]),
      junk,
    ]);
    expect(read(bytes, CUT).end).toEqual({ reason: 'partial-entry', endBytes: third, needsCut: true });
  });

  it('is taken for damage when too much of it looks like entries', () => {
    // Every twelve bytes begin what could be an entry of a million bytes, closed by a B, with a wrong checksum.
    const junk = Buffer.alloc(3 * 0x10_0000);
    for (let at = 0; at + 12 <= junk.length; at += 12) {
      junk.writeInt32BE(0x42424242, at + 4);
      junk.writeInt32BE(1_000_000, at + 8);
    }
    const bytes = Buffer.concat([log.bytes.subarray(0, third), junk]);
    expect(errorOf(() => read(bytes, CUT)).message).toContain('too much of what follows looks like entries');
  });

  it('with a sector of zeros was not written whole, and may be cut with what follows', () => {
    const entries = sampleLog(Array.from({ length: 4 }, (_, i) => createNode(i, Buffer.alloc(700, 0x30 + i))));
    const at = entries.boundaries[1] as number;
    const sector = Math.ceil(at / 512) * 512;
    const lost = damaged(entries, sector, ...new Array<number>(512).fill(0));
    expect(read(lost, CUT).end).toEqual({ reason: 'torn-entry', endBytes: at, needsCut: true });
    expect(errorOf(() => read(lost, LAST)).reason).toBe('checksum');
    const almost = Buffer.from(lost);
    almost[sector + 511] = 1;
    expect(errorOf(() => read(almost, CUT)).message).toContain('a whole entry follows');
  });

  it('with a false length is damage, however many zeros follow the last entry', () => {
    for (const highByte of [0, 1, 2]) {
      const bytes = damaged(log, second + 9, highByte, 0xff);
      expect(errorOf(() => read(bytes, CUT)).message, `${highByte}`).toContain('a whole entry follows');
    }
  });

  it('is found by any mix of lost sectors in the last batch', () => {
    const batch = sampleLog(
      Array.from({ length: 40 }, (_, i) => createNode(i, Buffer.alloc(180, 0x30 + i))),
      4096,
    );
    const synced = 3;
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (lost) => {
        const bytes = Buffer.from(batch.bytes);
        const from = batch.boundaries[synced] as number;
        lost.forEach((isLost, i) => {
          const sector = i * 512;
          if (isLost) bytes.fill(0, Math.max(from, sector), Math.max(from, sector + 512));
        });
        const whole = wholeEntries(bytes, batch);
        const firstBad = whole.indexOf(false);
        const expected = firstBad === -1 ? whole.length : firstBad;
        expect(expected).toBeGreaterThanOrEqual(synced);
        const { transactions, end: found } = read(bytes, CUT);
        expect(transactions).toHaveLength(expected);
        expect(found.endBytes).toBe(batch.boundaries[expected]);
        const rest = bytes.subarray(found.endBytes);
        expect(found.needsCut).toBe(rest.some((byte) => byte !== 0));
      }),
    );
  });
});

describe('a log without a header', () => {
  it('is passed over when it is the last and empty', () => {
    expect(read(Buffer.alloc(0), LAST).end).toEqual({ reason: 'no-header', endBytes: 0, needsCut: true });
    expect(errorOf(() => read(Buffer.alloc(0))).reason).toBe('not-a-log');
  });

  it('is passed over when it is zeros or cut short, if the server may cut', () => {
    const header = sampleLog([]).bytes;
    const cutInside = Buffer.concat([header.subarray(0, 3), Buffer.alloc(70_000)]);
    for (const bytes of [Buffer.alloc(9), Buffer.alloc(70_000), header.subarray(0, 7), cutInside]) {
      expect(read(bytes, CUT).end.reason).toBe('no-header');
      expect(errorOf(() => read(bytes, LAST)).reason).toBe('not-a-log');
    }
  });

  it('is an error when something else is in it, or entries follow', () => {
    expect(errorOf(() => read(Buffer.from('this is some other file'), CUT)).message).toContain('0x74686973');
    expect(errorOf(() => read(Buffer.from('ZKL\0\0\0\0\0\0\0\0\0\0\0\0!'), CUT)).reason).toBe('not-a-log');
    const log = sampleLog(someTransactions(2), 50);
    expect(errorOf(() => read(damaged(log, 0, ...new Array<number>(16).fill(0)), CUT)).reason).toBe('not-a-log');
  });
});

it('knows how a log ended only after reading it', () => {
  const log = readTxnLog(bufferSource(PATH, sampleLog(someTransactions(1)).bytes));
  expect(() => log.end).toThrow('was not read to its end');
  log.next();
  expect(log.next()).toBeNull();
  expect(log.next()).toBeNull();
  expect(log.end.reason).toBe('end-of-file');
});

/** Which entries of the original log are still there, byte for byte. */
function wholeEntries(bytes: Buffer, log: SampleLog): boolean[] {
  return log.boundaries.slice(0, -1).map((start, i) => {
    const end = log.boundaries[i + 1] as number;
    return bytes.subarray(start, end).equals(log.bytes.subarray(start, end));
  });
}
