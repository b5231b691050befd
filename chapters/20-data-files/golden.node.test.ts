/** Files that Apache ZooKeeper 3.8.0 wrote: see golden/README.md. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RealDisk } from '#00-introduction/real-disk.node.js';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { ACL } from '#05-jute/records/data.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import { opCodeName } from '#06-network-protocol/opcodes.js';
import { type ByteSource, bufferSource } from '#20-data-files/byte-source.js';
import { runFiles } from '#20-data-files/main.node.js';
import { isPlausibleSnapshot, isValidSnapshotTail } from '#20-data-files/snapshot-format.js';
import { readSnapshot, type SnapshotSections } from '#20-data-files/snapshot-reader.js';
import { type SnapshotEnd, SnapshotWriter } from '#20-data-files/snapshot-writer.js';
import { encodeEntry, txnLogHeader } from '#20-data-files/txn-log-format.js';
import { readTxnLog } from '#20-data-files/txn-log-reader.js';
import { proves } from '#testing/proves.js';

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url));

/** Reads a snapshot and writes what it read, in the same order. */
function copySnapshot(source: ByteSource) {
  const sessions = new Map<SessionId, number>();
  const acls = new Map<bigint, ACL[]>();
  const nodes: Parameters<SnapshotWriter['writeNode']>[] = [];
  const sections = readSnapshot(source, {
    session: (id, timeoutMs) => sessions.set(id, timeoutMs),
    acl: (aclId, acl) => acls.set(aclId, acl),
    node: (...node) => nodes.push(node),
  });
  const writer = new SnapshotWriter();
  writer.writeHeader(sessions, acls);
  for (const node of nodes) writer.writeNode(...node);
  writer.finish(endOf(sections));
  return { sessions, nodes, sections, bytes: writer.drain() };
}

function endOf({ digest, lastProcessedZxid }: SnapshotSections): SnapshotEnd {
  return { ...(digest && { digest }), ...(lastProcessedZxid !== null && { lastProcessedZxid }) };
}

describe("Apache's log", () => {
  it('is read, and written again byte for byte', () => {
    const bytes = readFileSync(golden('log.1'));
    const log = readTxnLog(bufferSource('log.1', bytes), { isLastLog: true });
    const archive = new BinaryOutputArchive();
    archive.writeRaw(txnLogHeader());
    const types: string[] = [];
    for (const { transaction, startBytes, endBytes } of log) {
      expect(archive.position).toBe(startBytes);
      encodeEntry(archive, transaction);
      expect(archive.bytes().subarray(startBytes).equals(bytes.subarray(startBytes, endBytes))).toBe(true);
      types.push(opCodeName(transaction.body.type));
    }
    expect(log.end).toEqual({ reason: 'padding', endBytes: 4946, needsCut: false });
    expect(types).toHaveLength(27);
    expect(new Set(types)).toEqual(
      new Set(
        'createSession create error setData setACL delete multi closeSession createContainer createTTL'.split(' '),
      ),
    );
    proves('TL-01', 'TL-02', 'TL-03', 'TL-04');
  });
});

describe("Apache's snapshots", () => {
  it.each(['snapshot.0', 'snapshot.1b', 'no-digest/snapshot.1b'])(
    '%s is read, and written again byte for byte',
    (name) => {
      const file = new RealDisk().open(golden(name), 'read');
      expect(isValidSnapshotTail(file)).toBe(true);
      expect(copySnapshot(file).bytes.equals(readFileSync(golden(name)))).toBe(true);
      file.close();
      proves('SN-02', 'SN-03');
    },
  );

  it('hold the tree that the log describes', () => {
    const { sessions, nodes, sections } = copySnapshot(bufferSource('s', readFileSync(golden('snapshot.1b'))));
    expect([...sessions.values()]).toEqual([10_000]);
    const byPath = new Map(nodes.map((node) => [node[0], node]));
    expect([...byPath.keys()].sort()).toEqual(
      [
        '/',
        '/container',
        '/empty',
        '/eph',
        '/multi',
        '/nodata',
        '/plain',
        '/plain/Żołw-水',
        '/queue-0000000004',
        '/queue-0000000005',
        '/secret',
        '/ttl',
        '/zookeeper',
        '/zookeeper/config',
        '/zookeeper/quota',
        '/zookeeper/quota/plain',
        '/zookeeper/quota/plain/zookeeper_limits',
        '/zookeeper/quota/plain/zookeeper_stats',
      ].sort(),
    );
    expect(byPath.get('/plain')?.[1]?.toString()).toBe('other data');
    expect(byPath.get('/empty')?.[1]?.length).toBe(0);
    expect(byPath.get('/nodata')?.[1]).toBeNull();
    expect(byPath.get('/eph')?.[3].ephemeralOwner).toBe([...sessions.keys()][0]);
    expect(sections).toEqual({ digest: { zxid: 0x1bn, version: 2, digest: 0x4ba2fe626n }, lastProcessedZxid: null });
    proves('SN-04', 'SN-11');
  });

  it('have the same contents when they are packed', () => {
    const file = new RealDisk().open(golden('snapshot.1b.gz'), 'read');
    expect(isPlausibleSnapshot(file, 'gz')).toBe(true);
    expect(isValidSnapshotTail(file)).toBe(false);
    file.close();
    const unpacked = bufferSource('snapshot.1b', gunzipSync(readFileSync(golden('snapshot.1b.gz'))));
    expect(copySnapshot(unpacked).nodes).toEqual(
      copySnapshot(bufferSource('s', readFileSync(golden('snapshot.1b')))).nodes,
    );
  });
});

describe('zoowalk-files', () => {
  function run(...args: string[]) {
    const out: string[] = [];
    const errors: string[] = [];
    const status = runFiles(args, { out: (line) => out.push(line), error: (line) => errors.push(line) });
    return { status, out, errors };
  }

  it('prints a line for each transaction', () => {
    const { status, out } = run('log', golden('log.1'));
    expect(status).toBe(0);
    expect(out).toHaveLength(28);
    expect(out[0]).toBe(
      '@16  0x1  2026-11-23T09:43:15.403Z  session 0x1000013599a0000  cxid 0  createSession timeOut 10000  digest 2:0x51c6d660',
    );
    expect(out[14]).toContain(
      'multi { create path "/multi", data 1 byte, acl [perms 31, id (scheme "world", id "anyone")]',
    );
    expect(out[14]).toContain('| delete path "/big" }');
    expect(out[27]).toBe('27 transactions; the log ends at offset 4946 (padding)');
  });

  it('prints a line for each session, list and node, packed or not', () => {
    const { status, out } = run('snapshot', golden('snapshot.1b'));
    expect(status).toBe(0);
    expect(out[0]).toBe('session 0x1000013599a0000  timeout 10000 ms');
    expect(out).toContainEqual(expect.stringMatching(/^"\/plain" {2}10 bytes {2}acl 2 {2}czxid 0x3, mzxid 0xb,/));
    expect(out.at(-1)).toBe('18 nodes with 94 bytes of data; digest 2:0x4ba2fe626 at 0x1b');
    expect(run('snapshot', golden('snapshot.1b.gz')).out.slice(1)).toEqual(out.slice(1));
  });

  it('says what is wrong and exits with 1', () => {
    expect(run('snapshot', golden('log.1'))).toMatchObject({
      status: 1,
      errors: [expect.stringContaining('not with ZKSN')],
    });
    expect(run('log', golden('snapshot.0'))).toMatchObject({
      status: 1,
      errors: [expect.stringContaining('is no transaction log')],
    });
    expect(run('log', golden('log.2'))).toMatchObject({ status: 1, errors: [expect.stringContaining('log.2')] });
    expect(run('nonsense').status).toBe(1);
  });
});
