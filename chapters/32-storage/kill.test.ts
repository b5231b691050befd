/**
 * The server as a process that is killed in the middle of its work, again and again on the same data: what it has
 * acknowledged is there, and of what it has not, each write whole or not at all, and none out of its turn. And as a
 * process that is told to stop.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RealRandom } from '#00-introduction/real-random.node.js';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import { parseLogName, parseSnapshotName } from '#20-data-files/file-names.js';
import { startApacheServer } from '#testing/apache-server.node.js';
import { TEST_GUARD_MS } from '#testing/child-process.node.js';
import { peers } from '#testing/peers.node.js';
import { PipelinedWriter, type WrittenNode } from '#testing/pipelined-writer.js';
import { openSession } from '#testing/raw-session.node.js';
import { createNode } from '#testing/requests.js';
import type { ServerProcess } from '#testing/server-processes.js';
import { describeWithPeers } from '#testing/servers.js';
import { readTree } from '#testing/tree-image.js';
import { type Ending, startZoowalkProcess, type ZoowalkProcess } from '#testing/zoowalk-process.node.js';

const ROUNDS = 8;
const WRITERS = 4;
const DATA_BYTES = 1000;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'zoowalk-kill-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** So few transactions to a snapshot that one is often under way. */
const start = (): Promise<ZoowalkProcess> => startZoowalkProcess({ dataDir, config: { snapCount: '60' } });

const filesOf = (isOne: (name: string) => unknown): string[] => readdirSync(join(dataDir, 'version-2')).filter(isOne);

/** Random, and the same again with ZOOWALK_SEED. */
function drawSeed(): SeededRandom {
  const seed = process.env.ZOOWALK_SEED ?? new RealRandom().integer(2 ** 32);
  console.log(`kill.test.ts: the same numbers again with ZOOWALK_SEED=${seed}`);
  return new SeededRandom(seed);
}

async function openWriters(port: number): Promise<PipelinedWriter[]> {
  using session = await openSession(port);
  const roots = Array.from({ length: WRITERS }, (_, i) => `/writer-${i}`);
  for (const root of roots) await createNode(session, root);
  return roots.map((root) => new PipelinedWriter(root, DATA_BYTES));
}

/** @returns how many writes were done without having been acknowledged */
async function settle(server: ServerProcess, writers: readonly PipelinedWriter[]): Promise<number> {
  using session = await openSession(server.port);
  const found = new Map<string, WrittenNode>();
  for (const [path, { data, stat }] of Object.entries(await readTree(session))) {
    found.set(path, { data: Buffer.from(data ?? '', 'base64').toString(), version: stat.version, mzxid: stat.mzxid });
  }
  await session.close();
  return writers.reduce((sum, writer) => sum + writer.settle(found), 0);
}

/** Lets the writers write, and ends the server by a signal that is sent in the midst of it. */
async function writeUntil(
  server: ZoowalkProcess,
  writers: readonly PipelinedWriter[],
  moment: Moment,
): Promise<{ acknowledged: number; ending: Ending }> {
  let acknowledged = 0;
  const onAcknowledged = (): void => {
    if (++acknowledged !== moment.acknowledged) return;
    const send = (): void => void server.kill(moment.signal);
    if (moment.file === null) send();
    else whenThereIs(moment.file, send);
  };
  await Promise.all(writers.map((writer) => writer.writeUntilClosed(server.port, onAcknowledged)));
  return { acknowledged, ending: await server.exited };
}

interface Moment {
  readonly signal: NodeJS.Signals;
  /** After so many writes … */
  readonly acknowledged: number;
  /** … or, after them, when a file of that kind is begun. */
  readonly file: 'log' | 'unfinished.snapshot' | null;
}

/** Calls it once, when a file of that kind appears. */
function whenThereIs(kind: string, then: () => void): void {
  const watcher = watch(join(dataDir, 'version-2'), (event, name) => {
    if (event !== 'rename' || !name?.startsWith(`${kind}.`)) return;
    watcher.close();
    then();
  });
}

const drawMoment = (random: SeededRandom, round: number): Moment => ({
  signal: 'SIGKILL',
  acknowledged: 150 + random.integer(300),
  file: (['unfinished.snapshot', 'log', null] as const)[round % 3] ?? null,
});

describe('a server that is killed', { timeout: TEST_GUARD_MS }, () => {
  test(`${ROUNDS} times, while it writes logs and snapshots, keeps what it acknowledged`, async () => {
    const random = drawSeed();
    const writers: PipelinedWriter[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await using server = await start();
      if (round === 1) writers.push(...(await openWriters(server.port)));
      else await settle(server, writers);
      const moment = drawMoment(random, round);
      const { acknowledged, ending } = await writeUntil(server, writers, moment);
      expect(acknowledged).toBeGreaterThanOrEqual(moment.acknowledged);
      expect(ending).toEqual({ exitCode: null, signal: 'SIGKILL' });
    }
    await using server = await start();
    await settle(server, writers);
    expect(server.logText()).not.toContain(' ERROR ');
    // More than one for each start.
    expect(filesOf(parseLogName).length).toBeGreaterThan(ROUNDS + 1);
    expect(filesOf(parseSnapshotName).length).toBeGreaterThan(ROUNDS + 1);
  });
});

describeWithPeers([peers.apacheServer], 'what is left of killed servers', () => {
  test("is read by Apache's server", async () => {
    const random = drawSeed();
    const writers: PipelinedWriter[] = [];
    for (let round = 1; round <= 3; round++) {
      await using server = await start();
      if (round === 1) writers.push(...(await openWriters(server.port)));
      else await settle(server, writers);
      await writeUntil(server, writers, drawMoment(random, round));
    }
    // A write that was cut short keeps Apache's server from starting; ours cuts it off.
    await using ours = await start();
    await ours.kill('SIGTERM');
    await using apaches = await startApacheServer({ dataDir });
    await settle(apaches, writers);
  });
});

describe('a server that is told to stop', { timeout: TEST_GUARD_MS }, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s while it works ends with 0, and keeps what it acknowledged',
    async (signal) => {
      await using server = await start();
      const writers = await openWriters(server.port);
      const { acknowledged, ending } = await writeUntil(server, writers, { signal, acknowledged: 300, file: null });
      expect(acknowledged).toBeGreaterThanOrEqual(300);
      expect(ending).toEqual({ exitCode: 0, signal: null });
      expect(server.logText()).not.toContain(' ERROR ');
      await using again = await start();
      await settle(again, writers);
    },
  );
});

describe('a second server', { timeout: TEST_GUARD_MS }, () => {
  test('on the port and the data of one that runs says so in a line, and leaves the data alone', async () => {
    await using first = await start();
    using session = await openSession(first.port);
    await createNode(session, '/before');
    // What a start removes, and the first server may be about to write.
    for (const name of ['log.fff', 'unfinished.snapshot.fff']) writeFileSync(join(dataDir, 'version-2', name), '');
    const filesAndSizes = () =>
      filesOf(() => true).map((name) => [name, statSync(join(dataDir, 'version-2', name)).size]);
    const before = filesAndSizes();
    await expect(startZoowalkProcess({ dataDir, port: first.port })).rejects.toThrow(
      new Error(
        'the server did not start: it ended with 1\n' +
          `cannot listen on 127.0.0.1:${first.port}: the port is in use by another program (EADDRINUSE); ` +
          'choose another one with clientPort\n',
      ),
    );
    expect(filesAndSizes()).toEqual(before);
    await createNode(session, '/after');
    await first.kill();
    await using again = await start();
    using reader = await openSession(again.port);
    const { children } = await reader.ok('getChildren', { path: '/', watch: false });
    expect(children?.sort()).toEqual(['after', 'before', 'zookeeper']);
  });
});
