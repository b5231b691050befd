/** The figures of this chapter's text, from the runs that it tells of. */
import { expect, test } from 'vitest';
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';

async function start(): Promise<{ zoo: SimulatedServer; w1: ZooKeeper }> {
  const zoo = new SimulatedServer({ seed: 1, network: CALM_NETWORK, config: { extendedTypesEnabled: true } });
  await zoo.settle(zoo.start());
  return { zoo, w1: await zoo.settle(zoo.connect('w1')) };
}

test('the Stat after each step, and the numbers of sequential nodes', async () => {
  const { zoo, w1 } = await start();
  const row = async (path: string): Promise<string> => {
    const stat = await zoo.settle(w1.exists(path));
    if (stat === null) return 'none';
    const { czxid, mzxid, pzxid, version, cversion, aversion, dataLength, numChildren } = stat;
    return [czxid, mzxid, pzxid, version, cversion, aversion, dataLength, numChildren].join(' ');
  };
  const [payout, config, leader] = ['/payout', '/payout/config', '/payout/leader'];
  expect(await row('/')).toBe('0 0 0 0 -1 0 0 1');
  expect(await row('/zookeeper')).toBe('0 0 0 0 -2 0 0 2');
  await zoo.settle(w1.create(payout));
  expect(await row(payout)).toBe('2 2 2 0 0 0 0 0');
  await zoo.settle(w1.create(config, 'batch=100'));
  expect(await row(config)).toBe('3 3 3 0 0 0 9 0');
  expect(await row(payout)).toBe('2 2 3 0 1 0 0 1');
  await zoo.settle(w1.setData(config, 'batch=200'));
  expect(await row(config)).toBe('3 4 3 1 0 0 9 0');
  await zoo.settle(w1.setData(config, 'batch=200'));
  expect(await row(config)).toBe('3 5 3 2 0 0 9 0');
  await zoo.settle(w1.create(leader, 'w1', { mode: CreateMode.ephemeral }));
  expect(await row(payout)).toBe('2 2 6 0 2 0 0 2');
  await zoo.settle(w1.setACL(payout, [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]));
  expect(await row(payout)).toBe('2 2 6 0 2 1 0 2');
  await zoo.settle(w1.delete(leader));
  expect(await row(payout)).toBe('2 2 8 0 3 1 0 1');
  await zoo.settle(w1.setData(payout, 'x'));
  expect(await row(payout)).toBe('2 9 8 1 3 1 1 1');

  const { persistentSequential, ephemeralSequential } = CreateMode;
  const create = (path: string, mode: CreateMode) => zoo.settle(w1.create(path, '', { mode }));
  expect(await create('/payout/order-', persistentSequential)).toBe('/payout/order-0000000002');
  expect(await create('/payout/order-', persistentSequential)).toBe('/payout/order-0000000003');
  await zoo.settle(w1.delete('/payout/order-0000000003'));
  await create('/payout/note', CreateMode.persistent);
  expect(await create('/payout/job-', ephemeralSequential)).toBe('/payout/job-0000000005');
  expect(await create('/payout/', persistentSequential)).toBe('/payout/0000000006');
});

test('when nodes go by themselves', async () => {
  const { zoo, w1 } = await start();
  const { simulation } = zoo;
  const ttl = { mode: CreateMode.persistentWithTtl, ttlMs: 90_000 };
  for (const path of ['/locks', '/unused']) await zoo.settle(w1.create(path, '', { mode: CreateMode.container }));
  for (const path of ['/cache', '/cache2', '/cache3']) await zoo.settle(w1.create(path, '', ttl));
  for (const path of ['/locks/lock', '/cache3/child']) await zoo.settle(w1.create(path));
  const gone = new Map<string, number>();
  let paths = zoo.nodes().map(({ path }) => path);
  const runUntil = async (untilMs: number): Promise<void> => {
    for (; simulation.nowMs < untilMs; ) {
      await simulation.runFor(1000);
      const now = zoo.nodes().map(({ path }) => path);
      for (const path of paths.filter((each) => !now.includes(each))) {
        gone.set(path, Math.round(simulation.nowMs / 10_000) * 10);
      }
      paths = now;
    }
  };
  await runUntil(50_000);
  await zoo.settle(w1.delete('/locks/lock'));
  await runUntil(80_000);
  await zoo.settle(w1.setData('/cache2', 'x'));
  await runUntil(140_000);
  await zoo.settle(w1.delete('/cache3/child'));
  await runUntil(700_000);
  for (const path of ['/locks/lock', '/cache3/child']) gone.delete(path);
  expect(Object.fromEntries(gone)).toEqual({ '/locks': 60, '/cache': 120, '/cache2': 180, '/cache3': 180 });
  expect(paths).toContain('/unused');
});
