import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NetworkError } from '#00-introduction/world.js';
import { startServer } from '#07-standalone-startup/start-server.node.js';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { connect } from '#10-client-cnxn/connect.node.js';

/** Where temporary files go, so that only those of this test are there. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-server-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('a server on a free port, with data that goes with it', async () => {
  let dataDir: string;
  {
    await using server = await startServer({ quiet: true });
    dataDir = server.dataDir;
    expect(server).toMatchObject({ host: '127.0.0.1', connectString: `127.0.0.1:${server.port}` });
    expect(existsSync(dataDir)).toBe(true);
    const client = await connect(server.connectString);
    await client.create('/here', 'data');
    expect((await client.getData('/here')).data?.toString()).toBe('data');
    await client.close();
  }
  expect(existsSync(dataDir)).toBe(false);
});

test('two servers do not meet', async () => {
  await using one = await startServer({ quiet: true });
  await using other = await startServer({ quiet: true });
  expect(one.port).not.toBe(other.port);
  expect(one.dataDir).not.toBe(other.dataDir);
});

test('a data folder that the caller names is kept, and read again', async () => {
  const dataDir = join(folder, 'data');
  {
    await using server = await startServer({ dataDir, quiet: true });
    expect(server.dataDir).toBe(dataDir);
    const client = await connect(server.connectString);
    await client.create('/kept');
    await client.close();
  }
  await using server = await startServer({ dataDir, quiet: true });
  const client = await connect(server.connectString);
  expect(await client.exists('/kept')).not.toBeNull();
  await client.close();
});

test('closing it twice is closing it once', async () => {
  const server = await startServer({ quiet: true });
  await Promise.all([server.close(), server.close()]);
  await server.close();
  await using again = await startServer({ port: server.port, quiet: true });
  expect(again.port).toBe(server.port);
});

test('a wrong key is named, and leaves nothing behind', async () => {
  const starting = startServer({ config: { tickTime: 'soon' }, quiet: true });
  await expect(starting).rejects.toThrow(ConfigError);
  await expect(starting).rejects.toThrow('config.tickTime is "soon", but must be a whole number from 1 to 107374182');
  expect(readdirSync(folder)).toEqual([]);
});

test('a port that is taken is said so, and leaves nothing behind', async () => {
  await using server = await startServer({ quiet: true });
  const before = readdirSync(folder);
  const starting = startServer({ port: server.port, quiet: true });
  await expect(starting).rejects.toThrow(NetworkError);
  await expect(starting).rejects.toThrow(`127.0.0.1:${server.port}: the port is in use`);
  expect(readdirSync(folder)).toEqual(before);
});

test('its options go before its keys of zoo.cfg', async () => {
  const config = { clientPort: '1', dataDir: '/nowhere', clientPortAddress: '192.0.2.1' };
  await using server = await startServer({ port: 0, host: 'localhost', dataDir: folder, config, quiet: true });
  expect(server.dataDir).toBe(folder);
});
