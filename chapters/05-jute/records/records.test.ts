/**
 * The generated records: there are 72, they come back from the wire as they were, and bytes that end too early are an
 * `ArchiveError` wherever they end.
 */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveError, BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import { EveryType, Point } from '#05-jute/example/every-type.js';
import { type ACL, Stat, StatPersisted } from '#05-jute/records/data.js';
import { FileHeader } from '#05-jute/records/persistence.js';
import { ConnectRequest, ConnectResponse, CreateRequest, MultiHeader, SetWatches } from '#05-jute/records/proto.js';
import { LearnerInfo } from '#05-jute/records/quorum.js';
import { CreateTxn, TxnDigest, TxnHeader } from '#05-jute/records/txn.js';
import { ALL_RECORDS, RECORDS_BY_MODULE } from '#05-jute/testing/all-records.js';
import { recordArbitrary } from '#05-jute/testing/record-arbitrary.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';

function written<T>(type: RecordType<T>, record: T): Buffer {
  const archive = new BinaryOutputArchive(16);
  type.write(archive, record);
  return Buffer.from(archive.bytes());
}

/** The bytes of hex numbers; the spaces are for the reader. */
function bytes(...hex: string[]): Buffer {
  return Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
}

describe('the set of records', () => {
  it('has all 72, in their modules', () => {
    const counts = Object.entries(RECORDS_BY_MODULE).map(([module, types]) => [module, types.length]);
    expect(Object.fromEntries(counts)).toEqual({ data: 5, proto: 47, quorum: 3, persistence: 1, txn: 16 });
    expect(new Set(ALL_RECORDS.map((type) => type.name)).size).toBe(72);
  });
});

describe.each([...ALL_RECORDS, Point, EveryType as RecordType<unknown>].map((type) => [type.name, type] as const))(
  '%s',
  (_name, type) => {
    it('comes back as it was', () => {
      fc.assert(
        fc.property(recordArbitrary(type), (record) => {
          const archive = new BinaryInputArchive(written(type, record));
          const back = type.read(archive);
          expect(back).toEqual(record);
          expect(Object.keys(back as object)).toEqual(type.fields.map((field) => field.name));
          expect(archive.remainingBytes).toBe(0);
        }),
        { numRuns: 50 },
      );
    });

    it('throws an ArchiveError wherever the bytes end early', () => {
      fc.assert(
        fc.property(recordArbitrary(type), (record) => {
          const all = written(type, record);
          for (let end = 0; end < all.length; end++) {
            expect(thrownBy(() => type.read(new BinaryInputArchive(all, 0, end)))).toBeInstanceOf(ArchiveError);
          }
        }),
        { numRuns: 10 },
      );
    });

    it('throws nothing but ArchiveError, whatever the bytes are', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (anything) => {
          const thrown = thrownBy(() => type.read(new BinaryInputArchive(Buffer.from(anything))));
          expect(thrown === null || thrown instanceof ArchiveError).toBe(true);
        }),
        { numRuns: 50 },
      );
    });
  },
);

/** @returns null when nothing was thrown */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}

describe('the bytes', () => {
  const stat: Stat = {
    czxid: zxid(0x1_0000_0002n),
    mzxid: zxid(0x1_0000_0003n),
    ctime: 1_700_000_000_000,
    mtime: -1,
    version: 1,
    cversion: 2,
    aversion: -1,
    ephemeralOwner: sessionId(-(2n ** 63n)),
    dataLength: 5,
    numChildren: 6,
    pzxid: zxid(7n),
  };

  it('of a Stat are 68', () => {
    expect(written(Stat, stat)).toEqual(
      bytes(
        '0000000100000002 0000000100000003 0000018bcfe56800 ffffffffffffffff',
        '00000001 00000002 ffffffff 8000000000000000 00000005 00000006 0000000000000007',
      ),
    );
    expect(written(Stat, stat)).toHaveLength(68);
  });

  it('of a StatPersisted are 60', () => {
    const { dataLength: _dataLength, numChildren: _numChildren, ...persisted } = stat;
    expect(written(StatPersisted, persisted)).toEqual(
      bytes(
        '0000000100000002 0000000100000003 0000018bcfe56800 ffffffffffffffff',
        '00000001 00000002 ffffffff 8000000000000000 0000000000000007',
      ),
    );
    expect(written(StatPersisted, persisted)).toHaveLength(60);
  });

  it('of a ConnectRequest are 45, with readOnly last', () => {
    const request: ConnectRequest = {
      protocolVersion: 0,
      lastZxidSeen: zxid(9n),
      timeOut: 30_000,
      sessionId: sessionId(0x0100_0000_0000_0001n),
      passwd: Buffer.alloc(16, 0xab),
      readOnly: true,
    };
    expect(written(ConnectRequest, request)).toEqual(
      bytes('00000000 0000000000000009 00007530 0100000000000001 00000010', 'ab'.repeat(16), '01'),
    );
    expect(written(ConnectRequest, request)).toHaveLength(45);
  });

  it('of a ConnectResponse are 37', () => {
    const response: ConnectResponse = {
      protocolVersion: 0,
      timeOut: 4000,
      sessionId: sessionId(-1n),
      passwd: Buffer.alloc(16),
      readOnly: false,
    };
    expect(written(ConnectResponse, response)).toEqual(
      bytes('00000000 00000fa0 ffffffffffffffff 00000010', '00'.repeat(16), '00'),
    );
    expect(written(ConnectResponse, response)).toHaveLength(37);
  });

  it('of the end of a multi are 9', () => {
    expect(written(MultiHeader, { type: -1, done: true, err: -1 })).toEqual(bytes('ffffffff 01 ffffffff'));
  });

  it('of a CreateRequest go through vector, record and string', () => {
    const anyone: ACL = { perms: 31, id: { scheme: 'world', id: 'anyone' } };
    expect(written(CreateRequest, { path: '/a', data: Buffer.from('hi'), acl: [anyone], flags: 3 })).toEqual(
      bytes(
        '00000002 2f61',
        '00000002 6869',
        '00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65',
        '00000003',
      ),
    );
  });

  it('of null are a length of -1, of empty a length of 0', () => {
    const nothing: CreateRequest = { path: null, data: null, acl: null, flags: 0 };
    expect(written(CreateRequest, nothing)).toEqual(bytes('ffffffff ffffffff ffffffff 00000000'));
    const empty: CreateRequest = { path: '', data: Buffer.alloc(0), acl: [], flags: 0 };
    expect(written(CreateRequest, empty)).toEqual(bytes('00000000 00000000 00000000 00000000'));
  });

  it('of a SetWatches keep null paths apart from empty ones', () => {
    const watches: SetWatches = {
      relativeZxid: zxid(1n),
      dataWatches: ['', null, '/é'],
      existWatches: null,
      childWatches: [],
    };
    expect(written(SetWatches, watches)).toEqual(
      bytes('0000000000000001', '00000003 00000000 ffffffff 00000003 2fc3a9', 'ffffffff', '00000000'),
    );
  });

  it('of what a log is made of have fixed sizes', () => {
    expect(written(FileHeader, { magic: 0x5a4b4c47, version: 2, dbid: 0n })).toEqual(
      bytes('5a4b4c47 00000002 0000000000000000'),
    );
    const header: TxnHeader = { clientId: sessionId(1n), cxid: 2, zxid: zxid(3n), time: 2 ** 40, type: -10 };
    expect(written(TxnHeader, header)).toEqual(
      bytes('0000000000000001 00000002 0000000000000003 0000010000000000 fffffff6'),
    );
    expect(written(TxnDigest, { version: 2, treeDigest: -2n })).toEqual(bytes('00000002 fffffffffffffffe'));
    const create: CreateTxn = { path: '/', data: null, acl: null, ephemeral: true, parentCVersion: 1 };
    expect(written(CreateTxn, create)).toEqual(bytes('00000001 2f ffffffff ffffffff 01 00000001'));
  });

  it('of a LearnerInfo are 20', () => {
    expect(written(LearnerInfo, { serverid: 3n, protocolVersion: 0x10000, configVersion: 0x1_0000_0000n })).toEqual(
      bytes('0000000000000003 00010000 0000000100000000'),
    );
  });

  it('of a map are in the order of its keys', () => {
    const record: EveryType = {
      ...everyTypeEmpty,
      longsByName: new Map([
        ['b', 2n],
        [null, 0n],
        ['a', 1n],
      ]),
    };
    expect(written(EveryType, record).toString('hex')).toContain(
      '00000003 ffffffff 0000000000000000 00000001 61 0000000000000001 00000001 62 0000000000000002'.replaceAll(
        ' ',
        '',
      ),
    );
  });

  it('of a map with a negative count are refused', () => {
    const empty = written(EveryType, everyTypeEmpty);
    const longsByNameAt = empty.length - 12;
    empty.writeInt32BE(-1, longsByNameAt);
    expect(() => EveryType.read(new BinaryInputArchive(empty))).toThrow('Unreasonable length = -1 of a map');
  });
});

const everyTypeEmpty: EveryType = {
  aByte: 0,
  aBoolean: false,
  anInt: 0,
  aLong: 0n,
  aFloat: 0,
  aDouble: 0,
  aString: null,
  aBuffer: null,
  aRecord: { x: 0, y: 0 },
  zxid: zxid(0n),
  sessionId: sessionId(0n),
  ctime: 0,
  bytes: null,
  booleans: null,
  ints: null,
  longs: null,
  floats: null,
  doubles: null,
  strings: null,
  buffers: null,
  records: null,
  nested: null,
  longsByName: new Map(),
  lines: new Map(),
  maps: null,
};
