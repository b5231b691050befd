/**
 * Clients that others wrote, each as its users use it: Apache's shell, its C client and node-zookeeper-client (kazoo is
 * in kazoo.test.ts). What they print and return is the same whether they speak with Apache's server or with ours, which
 * is a process of its own. What becomes of them when the server restarts is in client-restart.test.ts.
 */
import { expect, test } from 'vitest';
import { type CClient, openCClient, runCClient } from '#testing/c-client.node.js';
import { type NodeClientError, openNodeClient } from '#testing/node-client.node.js';
import { peers } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { openSession } from '#testing/raw-session.node.js';
import { setData } from '#testing/requests.js';
import { describeServerProcesses } from '#testing/server-processes.js';
import { describeWithPeers, startedOnce } from '#testing/servers.js';
import { runZkCli, runZkCliCommand } from '#testing/zk-cli.node.js';

describeWithPeers([peers.zkCli], "Apache's shell", () => {
  describeServerProcesses('zkCli.sh with', (server) => {
    const running = startedOnce(server);

    /** What it printed, each stream line by line; what watches print comes from a thread of its own, at any place. */
    async function shell(port: number, commands: readonly string[]) {
      const { stdout, stderr } = await runZkCli({ port }, commands);
      const lines = stdout.slice(stdout.indexOf('JLine support is disabled\n')).split('\n').slice(1);
      const isOfWatch = (line: string) => /^(WATCHER::|WatchedEvent .*|)$/.test(line);
      return {
        printed: lines.filter((line) => !isOfWatch(line)),
        events: lines.flatMap((line) => /type:(Node\w+ path:.*)/.exec(line)?.[1] ?? []),
        errors: stderr.split('\n').filter((line) => line !== ''),
      };
    }

    test('creates nodes of every kind, and shows them with their stats', async () => {
      await using running = await server.start();
      const { printed, errors } = await shell(running.port, [
        'create /app v1',
        'create -s /app/item- a',
        'create -s /app/item- b',
        'create -e /app/lock c',
        'create -e -s /app/member- d',
        'create -c /app/box',
        'ls /app',
        'ls -R /',
        'set -v 0 /app v2',
        'get -s /app',
        'stat /app/lock',
      ]);
      expect(errors).toEqual([
        'Created /app',
        'Created /app/item-0000000000',
        'Created /app/item-0000000001',
        'Created /app/lock',
        'Created /app/member-0000000003',
        'Created /app/box',
      ]);
      const date = /^([cm]time) = \w{3} \w{3} +\d+ \d\d:\d\d:\d\d \w+ 20\d\d$/;
      const owner = /^ephemeralOwner = 0x[1-9a-f][\da-f]+$/;
      expect(printed.map((line) => line.replace(date, '$1').replace(owner, 'ephemeralOwner = its session'))).toEqual([
        '[box, item-0000000000, item-0000000001, lock, member-0000000003]',
        '/',
        '/app',
        '/zookeeper',
        '/app/box',
        '/app/item-0000000000',
        '/app/item-0000000001',
        '/app/lock',
        '/app/member-0000000003',
        '/zookeeper/config',
        '/zookeeper/quota',
        'v2',
        ...['cZxid = 0x2', 'ctime', 'mZxid = 0x8', 'mtime', 'pZxid = 0x7', 'cversion = 5', 'dataVersion = 1'],
        ...['aclVersion = 0', 'ephemeralOwner = 0x0', 'dataLength = 2', 'numChildren = 5'],
        ...['cZxid = 0x5', 'ctime', 'mZxid = 0x5', 'mtime', 'pZxid = 0x5', 'cversion = 0', 'dataVersion = 0'],
        ...['aclVersion = 0', 'ephemeralOwner = its session', 'dataLength = 1', 'numChildren = 0'],
      ]);
      proves('CM-1', 'CM-2', 'CM-3', 'CM-4', 'CM-5', 'DT-01', 'ST-1', 'ST-2', 'ST-6', 'ST-7', 'ST-8', 'ST-9', 'ST-10');
    });

    test('says which request was wrong', async () => {
      const { printed, errors } = await shell(running.port, [
        'create /wrong v1',
        'create -e /wrong/lock x',
        'create /wrong v1',
        'create /no/where x',
        'create /wrong/lock/kid x',
        'set -v 7 /wrong v3',
        'get /none',
        'delete /wrong',
        'delete -v 7 /wrong/lock',
        'setAcl -v 7 /wrong world:anyone:r',
        'setAcl /wrong nobody:knows:r',
        'get /wrong',
      ]);
      expect(errors).toEqual([
        'Created /wrong',
        'Created /wrong/lock',
        'Node already exists: /wrong',
        'Node does not exist: /no/where',
        'Ephemerals cannot have children: /wrong/lock/kid',
        'version No is not valid : /wrong',
        'Node does not exist: /none',
        'Node not empty: /wrong',
        'version No is not valid : /wrong/lock',
        'version No is not valid : /wrong',
        'Acl is not valid : /wrong',
      ]);
      expect(printed).toEqual(['v1']);
      proves('ER-14', 'ER-16', 'ER-17', 'ER-18', 'ER-19', 'ER-22', 'AL-14');
    });

    test('sees the events of its watches', async () => {
      const { printed, events } = await shell(running.port, [
        'create /watched v1',
        'get -w /watched',
        'set /watched v2',
        'ls -w /watched',
        'create /watched/later x',
        'stat -w /watched/later',
        'delete /watched/later',
        'addWatch /watched',
        'create /watched/deep y',
        'set /watched/deep z',
        // One more answer: the events before it have come.
        'sync /watched',
      ]);
      expect(events).toEqual([
        'NodeDataChanged path:/watched',
        'NodeChildrenChanged path:/watched',
        'NodeDeleted path:/watched/later',
        'NodeCreated path:/watched/deep',
        'NodeDataChanged path:/watched/deep',
      ]);
      expect(printed.slice(0, 2)).toEqual(['v1', '[]']);
      expect(printed.at(-1)).toBe('Sync is OK');
      proves('WM-2', 'WM-4', 'OP-10', 'OP-29');
    });

    test('sets ACLs, deletes whole subtrees, and asks what else there is to ask', async () => {
      const { printed, errors } = await shell(running.port, [
        'create /acl v1',
        'getAcl /acl',
        'setAcl /acl world:anyone:cdrwa',
        'setAcl /acl world:anyone:cdra',
        'getAcl /acl',
        'set /acl v2',
        'create /acl/a',
        'create /acl/a/b',
        'create -e /acl/a/b2',
        'getAllChildrenNumber /acl',
        'getEphemerals /acl',
        'whoami',
        'deleteall /acl',
        'stat /acl',
      ]);
      expect(errors.at(-1)).toBe('Node does not exist: /acl');
      expect(errors).toContain('Insufficient permission : /acl');
      expect(printed).toEqual([
        "'world,'anyone",
        ': cdrwa',
        "'world,'anyone",
        ': cdra',
        '3',
        '[/acl/a/b2]',
        'Auth scheme: User',
        'ip: 127.0.0.1',
      ]);
      proves('AL-01', 'OP-07', 'OP-08', 'OP-26', 'OP-27', 'OP-30', 'ER-15');
    });

    test('runs one command, and ends with 1 when it failed', async () => {
      expect(await runZkCliCommand(running, 'create', '/single', 'x')).toMatchObject({ exitCode: 0 });
      expect(await runZkCliCommand(running, 'get', '/single')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/\nx\n$/),
      });
      expect(await runZkCliCommand(running, 'get', '/none')).toMatchObject({
        exitCode: 1,
        stderr: 'Node does not exist: /none\n',
      });
    });
  });
});

describeWithPeers([peers.cClient], "Apache's C client", () => {
  describeServerProcesses('cli_mt with', (server) => {
    /** Types a line, and waits for the end of its answer. */
    async function ask(client: CClient, line: string, end: RegExp): Promise<string> {
      client.type(line);
      return client.waitFor(end);
    }

    test('creates, reads, sets, lists and deletes, and sees events', async () => {
      await using running = await server.start();
      await using client = await openCClient(running.port);
      const created = /name = (.*)\n/;
      const done = /rc = (-?\d+)\n/;
      expect(await ask(client, 'create /c', created)).toContain('[/c]: rc = 0\n\tname = /c\n');
      expect(await ask(client, 'create +s /c/n-', created)).toContain('name = /c/n-0000000000\n');
      expect(await ask(client, 'create +e /c/e', created)).toContain('name = /c/e\n');
      expect(await ask(client, 'create2 +es /c/both-', /ephemeralOwner = .*\n/)).toMatch(
        /name = \/c\/both-0000000002\n[\s\S]*czxid=5\n[\s\S]*mzxid=5\n\tversion=0\taversion=0\n\tephemeralOwner = [1-9a-f]\w+\n/,
      );
      // This client leaves a watch with each get and each ls.
      expect(await ask(client, 'get /c', /ephemeralOwner.*\n/)).toMatch(
        /rc = 0\n value_len = 3\nnew\nStat:\n[\s\S]*czxid=2\n/,
      );
      expect(await ask(client, 'set /c hello', /ephemeralOwner.*\n/)).toMatch(
        /CHANGED_EVENT state = CONNECTED_STATE for path \/c\n[\s\S]*rc = 0 Stat:\n[\s\S]*czxid=2\n[\s\S]*mzxid=6\n\tversion=1\taversion=0\n\tephemeralOwner = 0\n/,
      );
      expect(await ask(client, 'ls2 /c', /ephemeralOwner.*\n/)).toMatch(
        /rc = 0\n(\t(both-0000000002|e|n-0000000000)\n){3}time/,
      );
      expect(await ask(client, 'delete /c', done)).toContain('/c: rc = -111\n');
      expect(await ask(client, 'delete /c/e', done)).toMatch(
        /CHILD_EVENT state = CONNECTED_STATE for path \/c\n\/c\/e: rc = 0\n/,
      );
      expect(await ask(client, 'get /none', done)).toContain('/none: rc = -101\n');
      expect(await ask(client, 'create /c', done)).toContain('rc = -110\n');
      expect(await ask(client, 'sync /c', created)).toContain('[/c]: rc = 0\n\tname = /c\n');
      client.type('wexists /c/n-0000000000');
      expect(await ask(client, 'delete /c/n-0000000000', /\n.*rc = 0\n/)).toContain(
        'DELETED_EVENT state = CONNECTED_STATE for path /c/n-0000000000\n',
      );
      proves('OP-02', 'OP-03', 'OP-04', 'OP-05', 'OP-06', 'OP-10', 'OP-12', 'OP-15');
    });

    test('its session, and what belongs to it, ends with its command', async () => {
      await using running = await server.start();
      expect((await runCClient(running.port, 'create +e /mine')).stderr).toContain('[/mine]: rc = 0\n\tname = /mine\n');
      expect((await runCClient(running.port, 'ls /')).stderr).toContain('/: rc = 0\n\tzookeeper\ntime');
      proves('OP-32');
    });
  });
});

describeServerProcesses('node-zookeeper-client with', (server) => {
  const running = startedOnce(server);

  async function errorOf(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => 'OK',
      (error: NodeClientError) => error.name,
    );
  }

  test('creates, reads, sets, lists and deletes', async () => {
    await using client = await openNodeClient(running.port);
    expect(await client.create('/node', 'v1')).toBe('/node');
    expect(await client.create('/node/n-', 'x', 'persistentSequential')).toBe('/node/n-0000000000');
    expect(await client.create('/node/e', '', 'ephemeral')).toBe('/node/e');
    expect(await client.create('/node/es-', '', 'ephemeralSequential')).toBe('/node/es-0000000002');
    expect(await client.children('/node')).toEqual(['e', 'es-0000000002', 'n-0000000000']);
    const { data, stat } = await client.get('/node');
    expect(data).toBe('v1');
    expect(stat).toMatchObject({ version: 0, cversion: 3, ephemeralOwner: 0n, dataLength: 2, numChildren: 3 });
    expect(await client.set('/node', 'v2!', 0)).toEqual({
      ...stat,
      mzxid: stat.pzxid + 1n,
      version: 1,
      dataLength: 3,
    });
    expect(await client.exists('/node/e')).toMatchObject({ ephemeralOwner: client.sessionId });
    expect(await client.exists('/none')).toBeNull();
    expect([
      await errorOf(client.set('/node', 'v3', 0)),
      await errorOf(client.create('/node', '')),
      await errorOf(client.create('/no/where', '')),
      await errorOf(client.create('/node/e/kid', '')),
      await errorOf(client.remove('/node')),
      await errorOf(client.get('/none')),
    ]).toEqual(['BAD_VERSION', 'NODE_EXISTS', 'NO_NODE', 'NO_CHILDREN_FOR_EPHEMERALS', 'NOT_EMPTY', 'NO_NODE']);
    // It looks for children one level deep only.
    await client.removeRecursive('/node');
    expect(await client.exists('/node')).toBeNull();
    expect(await client.mkdirp('/dirs/a/b')).toBe('/dirs/a/b');
    expect(await client.children('/dirs/a')).toEqual(['b']);
    proves('OP-02', 'OP-03', 'OP-04', 'OP-05', 'OP-06', 'OP-12', 'ER-14', 'ER-16', 'ER-17', 'ER-18', 'ER-19');
  });

  test('sees the events of its watches, made by others', async () => {
    await using client = await openNodeClient(running.port);
    using other = await openSession(running.port);
    const nextEvent = (watch: (watcher: (event: { toString(): string }) => void) => Promise<unknown>) => {
      const event = new Promise<string>((resolve) => {
        void watch((seen) => resolve(String(seen))).then(() => act());
      });
      let act: () => void = () => {};
      return (change: () => void): Promise<string> => {
        act = change;
        return event;
      };
    };
    await client.create('/seen', 'v1');
    const onData = nextEvent((watcher) => client.get('/seen', watcher));
    expect(await onData(() => void setData(other, '/seen', 'v2'))).toBe('NODE_DATA_CHANGED[3]@/seen');
    const onChildren = nextEvent((watcher) => client.children('/seen', watcher));
    expect(await onChildren(() => void client.create('/seen/kid', ''))).toBe('NODE_CHILDREN_CHANGED[4]@/seen');
    const onNone = nextEvent((watcher) => client.exists('/seen/later', watcher));
    expect(await onNone(() => void client.create('/seen/later', ''))).toBe('NODE_CREATED[1]@/seen/later');
    const onExists = nextEvent((watcher) => client.exists('/seen/later', watcher));
    expect(await onExists(() => void client.remove('/seen/later'))).toBe('NODE_DELETED[2]@/seen/later');
    proves('WM-2');
  });

  test('commits transactions, or sees why one was not', async () => {
    await using client = await openNodeClient(running.port);
    await client.create('/txn', 'v1');
    await client.transaction((steps) =>
      steps.check('/txn', 0).create('/txn/t', Buffer.from('1')).setData('/txn/t', Buffer.from('2'), -1),
    );
    expect(await client.get('/txn/t')).toMatchObject({ data: '2', stat: { version: 1 } });
    const refused = client.transaction((steps) =>
      steps.create('/txn/u', Buffer.from('1')).remove('/txn/t', 7).setData('/txn', Buffer.from('v2'), -1),
    );
    // The first step that failed is what it throws; what it says of the steps before is -2.
    expect(await errorOf(refused)).toBe('BAD_VERSION');
    expect(await client.children('/txn')).toEqual(['t']);
    expect((await client.get('/txn')).data).toBe('v1');
    proves('OP-14', 'MU-6');
  });

  test('gets and sets ACLs', async () => {
    await using client = await openNodeClient(running.port);
    await client.create('/guarded', 'v1');
    expect(await client.getAcl('/guarded')).toEqual(['world:anyone=31']);
    expect(await client.setAclForAnyone('/guarded', 17, 0)).toMatchObject({ aversion: 1 });
    expect(await client.getAcl('/guarded')).toEqual(['world:anyone=17']);
    expect(await errorOf(client.setAclForAnyone('/guarded', 31, 0))).toBe('BAD_VERSION');
    expect(await errorOf(client.set('/guarded', 'v2'))).toBe('NO_AUTH');
    proves('OP-07', 'OP-08', 'AL-14', 'ER-15', 'SC-1');
  });
});
