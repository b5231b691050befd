/** The programs of others do what our wrappers say, against Apache's own server. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApacheServer, startApacheServer } from '#testing/apache-server.node.js';
import { openCClient, runCClient } from '#testing/c-client.node.js';
import { runProgram, TEST_GUARD_MS } from '#testing/child-process.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { runKazoo } from '#testing/kazoo.node.js';
import { apacheVersion, assertInstalled, peers } from '#testing/peers.node.js';
import { openSession } from '#testing/raw-session.node.js';
import { createNode } from '#testing/requests.js';
import { describeWithPeers } from '#testing/servers.js';
import { runZkCli, runZkCliCommand } from '#testing/zk-cli.node.js';

test('a peer that is missing is named, with its package and the way to get it', () => {
  const peer = { title: 'Nobody', debianPackage: 'no-such-package', isInstalled: () => false };
  expect(() => assertInstalled(peer)).toThrow('Nobody is not installed (package no-such-package)');
  expect(() => assertInstalled(peer)).toThrow('npm run setup:peers');
});

test('a program that does not end is ended by its guard, and what it printed is told', async () => {
  await expect(runProgram('/bin/sh', ['-c', 'echo said; exec sleep 1000'], { guardMs: 200 })).rejects.toThrow('said');
});

test('what a program prints, reads and ends with comes back', async () => {
  const result = await runProgram('/bin/sh', ['-c', 'cat; echo $ASKED >&2; exit 3'], {
    stdin: 'in',
    env: { ASKED: 'x' },
  });
  expect(result).toEqual({ exitCode: 3, stdout: 'in', stderr: 'x\n' });
});

describeWithPeers([peers.apacheServer], "Apache's server", () => {
  test('starts, answers, and leaves nothing behind', async () => {
    const server = await startApacheServer({ config: { tickTime: '1234' } });
    const { port, dataDir } = server;
    const conf = await fourLetterWord(port, 'conf');
    expect(conf).toContain('tickTime=1234\n');
    expect(conf).toContain(`dataDir=${dataDir}/version-2\n`);
    expect(await fourLetterWord(port, 'srvr')).toContain(`Zookeeper version: ${apacheVersion()}`);
    await server[Symbol.asyncDispose]();
    expect(existsSync(dataDir)).toBe(false);
    await expect(fourLetterWord(port, 'ruok')).rejects.toThrow('ECONNREFUSED');
  });

  test('that can not start says why', async () => {
    await expect(startApacheServer({ config: { tickTime: 'none' } })).rejects.toThrow(/did not start[\s\S]*"none"/);
  });

  test('that was killed has what it acknowledged, when it starts again on its data', async () => {
    await using first = await startApacheServer();
    using session = await openSession(first.port);
    await createNode(session, '/kept');
    await first.kill('SIGKILL');
    await using second = await startApacheServer({ dataDir: first.dataDir });
    using again = await openSession(second.port);
    expect((await again.call('exists', { path: '/kept', watch: false })).err).toBe(0);
  });
});

describeWithPeers([peers.apacheServer, peers.zkCli, peers.cClient, peers.kazoo], "Apache's clients", () => {
  let server: ApacheServer;
  beforeAll(async () => {
    server = await startApacheServer();
  }, TEST_GUARD_MS);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('zkCli runs a script', async () => {
    const { stdout, stderr } = await runZkCli(server, ['create /shell hello', 'get /shell', 'ls /']);
    expect(stdout).toContain('hello\n[shell, zookeeper]\n');
    expect(stderr).toBe('Created /shell\n');
  });

  test('zkCli runs one command, and its exit code tells how it went', async () => {
    expect((await runZkCliCommand(server, 'ls', '/zookeeper')).stdout).toContain('[config, quota]\n');
    const failed = await runZkCliCommand(server, 'get', '/none');
    expect(failed).toMatchObject({ exitCode: 1, stderr: 'Node does not exist: /none\n' });
  });

  test('the C client runs one command', async () => {
    const { stderr } = await runCClient(server.port, 'create /from-c');
    expect(stderr).toContain('rc = 0');
    expect((await runCClient(server.port, 'get /none')).stderr).toContain('rc = -101');
  });

  test('the C client is typed to, line by line', async () => {
    await using client = await openCClient(server.port);
    client.type('create /typed');
    await client.waitFor(/rc = 0/);
    client.type('wexists /typed');
    client.type('set /typed x');
    expect(await client.waitFor(/CHANGED_EVENT[^\n]*\n/)).toContain('for path /typed');
  });

  test('kazoo runs a program', async () => {
    const { stdout } = await runKazoo(
      server.port,
      `client.create('/from-python', b'x')\nprint(client.get('/from-python')[0])`,
    );
    expect(stdout).toBe("b'x'\n");
    await expect(runKazoo(server.port, `client.get('/none')`)).rejects.toThrow('NoNodeError');
  });
});
