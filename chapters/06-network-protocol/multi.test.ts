import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArchiveError, BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { ACL, Stat } from '#05-jute/records/data.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import {
  type MultiResult,
  type MultiStep,
  MultiTypeError,
  readMultiRequest,
  readMultiResponse,
  writeMultiRequest,
  writeMultiResponse,
} from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { proves } from '#testing/proves.js';

const acl: ACL[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
const stat: Stat = {
  czxid: zxid(1n),
  mzxid: zxid(2n),
  ctime: 3,
  mtime: 4,
  version: 5,
  cversion: 6,
  aversion: 7,
  ephemeralOwner: sessionId(8n),
  dataLength: 9,
  numChildren: 10,
  pzxid: zxid(11n),
};

const path = fc.stringMatching(/^(\/[a-z]{1,5}){1,3}$/);
const data = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
const version = fc.integer({ min: -1, max: 100 });
const createRecord = fc.record({ path, data, acl: fc.constant(acl), flags: fc.integer({ min: 0, max: 4 }) });

const writeStep: fc.Arbitrary<MultiStep> = fc.oneof(
  fc.record({ type: fc.constantFrom(OpCode.create, OpCode.create2, OpCode.createContainer), record: createRecord }),
  fc.record({
    type: fc.constant(OpCode.createTTL),
    record: fc.record({ path, data, acl: fc.constant(acl), flags: fc.constant(5), ttl: fc.constant(1000) }),
  }),
  fc.record({ type: fc.constant(OpCode.delete), record: fc.record({ path, version }) }),
  fc.record({ type: fc.constant(OpCode.setData), record: fc.record({ path, data, version }) }),
  fc.record({ type: fc.constant(OpCode.check), record: fc.record({ path, version }) }),
);
const readStep: fc.Arbitrary<MultiStep> = fc.record({
  type: fc.constantFrom(OpCode.getData, OpCode.getChildren),
  record: fc.record({ path, watch: fc.constant(false) }),
});
const result: fc.Arbitrary<MultiResult> = fc.oneof(
  fc.record({ type: fc.constant(OpCode.create), path }),
  fc.record({ type: fc.constant(OpCode.create2), path, stat: fc.constant(stat) }),
  fc.record({ type: fc.constantFrom(OpCode.delete, OpCode.check) }),
  fc.record({ type: fc.constant(OpCode.setData), stat: fc.constant(stat) }),
  fc.record({ type: fc.constant(OpCode.getData), data, stat: fc.constant(stat) }),
  fc.record({ type: fc.constant(OpCode.getChildren), children: fc.array(fc.stringMatching(/^[a-z]{1,5}$/)) }),
  fc.record({ type: fc.constant(OpCode.error), error: fc.constantFrom(0, ErrorCode.NoNode, -9999) }),
);

function requestBytes(steps: readonly MultiStep[]): Buffer {
  const archive = new BinaryOutputArchive();
  writeMultiRequest(archive, steps);
  return Buffer.from(archive.bytes());
}

function responseBytes(results: readonly MultiResult[]): Buffer {
  const archive = new BinaryOutputArchive();
  writeMultiResponse(archive, results);
  return Buffer.from(archive.bytes());
}

const END = 'ffffffff01ffffffff';

describe('a request', () => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(writeStep), fc.array(readStep)), (steps) => {
        const archive = new BinaryInputArchive(requestBytes(steps));
        expect(readMultiRequest(archive)).toEqual(steps);
        expect(archive.remainingBytes).toBe(0);
      }),
    );
    proves('MU-2');
  });

  test('has these bytes', () => {
    const steps: MultiStep[] = [{ type: OpCode.delete, record: { path: '/a', version: -1 } }];
    expect(requestBytes(steps).toString('hex')).toBe(`0000000200ffffffff000000022f61ffffffff${END}`);
    expect(requestBytes([]).toString('hex')).toBe(END);
    proves('MU-1');
  });

  test('reads and writes do not mix', () => {
    const mixed: MultiStep[] = [
      { type: OpCode.delete, record: { path: '/a', version: -1 } },
      { type: OpCode.getData, record: { path: '/a', watch: false } },
    ];
    const read = (steps: MultiStep[]) => () => readMultiRequest(new BinaryInputArchive(requestBytes(steps)));
    expect(read(mixed)).toThrow(MultiTypeError);
    expect(read(mixed.reverse())).toThrow("delete can't stand beside getData");
    proves('MU-2');
  });

  test.each([OpCode.exists, OpCode.multi, OpCode.setACL, OpCode.error, 999])('no step is of type %i', (type) => {
    const archive = new BinaryOutputArchive();
    archive.writeInt(type);
    archive.writeBoolean(false);
    archive.writeInt(-1);
    expect(() => readMultiRequest(new BinaryInputArchive(archive.bytes()))).toThrow(MultiTypeError);
  });

  test('cut short anywhere is an error', () => {
    fc.assert(
      fc.property(fc.array(writeStep, { maxLength: 4 }), fc.nat(), (steps, at) => {
        const bytes = requestBytes(steps);
        const archive = new BinaryInputArchive(bytes.subarray(0, at % bytes.length));
        expect(() => readMultiRequest(archive)).toThrow(ArchiveError);
      }),
    );
  });
});

describe('a response', () => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.array(result), (results) => {
        const archive = new BinaryInputArchive(responseBytes(results));
        expect(readMultiResponse(archive)).toEqual(results);
        expect(archive.remainingBytes).toBe(0);
      }),
    );
    proves('MU-3');
  });

  test('has these bytes: the code of an error stands twice', () => {
    const results: MultiResult[] = [{ type: OpCode.check }, { type: OpCode.error, error: ErrorCode.NoNode }];
    const check = '0000000d0000000000';
    const error = 'ffffffff00ffffff9bffffff9b';
    expect(responseBytes(results).toString('hex')).toBe(check + error + END);
    proves('MU-3');
  });

  test('of an unknown type is an error', () => {
    const archive = new BinaryOutputArchive();
    archive.writeInt(OpCode.createTTL);
    archive.writeBoolean(false);
    archive.writeInt(0);
    expect(() => readMultiResponse(new BinaryInputArchive(archive.bytes()))).toThrow(MultiTypeError);
  });
});
