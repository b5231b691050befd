/** Quotas, as clients set and see them, on our server and on Apache's. */
import { expect, test } from 'vitest';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { proves } from '#testing/proves.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { createNode, createRequest, deleteNode, deleteRequest, setData, setDataRequest } from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

const QUOTA_EXCEEDED = -125;

/** Sets a quota as Apache's clients do: the folders, the limits, then the usage. */
async function setQuota(session: RawSession, path: string, limits: string): Promise<void> {
  let at = '/zookeeper/quota';
  for (const name of path.slice(1).split('/')) {
    at += `/${name}`;
    await session.call('create', createRequest(at));
  }
  await createNode(session, `${at}/zookeeper_limits`, { data: limits });
  await createNode(session, `${at}/zookeeper_stats`, { data: 'count=0,bytes=0' });
}

async function usage(session: RawSession, path: string): Promise<string> {
  const { data } = await session.ok('getData', { path: `/zookeeper/quota${path}/zookeeper_stats`, watch: false });
  return data?.toString() ?? '';
}

describeServers('what a quota counts', (server) => {
  const running = startedOnce(server);

  test('the node itself and all below, nodes and bytes of data', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/q', { data: '12345' });
    await createNode(session, '/q/a', { data: '123' });
    await setQuota(session, '/q', 'count=100,bytes=1000');
    expect(await usage(session, '/q'), 'counted when the usage is made').toBe('count=2,bytes=8');
    await createNode(session, '/q/a/b', { data: '12' });
    expect(await usage(session, '/q')).toBe('count=3,bytes=10');
    await setData(session, '/q/a', '');
    expect(await usage(session, '/q')).toBe('count=3,bytes=7');
    await deleteNode(session, '/q/a/b');
    expect(await usage(session, '/q')).toBe('count=2,bytes=5');
    await createNode(session, '/quiet', { data: 'beside it' });
    expect(await usage(session, '/q')).toBe('count=2,bytes=5');
    const { stat } = await session.ok('getData', { path: '/zookeeper/quota/q/zookeeper_stats', watch: false });
    expect({ version: stat.version, sameZxid: stat.mzxid === stat.czxid }).toEqual({ version: 0, sameZxid: true });
    proves('QU-1', 'QU-4', 'QU-5');
  });

  test('ephemeral nodes of a session that ends are counted off', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/eph');
    await setQuota(session, '/eph', 'count=100,bytes=1000');
    using brief = await openSession(running.port);
    await createNode(brief, '/eph/x', { flags: CreateMode.ephemeral, data: '1234' });
    expect(await usage(session, '/eph')).toBe('count=2,bytes=4');
    await brief.close();
    expect(await usage(session, '/eph')).toBe('count=1,bytes=0');
    proves('QU-4');
  });

  test('of two quotas on one way the nearer one counts', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/outer');
    await createNode(session, '/outer/inner');
    await setQuota(session, '/outer', 'count=100,bytes=1000');
    await setQuota(session, '/outer/inner', 'count=100,bytes=1000');
    await createNode(session, '/outer/inner/x', { data: '1' });
    expect(await usage(session, '/outer')).toBe('count=2,bytes=0');
    expect(await usage(session, '/outer/inner')).toBe('count=2,bytes=1');
    proves('QU-6');
  });

  test('a quota that is taken away counts no more', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/free');
    await setQuota(session, '/free', 'count=100,bytes=1000');
    await deleteNode(session, '/zookeeper/quota/free/zookeeper_limits');
    await createNode(session, '/free/x');
    expect(await usage(session, '/free')).toBe('count=1,bytes=0');
    proves('QU-7');
  });
});

describeServers('enforceQuota=true', (server) => {
  const running = startedOnce(server, { config: { enforceQuota: 'true' } });

  test('a hard limit of nodes: no create beyond it', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/count');
    await setQuota(session, '/count', 'count=-1,bytes=-1=;countHardLimit=2');
    await createNode(session, '/count/a');
    expect((await session.call('create', createRequest('/count/b'))).err).toBe(QUOTA_EXCEEDED);
    expect((await session.call('setData', setDataRequest('/count/a', 'any size'))).err).toBe(0);
    await deleteNode(session, '/count/a');
    expect((await session.call('create', createRequest('/count/b'))).err).toBe(0);
    proves('QU-2', 'QU-3', 'ER-31');
  });

  test('a hard limit of bytes: neither create nor setData beyond it', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/bytes', { data: '12345' });
    await setQuota(session, '/bytes', 'count=-1,bytes=-1=;byteHardLimit=10');
    expect((await session.call('create', createRequest('/bytes/a', { data: '123456' }))).err).toBe(QUOTA_EXCEEDED);
    expect((await session.call('create', createRequest('/bytes/a', { data: '12345' }))).err).toBe(0);
    expect((await session.call('setData', setDataRequest('/bytes/a', '123456'))).err).toBe(QUOTA_EXCEEDED);
    expect((await session.call('setData', setDataRequest('/bytes/a', '1'))).err).toBe(0);
    expect((await session.call('create', createRequest('/bytes/empty'))).err).toBe(0);
    proves('QU-2', 'QU-3');
  });

  test('a limit is looked at before the version', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/before');
    await setQuota(session, '/before', 'count=-1,bytes=-1=;byteHardLimit=3');
    expect((await session.call('setData', setDataRequest('/before', '1234', 9))).err).toBe(QUOTA_EXCEEDED);
    expect((await session.call('setData', setDataRequest('/before', '123', 9))).err).toBe(-103);
    proves('QU-3');
  });

  test('a soft limit only warns; a hard one goes before it', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/soft');
    await setQuota(session, '/soft', 'count=1,bytes=1');
    expect((await session.call('create', createRequest('/soft/a', { data: '12345' }))).err).toBe(0);
    await createNode(session, '/mixed');
    await setQuota(session, '/mixed', 'count=1,bytes=-1=;countHardLimit=3');
    await createNode(session, '/mixed/a');
    await createNode(session, '/mixed/b');
    expect((await session.call('create', createRequest('/mixed/c'))).err).toBe(QUOTA_EXCEEDED);
    proves('QU-3');
  });

  test('a step of a multi beyond a limit fails the multi', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/many');
    await setQuota(session, '/many', 'count=-1,bytes=-1=;countHardLimit=1');
    const steps = [
      { type: OpCode.create, record: createRequest('/elsewhere') },
      { type: OpCode.create, record: createRequest('/many/a') },
    ];
    expect(await session.ok('multi', steps)).toEqual([
      { type: OpCode.error, error: 0 },
      { type: OpCode.error, error: QUOTA_EXCEEDED },
    ]);
    expect((await session.call('delete', deleteRequest('/elsewhere'))).err).toBe(-101);
    proves('QU-3', 'MU-6');
  });
});

describeServers('without enforceQuota', (server) => {
  const running = startedOnce(server);

  test('no limit holds', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/open');
    await setQuota(session, '/open', 'count=1,bytes=1=;byteHardLimit=1;countHardLimit=1');
    expect((await session.call('create', createRequest('/open/a', { data: '12345' }))).err).toBe(0);
    expect(await usage(session, '/open')).toBe('count=2,bytes=5');
    proves('QU-3');
  });
});
