import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { applyTxn } from '#01-data-model/apply-txn.js';
import { CRC32_START, finishCrc32, updateCrc32 } from '#01-data-model/crc32.js';
import { newStat } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { DigestCheck } from '#01-data-model/digest-check.js';
import { AdHash, nodeDigest } from '#01-data-model/tree-digest.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { proves } from '#testing/proves.js';

const crc = (bytes: Uint8Array, start = 0, end = bytes.length): number =>
  finishCrc32(updateCrc32(CRC32_START, bytes, start, end)) >>> 0;

describe('CRC-32', () => {
  test('is that of everybody else', () => {
    expect(crc(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc(Buffer.from('The quick brown fox jumps over the lazy dog'))).toBe(0x414fa339);
    expect(crc(Buffer.alloc(0))).toBe(0);
  });

  test('does not depend on the pieces in which the bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), fc.nat(60), (bytes, first, second) => {
        const [a, b] = [first, second].map((at) => Math.min(at, bytes.length)).sort((x, y) => x - y) as [
          number,
          number,
        ];
        let pieces = updateCrc32(CRC32_START, bytes, 0, a);
        pieces = updateCrc32(pieces, bytes, a, b);
        expect(finishCrc32(updateCrc32(pieces, bytes, b, bytes.length)) >>> 0).toBe(crc(bytes));
      }),
    );
  });
});

describe('the sum of digests', () => {
  test('has 64 bits and goes round', () => {
    const sum = new AdHash();
    sum.remove(1);
    expect(sum.value).toBe(-1n);
    for (const digest of [-1, -1, 2]) sum.add(digest);
    expect(sum.value).toBe(2n * 0xffff_ffffn + 1n);
    const copy = sum.copy();
    copy.remove(-1);
    expect([sum.value - copy.value, copy.value]).toEqual([0xffff_ffffn, 0x1_0000_0000n]);
  });

  test('is that of numbers that are as large as one likes', () => {
    const change = fc.tuple(fc.boolean(), fc.integer());
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const sum = new AdHash();
        let expected = 0n;
        for (const [isAdded, digest] of changes) {
          if (isAdded) sum.add(digest);
          else sum.remove(digest);
          expected += (isAdded ? 1n : -1n) * BigInt(digest >>> 0);
        }
        expect(sum.value).toBe(BigInt.asIntN(64, expected));
      }),
    );
  });
});

const stat = newStat(zxid(0x5_0000_0001n), 1_767_225_600_000, NO_SESSION);

describe("a node's digest", () => {
  test('covers its path, its data and its whole stat', () => {
    const whole = nodeDigest('/a', Buffer.from('x'), stat);
    const others = [
      nodeDigest('/b', Buffer.from('x'), stat),
      nodeDigest('/a', Buffer.from('y'), stat),
      ...(['czxid', 'mzxid', 'pzxid'] as const).map((field) =>
        nodeDigest('/a', Buffer.from('x'), { ...stat, [field]: 7n }),
      ),
      ...(['ctime', 'mtime', 'version', 'cversion', 'aversion'] as const).map((field) =>
        nodeDigest('/a', Buffer.from('x'), { ...stat, [field]: 7 }),
      ),
      nodeDigest('/a', Buffer.from('x'), { ...stat, ephemeralOwner: sessionId(7n) }),
    ];
    expect(new Set([whole, ...others]).size).toBe(12);
    proves('DG-1');
  });

  test('is that of its bytes, one after the other', () => {
    const path = `/${'żółw-水/'.repeat(200)}x`;
    const bytes = Buffer.alloc(60);
    for (const at of [0, 8, 16]) bytes.writeBigInt64BE(stat.czxid, at);
    for (const at of [24, 32]) bytes.writeBigInt64BE(1_767_225_600_000n, at);
    for (const [i, data] of [null, Buffer.alloc(0), Buffer.from([1, 2, 3])].entries()) {
      const all = Buffer.concat([Buffer.from(path), data ?? Buffer.alloc(0), bytes]);
      expect([i, nodeDigest(path, data, stat) >>> 0]).toEqual([i, crc(all)]);
    }
  });

  test('is 0 below /zookeeper, and the root has no name', () => {
    expect(nodeDigest('/zookeeper/config', Buffer.from('x'), stat)).toBe(0);
    expect(nodeDigest('/zookeeper', null, stat)).not.toBe(0);
    expect(nodeDigest('/zookeeperx/y', null, stat)).not.toBe(0);
    expect(nodeDigest('/', Buffer.from('/x'), stat)).toBe(nodeDigest('/x', null, stat));
    proves('DG-2');
  });
});

let tree: DataTree;
let warnings: string[];
let lastZxid: bigint;

beforeEach(() => {
  tree = DataTree.fresh({ extendedTypes: false });
  warnings = [];
  lastZxid = 0n;
});

const digest = (): bigint => tree.digest?.value ?? -1n;

function create(path: string): void {
  lastZxid++;
  const header = { clientId: NO_SESSION, cxid: 0, zxid: zxid(lastZxid), time: 5, type: OpCode.create };
  const record = { path, data: null, acl: null, ephemeral: false, parentCVersion: -1 };
  applyTxn(tree, header, { type: OpCode.create, record });
}

describe("a tree's digest", () => {
  test('counts the root once, and is the same again when a node has gone without a trace', () => {
    const before = digest();
    const root = tree.require('/');
    const zookeeper = tree.require('/zookeeper');
    const of = (path: string, node: typeof root): bigint => BigInt(nodeDigest(path, node.data, node) >>> 0);
    expect(before).toBe(of('/', root) + of('/zookeeper', zookeeper));
    create('/a');
    expect(digest()).toBe(of('/', root) + of('/zookeeper', zookeeper) + of('/a', tree.require('/a')));
    tree.deleteNode('/a', zxid(2n));
    tree.markChanged('/');
    expect(digest()).toBe(of('/', root) + of('/zookeeper', zookeeper));
    proves('DG-2', 'DG-3');
  });

  test('changes with the version of an ACL, not with the ACL', () => {
    create('/a');
    const before = digest();
    tree.setAcl('/a', [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }], 0);
    tree.markChanged('/a');
    expect(digest()).toBe(before);
    tree.setAcl('/a', null, 1);
    tree.markChanged('/a');
    expect(digest()).not.toBe(before);
    proves('DG-7');
  });

  test('takes what somebody else has computed, and finds out now and then whether it is right', () => {
    const wrong: string[] = [];
    if (tree.digest) tree.digest.onMismatch = (path) => wrong.push(path);
    create('/a');
    const right = digest();
    tree.setData('/a', null, 0, zxid(1n), 5);
    tree.markChanged('/a');
    tree.giveDigest('/a', tree.require('/a').digest ?? nodeDigest('/a', null, tree.require('/a')));
    expect([digest(), wrong]).toEqual([right, []]);
    tree.giveDigest('/a', 1);
    tree.giveDigest('/none', 1);
    expect([digest(), wrong]).toEqual([right, ['/a']]);
  });

  test('is noted after every 128th transaction, 1024 times', () => {
    for (let i = 0; i < 300; i++) create(`/${i}`);
    expect(tree.digest?.history.map(({ zxid: at, version }) => [at, version])).toEqual([
      [128n, 2],
      [256n, 2],
    ]);
    const last = tree.digest?.history.at(-1);
    for (let i = 300; i < 255 + 1024 * 128; i++) tree.digest?.transactionDone(zxid(BigInt(i)));
    expect(tree.digest?.history[0]).toEqual(last);
    expect(tree.digest?.history).toHaveLength(1024);
    proves('DG-6');
  });

  test('is not kept when digests are switched off', () => {
    tree = DataTree.fresh({ extendedTypes: false, digest: false });
    create('/a');
    expect([tree.digest, tree.require('/a').digest]).toEqual([null, null]);
  });
});

describe('comparing', () => {
  const check = (loaded: ConstructorParameters<typeof DigestCheck>[1] = null): DigestCheck =>
    new DigestCheck(tree, loaded, (message) => warnings.push(message));

  test('finds the first transaction that came out otherwise, and only counts the rest', () => {
    const digests = check();
    create('/a');
    digests.applied(zxid(1n), { version: 2, treeDigest: digest() }, 'log.1');
    create('/b');
    digests.applied(zxid(2n), { version: 2, treeDigest: 5n }, 'log.1');
    digests.applied(zxid(2n), { version: 2, treeDigest: 5n }, 'log.1');
    expect([digests.compared, digests.mismatches, warnings.length]).toEqual([3, 2, 1]);
    expect(warnings[0]).toMatch(
      /^log\.1: after the transaction 0x2 the tree has the digest 0x\w+, .*should have 0x5\./,
    );
    proves('DG-4');
  });

  test('leaves out what has no digest, or one of another kind', () => {
    const digests = check();
    digests.applied(zxid(1n), null, 'log.1');
    digests.applied(zxid(1n), { version: 1, treeDigest: 5n }, 'log.1');
    digests.applied(zxid(1n), { version: 3, treeDigest: 5n }, 'log.1');
    expect([digests.compared, warnings]).toEqual([0, []]);
  });

  test('begins with the transaction that the snapshot names', () => {
    create('/a');
    create('/b');
    tree.lastProcessedZxid = zxid(1n);
    const digests = check({ zxid: zxid(2n), version: 2, digest: digest() });
    digests.applied(zxid(1n), { version: 2, treeDigest: 5n }, 'log.1');
    expect(digests.compared).toBe(0);
    digests.applied(zxid(2n), { version: 2, treeDigest: digest() }, 'log.1');
    expect([digests.compared, digests.mismatches]).toEqual([2, 0]);
    digests.applied(zxid(3n), { version: 2, treeDigest: 5n }, 'log.1');
    expect(digests.mismatches).toBe(1);
    proves('DG-5');
  });

  test('begins at once, when nothing came while the snapshot was written', () => {
    create('/a');
    expect(check({ zxid: zxid(1n), version: 2, digest: digest() })).toMatchObject({ compared: 1, mismatches: 0 });
    expect(check({ zxid: zxid(1n), version: 2, digest: 5n })).toMatchObject({ compared: 1, mismatches: 1 });
    expect(warnings[0]).toMatch(/^the snapshot: after the transaction 0x1 /);
    // Empty, or left over from the epoch before.
    for (const id of [0n, 1n]) {
      tree.lastProcessedZxid = zxid(0x1_0000_0000n * id);
      expect(check({ zxid: zxid(id), version: 2, digest: 5n })).toMatchObject({ compared: 0 });
    }
  });

  test('tells that transactions are missing', () => {
    check({ zxid: zxid(3n), version: 2, digest: 5n }).applied(zxid(4n), null, 'log.4');
    expect(warnings).toEqual(['log.4: the transaction 0x3 that the snapshot names is missing']);
    check({ zxid: zxid(3n), version: 2, digest: 5n }).finish();
    expect(warnings[1]).toMatch(/^the snapshot was finished after 0x3, but the transactions end at 0x0/);
  });

  test('is not done when digests are switched off', () => {
    tree = DataTree.fresh({ extendedTypes: false, digest: false });
    const digests = check({ zxid: zxid(3n), version: 2, digest: 5n });
    digests.applied(zxid(3n), { version: 2, treeDigest: 5n }, 'log.1');
    digests.finish();
    expect([digests.compared, warnings]).toEqual([0, []]);
  });
});

test('a transaction that failed leaves the digest as it was', () => {
  const before = digest();
  const header = { clientId: NO_SESSION, cxid: 0, zxid: zxid(1n), time: 5, type: OpCode.error };
  applyTxn(tree, header, { type: OpCode.error, record: { err: ErrorCode.NoNode } });
  expect(digest()).toBe(before);
});
