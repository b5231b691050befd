/** The figures of this chapter's text, from the runs that it tells of. */
import { expect, test } from 'vitest';
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';

type Act = (client: ZooKeeper) => Promise<unknown>;

const watch = (): void => {};

async function start(seed: number): Promise<SimulatedServer> {
  const zoo = new SimulatedServer({ seed, network: CALM_NETWORK });
  await zoo.settle(zoo.start());
  return zoo;
}

/** What the server has sent, as text, from an entry of the transcript on. */
const sentTo = (zoo: SimulatedServer, name: string, from: number): string[] =>
  zoo.transcript.entries
    .slice(from)
    .filter((entry) => entry.kind === 'packet' && entry.from === 'server' && entry.to === name)
    .map(({ text }) => text);

const eventsTo = (zoo: SimulatedServer, name: string, from: number): string[] =>
  sentTo(zoo, name, from).flatMap((text) => /^event Node(.*)$/.exec(text)?.[1] ?? []);

test('which change wakes which watch', async () => {
  const zoo = await start(1);
  const leader = '/payout/leader';
  const changes: Record<string, Act> = {
    create: (w1) => w1.create(leader),
    setData: (w1) => w1.setData(leader, 'x'),
    setACL: (w1) => w1.setACL(leader, [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]),
    'create x': (w1) => w1.create(`${leader}/x`),
    'delete x': (w1) => w1.delete(`${leader}/x`),
    delete: (w1) => w1.delete(leader),
  };
  const oneShot: Record<string, Act> = {
    'exists leader': (client) => client.exists(leader, { watch }),
    'getChildren leader': (client) => client.getChildren(leader, { watch }).catch(() => null),
    'getData payout': (client) => client.getData('/payout', { watch }),
    'getChildren payout': (client) => client.getChildren('/payout', { watch }),
  };
  const staying: Record<string, Act> = {
    'persistent leader': (client) => client.addWatch(leader, { watch }),
    'persistent payout': (client) => client.addWatch('/payout', { watch }),
    'recursive payout': (client) => client.addWatch('/payout', { watch, recursive: true }),
  };
  const w1 = await zoo.settle(zoo.connect('w1'));
  await zoo.settle(w1.create('/payout'));
  const clients = new Map<string, ZooKeeper>();
  for (const name of Object.keys({ ...oneShot, ...staying })) clients.set(name, await zoo.settle(zoo.connect(name)));
  const setAll = async (watches: Record<string, Act>): Promise<void> => {
    for (const [name, set] of Object.entries(watches)) await zoo.settle(set(clients.get(name) as ZooKeeper));
  };
  await setAll(staying);
  const table: Record<string, string[]> = Object.fromEntries([...clients.keys()].map((name) => [name, []]));
  for (const change of Object.values(changes)) {
    await setAll(oneShot);
    const from = zoo.transcript.entries.length;
    await zoo.settle(change(w1));
    for (const name of clients.keys()) table[name]?.push(eventsTo(zoo, name, from).join());
  }
  const children = `ChildrenChanged ${leader}`;
  const list = 'ChildrenChanged /payout';
  expect(table).toEqual({
    'exists leader': [`Created ${leader}`, `DataChanged ${leader}`, '', '', '', `Deleted ${leader}`],
    'getChildren leader': ['', '', '', children, children, `Deleted ${leader}`],
    'getData payout': ['', '', '', '', '', ''],
    'getChildren payout': [list, '', '', '', '', list],
    'persistent leader': [`Created ${leader}`, `DataChanged ${leader}`, '', children, children, `Deleted ${leader}`],
    'persistent payout': [list, '', '', '', '', list],
    'recursive payout': [
      ...[`Created ${leader}`, `DataChanged ${leader}`, ''],
      ...[`Created ${leader}/x`, `Deleted ${leader}/x`, `Deleted ${leader}`],
    ],
  });
});

test('two watches at a node that is deleted are for one event, and both go', async () => {
  const zoo = await start(1);
  const [w1, w2] = [await zoo.settle(zoo.connect('w1')), await zoo.settle(zoo.connect('w2'))];
  for (const path of ['/payout', '/payout/leader']) await zoo.settle(w1.create(path));
  await zoo.settle(w2.getData('/payout/leader', { watch }));
  for (const path of ['/payout/leader', '/payout']) await zoo.settle(w2.getChildren(path, { watch }));
  const from = zoo.transcript.entries.length;
  await zoo.settle(w1.delete('/payout/leader'));
  await zoo.settle(w1.create('/payout/leader'));
  await zoo.settle(w1.delete('/payout/leader'));
  expect(eventsTo(zoo, 'w2', from)).toEqual(['Deleted /payout/leader', 'ChildrenChanged /payout']);
});

test('what a client is told when it comes back', async () => {
  const zoo = await start(7);
  const { network } = zoo.simulation;
  const options = { sessionTimeoutMs: 10_000 };
  const w1 = await zoo.settle(zoo.connect('w1', options));
  const w2 = await zoo.settle(zoo.connect('w2', options));
  for (const name of ['', '/config', '/leader', '/done']) await zoo.settle(w1.create(`/payout${name}`));
  for (const name of ['config', 'done']) await zoo.settle(w2.getData(`/payout/${name}`, { watch }));
  for (const name of ['leader', 'lock', 'stop']) await zoo.settle(w2.exists(`/payout/${name}`, { watch }));
  await zoo.settle(w2.getChildren('/payout', { watch }));
  await zoo.settle(w2.addWatch('/payout', { watch, recursive: true }));
  network.breakConnections('w2', 'server');
  network.partition('w2', 'server');
  const changes: Act[] = [
    ...['a', 'b'].map(
      (data): Act =>
        (client) =>
          client.setData('/payout/config', data),
    ),
    (client) => client.delete('/payout/leader'),
    (client) => client.create('/payout/leader'),
    (client) => client.create('/payout/lock'),
    (client) => client.delete('/payout/lock'),
    (client) => client.create('/payout/stop'),
  ];
  for (const change of changes) await zoo.settle(change(w1));
  const from = zoo.transcript.entries.length;
  network.heal('w2', 'server');
  await zoo.simulation.runUntil(() => sentTo(zoo, 'w2', from).some((text) => text.includes('setWatches2 ok')));
  expect(zoo.transcript.entries.slice(from).map(({ text }) => text)).toContain(
    'setWatches2 zxid 0x6 data [/payout/config, /payout/done, /payout/leader] exist [/payout/lock, /payout/stop] ' +
      'child [/payout] persistentRecursive [/payout]',
  );
  expect(sentTo(zoo, 'w2', from).slice(1)).toEqual([
    'event NodeDataChanged /payout/config',
    'event NodeDataChanged /payout/leader',
    'event NodeCreated /payout/stop',
    'event NodeChildrenChanged /payout',
    'reply #8 setWatches2 ok zxid 0xd',
  ]);
});

test.each([
  [10, 50],
  [100, 500],
])('%i clients that wait for the same node: %i packets', async (count, packets) => {
  const zoo = await start(1);
  const leader = '/payout/leader';
  const ephemeral = { mode: CreateMode.ephemeral };
  const first = await zoo.settle(zoo.connect('first'));
  await zoo.settle(first.create('/payout'));
  await zoo.settle(first.create(leader, '', ephemeral));
  for (let i = 0; i < count; i++) {
    const client = await zoo.settle(zoo.connect(`w${i}`));
    const takeOver = (): void => {
      void client.create(leader, '', ephemeral).catch(() => client.exists(leader, { watch }));
    };
    await zoo.settle(client.exists(leader, { watch: takeOver }));
  }
  const from = zoo.transcript.entries.length;
  await zoo.settle(first.delete(leader));
  await zoo.simulation.runFor(100);
  expect(zoo.transcript.entries.slice(from).filter(({ kind }) => kind === 'packet').length).toBe(packets);
});
