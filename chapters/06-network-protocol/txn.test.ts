import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArchiveError, BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { CreateTxnV0, DeleteTxn, MultiTxn, TxnHeader, type Txn as TxnRecord } from '#05-jute/records/txn.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import {
  readTransaction,
  type Transaction,
  type TxnBody,
  TxnError,
  writeTransaction,
} from '#06-network-protocol/txn.js';

const int = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const path = fc.string({ minLength: 1, maxLength: 12 }).map((name) => `/${name}`);
const data = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
const acl = fc.option(
  fc.array(fc.record({ perms: int, id: fc.record({ scheme: fc.option(fc.string()), id: fc.option(fc.string()) }) }), {
    maxLength: 3,
  }),
);
const node = { path, data, acl, parentCVersion: int };

const step: fc.Arbitrary<TxnBody> = fc.oneof(
  body([OpCode.create, OpCode.create2], fc.record({ ...node, ephemeral: fc.boolean() })),
  body([OpCode.createContainer], fc.record(node)),
  body([OpCode.createTTL], fc.record({ ...node, ttl: fc.integer({ min: 1, max: 0xff_ffff_ffff }) })),
  body([OpCode.delete, OpCode.deleteContainer], fc.record({ path })),
  body([OpCode.setData, OpCode.reconfig], fc.record({ path, data, version: int })),
  body([OpCode.setACL], fc.record({ path, acl, version: int })),
  body([OpCode.check], fc.record({ path, version: int })),
  body([OpCode.error], fc.record({ err: int })),
);
const anyBody: fc.Arbitrary<TxnBody> = fc.oneof(
  step,
  body([OpCode.createSession], fc.record({ timeOut: int })),
  body([OpCode.closeSession], fc.constant(null)),
  body([OpCode.closeSession], fc.record({ paths2Delete: fc.option(fc.array(path, { maxLength: 4 })) })),
  body([OpCode.multi], fc.record({ steps: fc.array(step, { maxLength: 4 }) })),
);
const transaction: fc.Arbitrary<Transaction> = fc
  .tuple(
    anyBody,
    fc.record({ clientId: long.map(sessionId), cxid: int, zxid: long.map(zxid), time: fc.maxSafeInteger() }),
    fc.option(fc.record({ version: fc.constantFrom(2, 3), treeDigest: long })),
  )
  .map(([body, header, digest]) => ({ header: { ...header, type: body.type }, body, digest }));

function body(types: readonly number[], record: fc.Arbitrary<unknown>): fc.Arbitrary<TxnBody> {
  return fc.tuple(fc.constantFrom(...types), record).map(([type, value]) => ({ type, record: value }) as TxnBody);
}

function written(given: Transaction): Buffer {
  const archive = new BinaryOutputArchive();
  writeTransaction(archive, given);
  return Buffer.from(archive.bytes());
}

const read = (bytes: Buffer): Transaction => readTransaction(new BinaryInputArchive(bytes));

const headerOf = (type: number): TxnHeader => ({
  clientId: sessionId(7n),
  cxid: 1,
  zxid: zxid(2n),
  time: 3,
  type,
});

/** A multi as Apache's record for it has it. */
function multiOf(txns: TxnRecord[] | null): Buffer {
  const archive = new BinaryOutputArchive();
  TxnHeader.write(archive, headerOf(OpCode.multi));
  MultiTxn.write(archive, { txns });
  return Buffer.from(archive.bytes());
}

const setData: Transaction = {
  header: headerOf(OpCode.setData),
  body: { type: OpCode.setData, record: { path: '/a', data: Buffer.from('xyz'), version: 4 } },
  digest: null,
};

describe('a transaction', () => {
  test('is read as it was written, whatever it does, with a digest and without', () => {
    fc.assert(
      fc.property(transaction, (given) => {
        expect(read(written(given))).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  test('that ends early is an error, at whichever byte', () => {
    const whole = written(setData);
    for (let length = 0; length < whole.length; length++) {
      expect(() => read(whole.subarray(0, length)), `${length} bytes`).toThrow(ArchiveError);
    }
  });

  test('with half a digest is an error', () => {
    const whole = written({ ...setData, digest: { version: 2, treeDigest: 5n } });
    for (let missing = 1; missing < 12; missing++) {
      expect(() => read(whole.subarray(0, whole.length - missing)), `${missing} missing`).toThrow(ArchiveError);
    }
  });

  test.each([0, 3, 99, -2])('of the type %i does not exist', (type) => {
    const archive = new BinaryOutputArchive();
    TxnHeader.write(archive, headerOf(type));
    expect(() => read(archive.bytes())).toThrow(TxnError);
    expect(() => read(archive.bytes())).toThrow(`no transaction has the type ${type}`);
  });
});

describe('transactions of old servers', () => {
  const oldCreate = { path: '/old', data: Buffer.from('d'), acl: [], ephemeral: true };

  test('a create without the cversion of its parent', () => {
    const archive = new BinaryOutputArchive();
    TxnHeader.write(archive, headerOf(OpCode.create));
    CreateTxnV0.write(archive, oldCreate);
    expect(read(archive.bytes()).body).toEqual({ type: OpCode.create, record: { ...oldCreate, parentCVersion: -1 } });
  });

  test('the same as a step of a multi', () => {
    const archive = new BinaryOutputArchive();
    CreateTxnV0.write(archive, oldCreate);
    const found = read(multiOf([{ type: OpCode.create, data: archive.bytes() }])).body;
    const step = { type: OpCode.create, record: { ...oldCreate, parentCVersion: -1 } };
    expect(found).toEqual({ type: OpCode.multi, record: { steps: [step] } });
  });

  test('a create that is too short for either form is an error', () => {
    const archive = new BinaryOutputArchive();
    TxnHeader.write(archive, headerOf(OpCode.create));
    CreateTxnV0.write(archive, oldCreate);
    expect(() => read(archive.bytes().subarray(0, archive.position - 1))).toThrow(ArchiveError);
  });

  test('a closeSession that names no nodes', () => {
    const archive = new BinaryOutputArchive();
    TxnHeader.write(archive, headerOf(OpCode.closeSession));
    expect(read(archive.bytes())).toEqual({
      header: headerOf(OpCode.closeSession),
      body: { type: OpCode.closeSession, record: null },
      digest: null,
    });
  });

  test('a closeSession whose list is as long as a digest is not taken for a bare one', () => {
    const body: TxnBody = { type: OpCode.closeSession, record: { paths2Delete: ['/abc'] } };
    const given: Transaction = { header: headerOf(OpCode.closeSession), body, digest: null };
    expect(written(given).length).toBe(written({ ...given, body: { ...body, record: null } }).length + 12);
    expect(read(written(given))).toEqual(given);
  });
});

describe('a step of a multi', () => {
  test('lies in it with its type, and its record as a buffer', () => {
    const record = { path: '/a' };
    const archive = new BinaryOutputArchive();
    DeleteTxn.write(archive, record);
    const header = headerOf(OpCode.multi);
    const body: TxnBody = { type: OpCode.multi, record: { steps: [{ type: OpCode.delete, record }] } };
    expect(written({ header, body, digest: null })).toEqual(multiOf([{ type: OpCode.delete, data: archive.bytes() }]));
  });

  test('of an unknown type, without its data, or that is a multi is an error', () => {
    expect(() => read(multiOf([{ type: 99, data: Buffer.alloc(0) }]))).toThrow(TxnError);
    expect(() => read(multiOf([{ type: OpCode.delete, data: null }]))).toThrow(ArchiveError);
    expect(() => read(multiOf([{ type: OpCode.multi, data: Buffer.alloc(4) }]))).toThrow(TxnError);
  });

  test('there may be none', () => {
    expect(read(multiOf(null)).body).toEqual({ type: OpCode.multi, record: { steps: [] } });
  });
});
