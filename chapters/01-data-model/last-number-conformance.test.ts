/** What becomes of sequential nodes when their parent has had 2^31 children, on our server and on Apache's. */
import { Buffer } from 'node:buffer';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realWorld } from '#00-introduction/real-world.node.js';
import { DataNode, newStat } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { OPEN_UNSAFE_ACL_ID } from '#03-acl/acl-cache.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { NO_SESSION, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { takeSnapshot } from '#32-storage/snapshot-task.js';
import { proves } from '#testing/proves.js';
import { openSession } from '#testing/raw-session.node.js';
import { createNode, createRequest, deleteRequest, statOf } from '#testing/requests.js';
import { describeServers } from '#testing/servers.js';

const LAST = 2 ** 31 - 1;

/** A snapshot in which /orders has had this many children, all deleted. */
async function writeSnapshot(dataDir: string, cversion: number): Promise<void> {
  const { disk } = realWorld();
  const tree = DataTree.fresh({ extendedTypes: false });
  const stat = { ...newStat(zxid(1n), 1, NO_SESSION), cversion };
  tree.restoreNode('/orders', new DataNode(Buffer.alloc(0), OPEN_UNSAFE_ACL_ID, stat));
  tree.lastProcessedZxid = zxid(1n);
  const directory = join(dataDir, 'version-2');
  disk.makeDirectories(directory);
  await takeSnapshot(disk, directory, tree, new Map(), { lastZxid: true });
}

describeServers('the last sequence number', (server) => {
  let dataDir = '';
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'zoowalk-last-number-'));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  test('is given out again and again; in a transaction that has several, the next ones are negative', async () => {
    await writeSnapshot(dataDir, LAST - 1);
    await using running = await server.start({
      dataDir,
      properties: { 'zookeeper.snapshot.trust.empty': 'true' },
    });
    using session = await openSession(running.port);
    const request = createRequest('/orders/o-', { flags: CreateMode.persistentSequential });
    expect(await createNode(session, '/orders/o-', { flags: request.flags })).toBe('/orders/o-2147483646');
    expect(await createNode(session, '/orders/o-', { flags: request.flags })).toBe('/orders/o-2147483647');
    for (let i = 0; i < 2; i++) expect((await session.call('create', request)).err).toBe(-110);
    expect(await statOf(session, '/orders')).toMatchObject({ cversion: -4, numChildren: 2 });
    await session.ok('delete', deleteRequest('/orders/o-2147483647'));
    const step = { type: OpCode.create, record: request } as const;
    const results = await session.ok('multi', [step, step, step]);
    const paths = results.map((result) => (result.type === OpCode.create ? result.path : result));
    expect(paths).toEqual(['/orders/o-2147483647', '/orders/o--2147483648', '/orders/o--2147483647']);
    expect((await session.call('create', request)).err).toBe(-110);
    proves('DT-01', 'ST-5', 'ST-6');
  });
});
