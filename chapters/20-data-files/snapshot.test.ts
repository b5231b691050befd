import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '#00-introduction/invariant.js';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { ACL, StatPersisted } from '#05-jute/records/data.js';
import { NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import { adler32 } from '#20-data-files/adler32.js';
import { bufferSource } from '#20-data-files/byte-source.js';
import { inPieces, OPEN_ACL } from '#20-data-files/sample-log.js';
import { EMPTY_DIGEST, isPlausibleSnapshot, isValidSnapshotTail } from '#20-data-files/snapshot-format.js';
import { readSnapshot, SnapshotError, type SnapshotOptions } from '#20-data-files/snapshot-reader.js';
import { type SnapshotEnd, SnapshotWriter } from '#20-data-files/snapshot-writer.js';
import { proves } from '#testing/proves.js';

const PATH = '/data/version-2/snapshot.5';
const DIGEST = { zxid: zxid(7n), version: 2, digest: -5n };
const STAT: StatPersisted = {
  czxid: zxid(1n),
  mzxid: zxid(2n),
  ctime: 1_700_000_000_000,
  mtime: 1_700_000_000_001,
  version: 3,
  cversion: 4,
  aversion: 5,
  ephemeralOwner: NO_SESSION,
  pzxid: zxid(6n),
};

interface Node {
  readonly path: string;
  readonly data: Buffer | null;
  readonly aclId: bigint;
  readonly stat: StatPersisted;
}

interface Contents {
  readonly sessions: ReadonlyMap<SessionId, number>;
  readonly acls: ReadonlyMap<bigint, readonly ACL[]>;
  readonly nodes: readonly Node[];
}

const SMALL: Contents = {
  sessions: new Map([[sessionId(0x1_0000_0000_0001n), 30_000]]),
  acls: new Map([[1n, OPEN_ACL]]),
  nodes: [
    { path: '/', data: Buffer.alloc(0), aclId: -1n, stat: STAT },
    { path: '/a', data: null, aclId: 1n, stat: { ...STAT, ephemeralOwner: sessionId(0x1_0000_0000_0001n) } },
    { path: '/a/b', data: Buffer.from('data'), aclId: 1n, stat: STAT },
  ],
};

/** @param drainEvery how many nodes are written between two drains */
function write(contents: Contents, end: SnapshotEnd = {}, drainEvery = 1): Buffer {
  const writer = new SnapshotWriter();
  const pieces: Buffer[] = [];
  writer.writeHeader(contents.sessions, contents.acls);
  contents.nodes.forEach(({ path, data, aclId, stat }, i) => {
    if (i % drainEvery === 0) pieces.push(Buffer.from(writer.drain()));
    writer.writeNode(path, data, aclId, stat);
  });
  writer.finish(end);
  pieces.push(Buffer.from(writer.drain()));
  expect(writer.pendingBytes).toBe(0);
  return Buffer.concat(pieces);
}

function read(bytes: Buffer, options: SnapshotOptions = {}, pieceBytes = bytes.length + 1) {
  const sessions = new Map<SessionId, number>();
  const acls = new Map<bigint, readonly ACL[]>();
  const nodes: Node[] = [];
  const source = inPieces(bufferSource(PATH, bytes), pieceBytes);
  const sections = readSnapshot(
    source,
    {
      session: (id, timeoutMs) => sessions.set(id, timeoutMs),
      acl: (aclId, acl) => acls.set(aclId, acl),
      node: (path, data, aclId, stat) => nodes.push({ path, data, aclId, stat }),
    },
    options,
  );
  return { contents: { sessions, acls, nodes }, sections };
}

function errorOf(run: () => unknown): SnapshotError {
  try {
    run();
  } catch (error) {
    if (error instanceof SnapshotError) return error;
    throw error;
  }
  throw new Error('no SnapshotError was thrown');
}

/** The snapshot up to the first seal, then other sections, each sealed. */
function withSections(contents: Contents, ...sections: ((archive: BinaryOutputArchive) => void)[]): Buffer {
  const archive = new BinaryOutputArchive();
  archive.writeRaw(write(contents));
  for (const section of sections) {
    section(archive);
    archive.writeLong(BigInt(adler32(archive.bytes())));
    archive.writeString('/');
  }
  return Buffer.from(archive.bytes());
}

function sized(bytes: Buffer) {
  return { ...bufferSource(PATH, bytes), sizeBytes: () => bytes.length };
}

describe('a snapshot', () => {
  it('is header, sessions, lists, nodes, "/" and a seal', () => {
    const root = { path: '/', data: null, aclId: -1n, stat: STAT };
    const bytes = write({ sessions: new Map([[sessionId(9n), 4000]]), acls: new Map([[1n, []]]), nodes: [root] });
    const stat = '0000000000000001000000000000000200000 18bcfe5680000000 18bcfe56801000000030000000400000005';
    const body = [
      '5a4b534e 00000002 ffffffffffffffff',
      '00000001 0000000000000009 00000fa0',
      '00000001 0000000000000001 00000000',
      `00000000 ffffffff ffffffffffffffff ${stat} 0000000000000000 0000000000000006`,
      '00000001 2f',
    ].join('');
    const expected = Buffer.from(body.replaceAll(' ', ''), 'hex');
    expect(bytes.subarray(0, -13).toString('hex')).toBe(expected.toString('hex'));
    const seal = `${adler32(expected).toString(16).padStart(16, '0')}000000012f`;
    expect(bytes.subarray(-13).toString('hex')).toBe(seal);
    proves('SN-02', 'SN-03');
  });

  it('has the same bytes however often it is drained', () => {
    const end = { digest: DIGEST, lastProcessedZxid: zxid(5n) };
    expect(write(SMALL, end, 1).equals(write(SMALL, end, 100))).toBe(true);
  });

  it('comes back as it was written, in pieces of any size', () => {
    const node = fc.record({
      path: fc.string({ maxLength: 40 }).map((name) => `/n${name}`),
      data: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
      aclId: fc.bigInt({ min: -1n, max: 1000n }),
      stat: fc.constant(STAT),
    });
    const session = fc.tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(sessionId), fc.integer());
    fc.assert(
      fc.property(
        fc.array(session, { maxLength: 5 }),
        fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 99n }), fc.constant(OPEN_ACL)), { maxLength: 5 }),
        fc.array(node, { maxLength: 20 }),
        fc.constantFrom<SnapshotEnd>({}, { digest: DIGEST }, { digest: EMPTY_DIGEST, lastProcessedZxid: zxid(5n) }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        (sessions, acls, nodes, end, windowBytes, pieceBytes) => {
          const contents = { sessions: new Map(sessions), acls: new Map(acls), nodes };
          const found = read(write(contents, end, 3), { windowBytes }, pieceBytes);
          expect(found.contents).toEqual(contents);
          expect(found.sections).toEqual({ digest: null, lastProcessedZxid: null, ...end });
        },
      ),
    );
    proves('SN-06', 'SN-11');
  });

  it('is refused at any point where it is cut off, but where a section ends', () => {
    const bytes = write(SMALL, { digest: DIGEST, lastProcessedZxid: zxid(5n) });
    const whole = [bytes.length, bytes.length - 21, bytes.length - 21 - 33];
    for (let sizeBytes = 0; sizeBytes <= bytes.length; sizeBytes++) {
      const cut = bytes.subarray(0, sizeBytes);
      if (whole.includes(sizeBytes)) {
        expect(read(cut).contents).toEqual(SMALL);
        expect(isValidSnapshotTail(sized(cut))).toBe(true);
      } else if (sizeBytes === bytes.length - 33) {
        // A digest of which 21 bytes are left is as long as a last zxid. Its seal does not hold.
        expect(errorOf(() => read(cut)).reason).toBe('checksum');
      } else {
        expect(errorOf(() => read(cut)).reason, `cut at ${sizeBytes}`).toBe('end-of-data');
      }
    }
  });

  it('shows every flipped bit', () => {
    const bytes = write(SMALL, { digest: DIGEST, lastProcessedZxid: zxid(5n) });
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ (1 << bit);
        expect(() => read(flipped), `bit ${bit} of byte ${at}`).toThrow(SnapshotError);
      }
    }
  });

  it('says what is wrong, where, and how to mend it', () => {
    const bytes = write(SMALL);
    bytes[30] = 0xee;
    const { message, path } = errorOf(() => read(bytes));
    expect(path).toBe(PATH);
    expect(message).toContain(`${PATH}: the seal says 0x`);
    expect(message).toContain('takes the next older one');
    expect(errorOf(() => read(Buffer.from('ZKLG and more bytes'))).reason).toBe('not-a-snapshot');
  });
});

describe('what stands after the nodes', () => {
  it('is a digest and a last zxid, each with a seal over all before it', () => {
    const bytes = write(SMALL, { digest: DIGEST, lastProcessedZxid: zxid(5n) });
    const end = bytes.length;
    expect(bytes.toString('hex', end - 54, end - 34)).toBe('000000000000000700000002fffffffffffffffb');
    expect(bytes.readUInt32BE(end - 30)).toBe(adler32(bytes, 0, end - 34));
    expect(bytes.toString('hex', end - 21, end - 13)).toBe('0000000000000005');
    expect(bytes.readUInt32BE(end - 9)).toBe(adler32(bytes, 0, end - 13));
    proves('SN-04', 'SN-05');
  });

  it('never is a last zxid alone, which Apache would take for a digest', () => {
    const writer = new SnapshotWriter();
    writer.writeHeader(new Map(), new Map());
    expect(() => writer.finish({ lastProcessedZxid: zxid(5n) })).toThrow(InvariantViolation);
  });

  it('is read when it is a last zxid alone, as a server of 3.9 without digests writes it', () => {
    const bytes = withSections(SMALL, (archive) => archive.writeLong(5n));
    expect(read(bytes).sections).toEqual({ digest: null, lastProcessedZxid: 5n });
  });

  it('may be a digest in hex digits, as before version 2', () => {
    const digest = (digits: string) =>
      withSections(SMALL, (archive) => {
        archive.writeLong(7n);
        archive.writeInt(1);
        archive.writeString(digits);
      });
    for (const digits of ['0', 'abc', 'abcd', 'abcde', '7fffffffffffffff']) {
      expect(read(digest(digits)).sections.digest).toEqual({ zxid: 7n, version: 1, digest: BigInt(`0x${digits}`) });
    }
    expect(read(digest('-a')).sections.digest?.digest).toBe(-10n);
    expect(errorOf(() => read(digest('no hex'))).reason).toBe('bad-content');
  });

  it('may be followed by what a later version adds', () => {
    const bytes = Buffer.concat([write(SMALL, { digest: DIGEST, lastProcessedZxid: zxid(5n) }), Buffer.alloc(40)]);
    expect(read(bytes).sections).toEqual({ digest: DIGEST, lastProcessedZxid: 5n });
  });
});

describe('counts and lengths that make no sense', () => {
  const header = write(SMALL).subarray(0, 16);
  const followedBy = (...parts: string[]) =>
    Buffer.concat([header, Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')]);

  it('are refused', () => {
    expect(errorOf(() => read(followedBy('ffffffff'))).message).toContain('-1 sessions');
    expect(errorOf(() => read(followedBy('00000000 80000000'))).message).toContain('access control lists');
    const manyLines = followedBy('00000000 00000001 0000000000000001 7fffffff', '00'.repeat(5000));
    expect(errorOf(() => read(manyLines)).message).toContain('2147483647 lines in an access control list');
    expect(errorOf(() => read(followedBy('00000000 00000000 ffffffff'))).message).toContain('a node without a path');
  });

  it('cost no more memory than the file has bytes', () => {
    expect(errorOf(() => read(followedBy('7fffffff'))).reason).toBe('end-of-data');
    expect(errorOf(() => read(followedBy('00000000 00000000 7fffffff'))).reason).toBe('unreasonable-length');
    let largestRead = 0;
    const source = bufferSource(PATH, followedBy('00000000 00000000 7fffffff', '00'.repeat(100)));
    const watched = {
      path: PATH,
      read(into: Uint8Array, position: number) {
        largestRead = Math.max(largestRead, into.length);
        return source.read(into, position);
      },
    };
    const visitor = { session() {}, acl() {}, node() {} };
    const options = { maxElementBytes: 0x7fffffff, windowBytes: 64 };
    expect(errorOf(() => readSnapshot(watched, visitor, options)).reason).toBe('end-of-data');
    expect(largestRead).toBeLessThan(300);
  });
});

describe('the look at the end of a file', () => {
  it('wants ten bytes and a last "/"', () => {
    const tail = [0, 0, 0, 1, 0x2f];
    expect(isValidSnapshotTail(sized(Buffer.from([1, 2, 3, 4, 5, ...tail])))).toBe(true);
    expect(isValidSnapshotTail(sized(Buffer.from([2, 3, 4, 5, ...tail])))).toBe(false);
    expect(isValidSnapshotTail(sized(Buffer.from([1, 2, 3, 4, 5, 0, 0, 0, 1, 0x30])))).toBe(false);
    expect(isValidSnapshotTail(sized(Buffer.from([1, 2, 3, 4, 5, 0, 0, 0, 2, 0x2f])))).toBe(false);
  });

  it('is one at the beginning for packed files', () => {
    const gz = sized(Buffer.from([0x1f, 0x8b, 8, 0]));
    const snappy = sized(Buffer.from('\x82SNAPPY\0\0\0\0\x01', 'latin1'));
    expect(isPlausibleSnapshot(gz, 'gz')).toBe(true);
    expect(isPlausibleSnapshot(gz, 'snappy')).toBe(false);
    expect(isPlausibleSnapshot(snappy, 'snappy')).toBe(true);
    expect(isPlausibleSnapshot(snappy, 'gz')).toBe(false);
    expect(isPlausibleSnapshot(sized(write(SMALL)), 'none')).toBe(true);
  });
});
