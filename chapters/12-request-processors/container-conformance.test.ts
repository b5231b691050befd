/** Nodes that a server deletes on its own, on our server and on Apache's. */
import { expect, test } from 'vitest';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { proves } from '#testing/proves.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { createNode, createRequest, deleteNode, exists } from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

const NodeCreated = 1;
const NodeDeleted = 2;

describeServers('containers and time to live', (server) => {
  const running = startedOnce(server, {
    properties: { 'zookeeper.extendedTypesEnabled': 'true', 'znode.container.checkIntervalMs': '50' },
  });

  const createContainer = (session: RawSession, path: string) =>
    session.ok('createContainer', createRequest(path, { flags: CreateMode.container }));
  const createTtl = (session: RawSession, path: string, ttl: number) =>
    session.ok('createTTL', { ...createRequest(path, { flags: CreateMode.persistentWithTtl }), ttl });

  test('a container goes after its last child', async () => {
    using session = await openSession(running.port, { timeoutMs: 40_000 });
    await createContainer(session, '/left');
    await createNode(session, '/left/child');
    await exists(session, '/left', true);
    await deleteNode(session, '/left/child');
    expect(await session.nextNotification()).toMatchObject({ type: NodeDeleted, path: '/left' });
    proves('DT-12', 'DT-13', 'OP-20', 'CH-2');
  });

  test('a node whose time has come goes; what stands beside it stays', async () => {
    using session = await openSession(running.port, { timeoutMs: 40_000 });
    await createContainer(session, '/never-used');
    await createContainer(session, '/in-use');
    await createNode(session, '/in-use/child');
    await createTtl(session, '/long', 1_000_000);
    // Sent together, so that the server does not look in between.
    await Promise.all([createTtl(session, '/parent', 1), createNode(session, '/parent/child')]);
    // Two that go one after the other: the server has looked at all the others in between.
    for (const path of ['/first', '/second']) {
      await Promise.all([createTtl(session, path, 1), exists(session, path, true)]);
      expect(await session.nextNotification()).toMatchObject({ type: NodeDeleted, path });
    }
    for (const path of ['/never-used', '/in-use', '/long', '/parent']) {
      expect(await exists(session, path), path).not.toBeNull();
    }
    await exists(session, '/parent', true);
    await deleteNode(session, '/parent/child');
    expect(await session.nextNotification()).toMatchObject({ type: NodeDeleted, path: '/parent' });
    proves('DT-12', 'DT-14', 'EO-1');
  });

  test('a node that was deleted in time can be made again', async () => {
    using session = await openSession(running.port, { timeoutMs: 40_000 });
    await createTtl(session, '/again', 1);
    await exists(session, '/again', true);
    expect(await session.nextNotification()).toMatchObject({ type: NodeDeleted, path: '/again' });
    await exists(session, '/again', true);
    await createNode(session, '/again');
    expect(await session.nextNotification()).toMatchObject({ type: NodeCreated, path: '/again' });
    expect((await exists(session, '/again'))?.ephemeralOwner).toBe(0n);
  });
});
