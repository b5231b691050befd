/** A member of an ensemble that has no leader, ours and Apache's; and one of ours among Apache's. */
import { afterEach, expect, test } from 'vitest';
import type { Log } from '#00-introduction/world.js';
import { connect } from '#10-client-cnxn/connect.node.js';
import { eventually } from '#testing/apache-ensemble.node.js';
import { type ApacheServer, freePort, startApacheServer } from '#testing/apache-server.node.js';
import { TEST_GUARD_MS } from '#testing/child-process.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { peers } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { describeServers, describeWithPeers } from '#testing/servers.js';
import { startZoowalkProcess, type ZoowalkProcess } from '#testing/zoowalk-process.node.js';

const SILENT: Log = { info() {}, warn() {}, error() {} };
const started: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server[Symbol.asyncDispose]();
});

/** The lines of three servers, on ports that are free. */
async function threeServers(): Promise<Record<string, string>> {
  const config: Record<string, string> = { tickTime: '500', initLimit: '10', syncLimit: '4' };
  for (const id of [1, 2, 3]) config[`server.${id}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
  return config;
}

/** A server that answers, and what it has logged. It is stopped after the test. */
async function startOne(
  name: 'apache' | 'zoowalk',
  config: Record<string, string>,
  myId?: number,
): Promise<{ readonly port: number; logText(): string }> {
  const options = { config, ...(myId === undefined ? {} : { myId }) };
  const server =
    name === 'apache'
      ? await startApacheServer({ ...options, logLevel: 'warn', ready: 'running' })
      : await startZoowalkProcess(options);
  started.push(server);
  return server;
}

describeServers('a member that does not know who it is', ({ name }) => {
  test.each<[string, number | undefined, RegExp]>([
    ['without a file myid', undefined, /myid.* is missing/],
    ['with the number of no server', 7, /\b7\b.* (not in the peer list|has no server\.7)/],
    ['with a myid that is no number', Number.NaN, /NaN/],
  ])('%s does not start', async (_, myId, message) => {
    await expect(startOne(name, await threeServers(), myId)).rejects.toThrow(message);
    proves('PE-02');
  });
});

describeServers('a member is warned', ({ name }) => {
  test('of a role that is not that of its line, which counts', async () => {
    const server = await startOne(name, { ...(await threeServers()), peerType: 'observer' }, 1);
    expect(server.logText()).toMatch(/WARN.*peer ?type.*/i);
    proves('PE-03');
  });

  test('of two servers that vote, and of four', async () => {
    const { 'server.3': third = '', ...two } = await threeServers();
    expect((await startOne(name, two, 1)).logText()).toMatch(
      /WARN.*(No server failure will be|no failure is) tolerated/,
    );
    const four = { ...two, 'server.3': third, 'server.4': `127.0.0.1:${await freePort()}:${await freePort()}` };
    expect((await startOne(name, four, 1)).logText()).toMatch(/WARN.*(odd number|no more failures)/);
    proves('PE-04');
  });
});

describeServers('a member without a quorum', ({ name }) => {
  const startMember = async (): Promise<number> => {
    const { port } = await startOne(name, await threeServers(), 1);
    return port;
  };

  test('says that it does not serve, and that it is well', async () => {
    const port = await startMember();
    for (const word of ['srvr', 'stat', 'wchs']) {
      expect(await fourLetterWord(port, word)).toBe('This ZooKeeper instance is not currently serving requests\n');
    }
    expect(await fourLetterWord(port, 'ruok')).toBe('imok');
    expect(await fourLetterWord(port, 'envi')).toMatch(/^Environment:\nzookeeper\.version=/);
    proves('FL-06', 'FL-09', 'PE-06');
  });

  test('turns clients away', async () => {
    const port = await startMember();
    const connecting = connect(`127.0.0.1:${port}`, { sessionTimeoutMs: 4000, log: SILENT });
    await expect(connecting).rejects.toThrow();
    proves('HS-4', 'PE-06');
  });
});

describeWithPeers([peers.apacheServer], 'a peer among servers of Apache', () => {
  test('finds their leader, and looks with the other one when that is killed', { timeout: TEST_GUARD_MS }, async () => {
    const config = await threeServers();
    const apaches = await Promise.all(
      [2, 3].map((myId) => startApacheServer({ config, myId, logLevel: 'info', ready: 'serving' })),
    );
    started.push(...apaches);
    const modes = await Promise.all(apaches.map(({ port }) => fourLetterWord(port, 'srvr')));
    expect(modes[1]).toContain('Mode: leader');
    const ours: ZoowalkProcess = await startZoowalkProcess({ config, myId: 1 });
    started.push(ours);
    await ours.logged(/server 3 at 127\.0\.0\.1:\d+ leads, this server is following\./);

    await apaches[1]?.kill();
    await ours.logged(/round \d+ was won by server 2 \(epoch 1, /);
    const two = apaches[0] as ApacheServer;
    await eventually('server 2 leads', () => two.logText().includes('LEADING'), two.logText);
  });
});
