/** Peers as processes of their own, as their users run them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '#testing/apache-server.node.js';
import { TEST_GUARD_MS } from '#testing/child-process.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { proves } from '#testing/proves.js';
import { startZoowalkProcess, type ZoowalkProcess } from '#testing/zoowalk-process.node.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoowalk-peers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The lines of so many servers, on ports that are free. */
async function ensembleOf(count: number): Promise<Record<string, string>> {
  const config: Record<string, string> = { tickTime: '200', initLimit: '25', syncLimit: '10' };
  for (let id = 1; id <= count; id++) config[`server.${id}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
  return config;
}

const start = (config: Record<string, string>, myId: number): Promise<ZoowalkProcess> =>
  startZoowalkProcess({ config, myId, dataDir: join(folder, `data${myId}`) });

describe('three processes', { timeout: TEST_GUARD_MS }, () => {
  test('elect a leader, say so, elect another one when it is killed, and stop when told to', async () => {
    const config = await ensembleOf(3);
    const servers = await Promise.all([start(config, 1), start(config, 2), start(config, 3)]);
    const [one, two, three] = servers as [ZoowalkProcess, ZoowalkProcess, ZoowalkProcess];
    try {
      expect(one.logText()).toContain('Server 1, beside servers 2, 3, looks for a leader.\n');
      // Which of two that have met first elect the greater one depends on how fast they start; all agree in the end.
      await Promise.all(servers.map((server) => server.logged(/this server leads\.|this server is following\./)));
      const leader = servers.find((server) => server.logText().includes('this server leads.'));
      expect(leader).toBeDefined();
      for (const { port } of servers) {
        expect(await fourLetterWord(port, 'srvr')).toBe('This ZooKeeper instance is not currently serving requests\n');
        expect(await fourLetterWord(port, 'ruok')).toBe('imok');
      }
      proves('FL-09');

      await leader?.kill('SIGKILL');
      const others = servers.filter((server) => server !== leader);
      await Promise.all(others.map((server) => server.logged(/looking for a leader, round/, 2)));
      const [newFollower, newLeader] = others as [ZoowalkProcess, ZoowalkProcess];
      await newLeader.logged(/this server leads\./);
      await newFollower.logged(/this server is following\./, 2);

      const endings = await Promise.all(others.map((server) => server.kill('SIGTERM')));
      expect(endings).toEqual(others.map(() => ({ exitCode: 0, signal: null })));
    } finally {
      await Promise.all([one, two, three].map((server) => server[Symbol.asyncDispose]()));
    }
  });
});

describe('one process', { timeout: TEST_GUARD_MS }, () => {
  test('alone among three looks on, and stops when told to', async () => {
    await using server = await start(await ensembleOf(3), 2);
    await server.logged(/no leader yet; asking again/);
    expect(await fourLetterWord(server.port, 'srvr')).toMatch(/^This ZooKeeper instance is not currently serving/);
    expect(await server.kill('SIGTERM')).toEqual({ exitCode: 0, signal: null });
  });

  test('as the only member of its ensemble leads', async () => {
    await using server = await start({ ...(await ensembleOf(1)), standaloneEnabled: 'false' }, 1);
    expect(server.logText()).toContain('Server 1, beside no others, looks for a leader.\n');
    await server.logged(/this server leads\./);
    expect(await server.kill('SIGINT')).toEqual({ exitCode: 0, signal: null });
  });

  test('whose port for votes is taken tries three times, then ends with 14', async () => {
    const config = await ensembleOf(3);
    const port = Number(config['server.1']?.split(':')[2]);
    const other = await new Promise<Server>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
    });
    try {
      await using server = await start(config, 1);
      expect(await server.exited).toEqual({ exitCode: 14, signal: null });
      expect(server.logText()).toContain(
        `cannot listen on 127.0.0.1:${port}: the port is in use by another program (EADDRINUSE); the port is one of the server line\n`,
      );
      proves('QC-13', 'FI-13');
    } finally {
      other.close();
    }
  });

  test('whose address in the server line is not its own ends with 14, unless it listens on all it has', async () => {
    // An address for examples, which no machine has.
    const config = { ...(await ensembleOf(3)), 'server.1': `192.0.2.1:${await freePort()}:${await freePort()}` };
    await using server = await start(config, 1);
    expect(await server.exited).toEqual({ exitCode: 14, signal: null });
    expect(server.logText()).toContain(
      ': this machine has no such address (EADDRNOTAVAIL); the server line has it: correct the line, or set ' +
        'quorumListenOnAllIPs=true if others reach this machine by it\n',
    );
    await using other = await start({ ...config, quorumListenOnAllIPs: 'true' }, 1);
    await other.logged(/no leader yet; asking again/);
    expect(await other.kill('SIGTERM')).toEqual({ exitCode: 0, signal: null });
    proves('CF-39', 'QC-13');
  });

  test('that does not know who it is does not start', async () => {
    const config = await ensembleOf(3);
    const dataDir = join(folder, 'data');
    const starting = (): Promise<ZoowalkProcess> => startZoowalkProcess({ config, dataDir });
    await expect(starting()).rejects.toThrow(/it ended with 2\n.*\/myid is missing: it must say which of the servers/);
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'myid'), '7\n');
    await expect(starting()).rejects.toThrow(
      /it ended with 2\n.*\/myid, line 1 is "7", but the configuration has no server\.7/,
    );
    proves('CF-08');
  });
});
