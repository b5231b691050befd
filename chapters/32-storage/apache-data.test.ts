/**
 * Data folders go back and forth between Apache's server and ours: what one wrote, stopped or killed, the other opens,
 * shows without any difference, and goes on with. The tools of each read the files of both.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { RealDisk } from '#00-introduction/real-disk.node.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { parseLogName, parseSnapshotName } from '#20-data-files/file-names.js';
import { runFiles } from '#20-data-files/main.node.js';
import { recover } from '#32-storage/recovery.js';
import { startApacheServer } from '#testing/apache-server.node.js';
import { runProgram, TEST_GUARD_MS } from '#testing/child-process.node.js';
import { becomeOwner, writeEveryTxn } from '#testing/every-txn.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { javaBinary, peers, zookeeperJar } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { createNode, exists } from '#testing/requests.js';
import type { ServerProcess } from '#testing/server-processes.js';
import { describeWithPeers } from '#testing/servers.js';
import { readTree, type TreeImage } from '#testing/tree-image.js';
import { startZoowalkProcess } from '#testing/zoowalk-process.node.js';

type Name = 'apache' | 'zoowalk';

function start(name: Name, dataDir: string | null, snapCount: number): Promise<ServerProcess> {
  const config = { snapCount: String(snapCount), extendedTypesEnabled: 'true' };
  const options = dataDir === null ? { config } : { config, dataDir };
  return name === 'apache' ? startApacheServer(options) : startZoowalkProcess(options);
}

/** So few that snapshots are taken while the load goes on. */
const SNAP_COUNT = 40;

/** What a server shows of its data. */
interface Shown {
  /** Every node with its data, its ACL and its whole stat. */
  readonly tree: TreeImage;
  /** Before a session was opened to read the tree, and after it ended: each takes a zxid. */
  readonly zxids: readonly [bigint, bigint];
}

async function show(port: number): Promise<Shown> {
  const lastZxid = async () => BigInt(/Zxid: (0x\w+)/.exec(await fourLetterWord(port, 'srvr'))?.[1] ?? -1);
  const before = await lastZxid();
  using reader = await becomeOwner(await openSession(port));
  const tree = await readTree(reader);
  await reader.close();
  return { tree, zxids: [before, await lastZxid()] };
}

/**
 * What the server has written since its last snapshot says which digest the tree must have.
 * @returns how many were compared
 */
function expectDigestsToMatch(dataDir: string): number {
  const warnings: string[] = [];
  const log = { info() {}, warn: (message: string) => void warnings.push(message), error() {} };
  const folder = join(dataDir, 'version-2');
  const { digestsCompared, digestMismatches } = recover(new RealDisk(), log, {
    snapshotDirectory: folder,
    logDirectory: folder,
    extendedTypes: true,
    digest: true,
    maxElementBytes: 2_097_150,
    trustEmptySnapshot: false,
  });
  expect(warnings.filter((message) => !message.includes('cutting'))).toEqual([]);
  expect(digestMismatches).toBe(0);
  return digestsCompared;
}

const filesOf = (dataDir: string, isOne: (name: string) => unknown): string[] =>
  readdirSync(join(dataDir, 'version-2'))
    .filter(isOne)
    .map((name) => join(dataDir, 'version-2', name));

describeWithPeers([peers.apacheServer], 'a data folder', () => {
  test.each<[writer: Name, other: Name, signal: NodeJS.Signals]>([
    ['zoowalk', 'apache', 'SIGTERM'],
    ['zoowalk', 'apache', 'SIGKILL'],
    ['apache', 'zoowalk', 'SIGKILL'],
  ])('of %s goes to %s, back, and there again, each ended by %s', async (writer, other, signal) => {
    const first = await start(writer, null, SNAP_COUNT);
    const { dataDir } = first;
    onTestFinished(() => first[Symbol.asyncDispose]());
    const lives: RawSession[] = [];
    onTestFinished(() => {
      for (const live of lives) live[Symbol.dispose]();
    });
    using root = await openSession(first.port);
    await createNode(root, '/queue');

    let server = first;
    let digests = 0;
    for (const [round, next] of ([other, writer, other] as const).entries()) {
      lives.push(await writeEveryTxn(server.port, `/round-${round}`, 150));
      using session = await openSession(server.port);
      expect(await sequential(session)).toBe(`/queue/n-000000000${round}`);
      const before = await show(server.port);
      await server.kill(signal);
      digests += expectDigestsToMatch(dataDir);

      server = await start(next, dataDir, SNAP_COUNT);
      const { port, [Symbol.asyncDispose]: dispose } = server;
      onTestFinished(() => dispose());
      const after = await show(port);
      if (next === 'apache') expect(await fourLetterWord(port, 'mntr')).toMatch(/digest_mismatches_count\s+0$/m);
      if (next === 'zoowalk') expect(server.logText()).not.toContain(' ERROR ');
      expect(after.tree).toEqual(before.tree);
      expect(after.zxids[0]).toBe(before.zxids[1]);
      expect(Object.keys(after.tree).length).toBeGreaterThan(140 * (round + 1));
    }
    expect(filesOf(dataDir, parseLogName).length).toBeGreaterThan(6);
    expect(filesOf(dataDir, parseSnapshotName).length).toBeGreaterThan(5);
    // How many stand behind the last snapshot is chance: Apache's server rolls its log after a random number.
    expect(digests).toBeGreaterThan(0);
    proves('TL-01', 'SN-01', 'SN-11', 'AC-2', 'SE-20', 'DG-1', 'DG-2', 'DG-3', 'DG-4', 'DG-7');
  });

  const sequential = (session: RawSession) =>
    createNode(session, '/queue/n-', { flags: CreateMode.persistentSequential });

  test.each<[from: Name, to: Name]>([
    ['zoowalk', 'apache'],
    ['apache', 'zoowalk'],
  ])('takes open sessions with it, from %s to %s', async (from, to) => {
    await using first = await start(from, null, SNAP_COUNT);
    using before = await openSession(first.port, { timeoutMs: 40_000 });
    await createNode(before, '/mine', { flags: CreateMode.ephemeral });
    using idle = await openSession(first.port, { timeoutMs: 40_000 });
    await first.kill('SIGKILL');

    await using second = await start(to, first.dataDir, SNAP_COUNT);
    using after = await openSession(second.port, { sessionId: before.id, password: before.password });
    expect(after.id).toBe(before.id);
    expect((await exists(after, '/mine'))?.ephemeralOwner).toBe(before.id);
    using idleAgain = await openSession(second.port, { sessionId: idle.id, password: idle.password });
    expect(idleAgain.id).toBe(idle.id);
    await after.close();
    expect(await exists(idleAgain, '/mine')).toBeNull();
    const refused = openSession(second.port, { sessionId: before.id, password: before.password });
    await expect(refused).rejects.toThrow('the session has expired');
    proves('SE-06', 'SE-20');
  });
});

describeWithPeers([peers.apacheServer], 'the tools of both', () => {
  describe.each<Name>(['zoowalk', 'apache'])('with files of %s', (writer) => {
    let logs: string[];
    let snapshots: string[];
    let folder: ServerProcess;
    let shown: Shown;
    beforeAll(async () => {
      folder = await start(writer, null, 150);
      (await writeEveryTxn(folder.port, '/first', 40))[Symbol.dispose]();
      shown = await show(folder.port);
      await folder.kill('SIGKILL');
      await using again = await start(writer, folder.dataDir, 150);
      (await writeEveryTxn(again.port, '/second', 40))[Symbol.dispose]();
      await again.kill('SIGTERM');
      logs = filesOf(folder.dataDir, parseLogName);
      snapshots = filesOf(folder.dataDir, parseSnapshotName);
      return () => folder[Symbol.asyncDispose]();
    }, TEST_GUARD_MS);

    test('read the same transactions in its logs', async () => {
      const kinds = new Set<string>();
      for (const log of logs) {
        const ours = transactionsOf(runOurs('log', log));
        expect(ours).toEqual(apachesTransactionsOf(await runApaches('persistence.TxnLogToolkit', '-d', log)));
        for (const { type } of ours) kinds.add(type);
      }
      expect(logs.length).toBeGreaterThan(1);
      expect([...kinds].sort().join(' ')).toBe(
        'closesession create create2 createcontainer createsession createttl delete error multi setacl setdata',
      );
      proves('TL-02', 'TL-03', 'OP-31', 'OP-33');
    });

    test('read the same nodes in its snapshots', async () => {
      for (const snapshot of snapshots) {
        const ours = nodesOf(runOurs('snapshot', snapshot));
        expect(ours).toEqual(apachesNodesOf(await runApaches('SnapshotFormatter', snapshot)));
        expect(ours.length).toBeGreaterThanOrEqual(4);
      }
      expect(snapshots.length).toBeGreaterThan(1);
      proves('SN-02', 'SN-03');
    });

    test('find in the snapshot that a start takes what clients were shown', () => {
      const atStart = snapshots.find((path) => parseSnapshotName(path.replace(/.*\//, ''))?.zxid === shown.zxids[1]);
      const inSnapshot = nodesOf(runOurs('snapshot', atStart ?? 'none'));
      expect(inSnapshot.map(({ path }) => path)).toEqual(Object.keys(shown.tree));
      expect(inSnapshot.map(({ czxid, mzxid, version }) => ({ czxid, mzxid, version }))).toEqual(
        Object.values(shown.tree).map(({ stat: { czxid, mzxid, version } }) => ({ czxid, mzxid, version })),
      );
    });
  });
});

/** @throws {Error} when it complained */
function runOurs(kind: 'log' | 'snapshot', file: string): string[] {
  const lines: string[] = [];
  const complaints: string[] = [];
  const status = runFiles([kind, file], { out: (line) => lines.push(line), error: (line) => complaints.push(line) });
  if (status !== 0) throw new Error(complaints.join('\n'));
  return lines;
}

/** @throws {Error} (as a rejection) when it complained */
async function runApaches(tool: string, ...args: string[]): Promise<string> {
  const classPath = `${zookeeperJar}:/usr/share/java/slf4j-nop.jar`;
  const java = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, `org.apache.zookeeper.server.${tool}`];
  const { exitCode, stdout, stderr } = await runProgram(javaBinary, [...java, ...args]);
  const isFine = exitCode === 0 && stderr === '' && !/CRC ERROR|Exception|corrupt/i.test(stdout);
  if (!isFine) throw new Error(`${tool} ${args.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}

interface ToldTransaction {
  readonly session: string;
  readonly cxid: number;
  readonly zxid: string;
  readonly type: string;
}

function transactionsOf(lines: readonly string[]): ToldTransaction[] {
  const told = lines.slice(0, -1).map((line) => {
    const [, zxid, session, cxid, type] =
      /^@\d+ {2}0x(\w+) {2}\S+ {2}session 0x(\w+) {2}cxid (\d+) {2}(\w+)/.exec(line) ?? [];
    return { session, cxid: Number(cxid), zxid, type: type?.toLowerCase() } as ToldTransaction;
  });
  expect(lines.at(-1)).toMatch(new RegExp(`^${told.length} transactions?; `));
  return told;
}

function apachesTransactionsOf(text: string): ToldTransaction[] {
  const told = [...text.matchAll(/^\d+\/.* session 0x(\w+) cxid 0x(\w+) zxid 0x(\w+) (\w+)/gm)].map(
    ([, session, cxid, zxid, type]) =>
      ({ session, cxid: Number(`0x${cxid}`), zxid, type: type?.toLowerCase() }) as ToldTransaction,
  );
  expect(text).toContain(`EOF reached after ${told.length} txns.`);
  return told;
}

interface ToldNode {
  readonly path: string;
  readonly dataLength: number;
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly pzxid: bigint;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
}

const byPath = (a: ToldNode, b: ToldNode): number => (a.path < b.path ? -1 : 1);

function nodesOf(lines: readonly string[]): ToldNode[] {
  const nodes = lines.filter((line) => line.startsWith('"'));
  expect(lines.at(-1)).toMatch(new RegExp(`^${nodes.length} nodes with `));
  return nodes
    .map((line) => {
      const [, path, size] = /^("(?:[^"\\]|\\.)*") {2}(\S+)/.exec(line) ?? [];
      const field = (name: string) => new RegExp(` ${name} (-?\\w+)`).exec(line)?.[1] ?? '';
      return toldNode(JSON.parse(path ?? '') as string, size === 'null' ? 0 : Number(size), field);
    })
    .sort(byPath);
}

function apachesNodesOf(text: string): ToldNode[] {
  const blocks = text.split('----\n').filter((block) => block.startsWith('/'));
  expect(text).toMatch(new RegExp(`^ZNode Details \\(count=${blocks.length + 1}\\):`));
  const names: Record<string, string> = {
    czxid: 'cZxid',
    mzxid: 'mZxid',
    pzxid: 'pZxid',
    version: 'dataVersion',
    aversion: 'aclVersion',
  };
  return blocks
    .map((block) => {
      const field = (name: string) => new RegExp(`^ {2}${names[name] ?? name} = (-?\\w+)$`, 'm').exec(block)?.[1] ?? '';
      return toldNode(block.split('\n')[0] ?? '', Number(field('dataLength')), field);
    })
    .sort(byPath);
}

function toldNode(path: string, dataLength: number, field: (name: string) => string): ToldNode {
  return {
    path,
    dataLength,
    czxid: BigInt(field('czxid')),
    mzxid: BigInt(field('mzxid')),
    pzxid: BigInt(field('pzxid')),
    version: Number(field('version')),
    cversion: Number(field('cversion')),
    aversion: Number(field('aversion')),
    ephemeralOwner: BigInt(field('ephemeralOwner')),
  };
}
