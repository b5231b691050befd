/**
 * A snapshot is written while clients go on, so it has some nodes as they were, and others as they are later. Then the
 * server is killed and started again: it loads the snapshot, and applies once more what is in the log since the snapshot
 * was begun. In the end every node must be as it was before.
 */
import type { Stat } from '#05-jute/records/data.js';
import { OPEN_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { hex } from '#06-network-protocol/ids.js';
import { opCodeName } from '#06-network-protocol/opcodes.js';
import type { ShownNode } from '#07-standalone-startup/server-view.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import { bufferSource } from '#20-data-files/byte-source.js';
import { parseLogName } from '#20-data-files/file-names.js';
import { readTxnLog } from '#20-data-files/txn-log-reader.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';
import { pick, shownNumber, shuffled } from './grade-clients.js';

/** A snapshot follows after half as many transactions, or up to this many. */
const SNAP_COUNT = 60;
/** More than one write takes: such a node parts those before it in the file from those after it. */
const LARGE_BYTES = 300_000;
const EARLY = ['/early0', '/early1', '/early2'];
const LATE = ['/late0', '/late1', '/late2'];

export type Work = (stage: Stage) => Promise<void>;

interface Stage {
  readonly attempt: SimulatedAttempt;
  /** Those who write; each has ephemeral nodes of its own below all six parents. */
  readonly clients: readonly ZooKeeper[];
  isSnapshotBegun(): boolean;
  isSnapshotDone(): boolean;
}

export async function expectTheSameAfterRestart(attempt: SimulatedAttempt, work: Work): Promise<void> {
  const zoo = attempt.server({ config: { snapCount: SNAP_COUNT } });
  let snapshot: 'none' | 'begun' | 'done' = 'none';
  await zoo.settle(zoo.start());
  const clients = await zoo.settle(Promise.all(['alice', 'bob', 'carol'].map((name) => zoo.connect(name))));
  const [alice] = clients as [ZooKeeper];
  for (const path of [...EARLY, '/large0', '/large1', '/large2', ...LATE]) {
    await zoo.settle(alice.create(path, path.startsWith('/large') ? new Uint8Array(LARGE_BYTES) : ''));
  }
  attempt.did(`alice has created ${EARLY.join(', ')}, three large nodes, and then ${LATE.join(', ')}`);
  zoo.machine.disk.faults.writeMs = [10, 40];
  zoo.simulation.onEvent((event) => {
    if (event.kind === 'create' && event.path.includes('unfinished.snapshot')) {
      snapshot = 'begun';
      attempt.did('a snapshot is begun');
    }
    if (event.kind === 'rename' && event.path.includes('unfinished.snapshot')) {
      snapshot = 'done';
      attempt.did('the snapshot is done');
    }
  });
  await work({
    attempt,
    clients,
    isSnapshotBegun: () => snapshot !== 'none',
    isSnapshotDone: () => snapshot === 'done',
  });
  const before = zoo.nodes();
  attempt.did('the server is killed, and starts again: it loads the snapshot, and replays the log on top of it');
  await zoo.settle(zoo.restart());
  compare(attempt, before, zoo.nodes());
}

/** All of them create, change and delete nodes below all six parents, in bursts, until the snapshot is done. */
export async function busyWriters({ attempt, clients, isSnapshotDone }: Stage): Promise<void> {
  const { zoo, random } = attempt;
  for (let burst = 0; burst < MOST_BURSTS && !isSnapshotDone(); burst++) {
    const requests: Promise<unknown>[] = [];
    for (const client of clients) for (let i = 0; i < 3; i++) requests.push(write(client));
    await zoo.settle(Promise.allSettled(requests));
    await zoo.simulation.runFor(1);
  }
  if (!isSnapshotDone()) throw new Error('no snapshot was taken');

  function write(client: ZooKeeper): Promise<unknown> {
    const parent = pick(random, [...EARLY, ...LATE]);
    const path = `${parent}/${pick(random, ['a', 'b', 'c'])}`;
    switch (random.integer(6)) {
      case 0:
        return client.setData(path, 'x'.repeat(random.integer(5)));
      case 1:
        return client.setData(parent, 'x'.repeat(random.integer(5)));
      case 2:
        return client.setACL(path, OPEN_ACL_UNSAFE);
      case 3:
      case 4:
        return client.create(path);
      default:
        return client.delete(path);
    }
  }
}

/** Sessions end one after the other while the snapshot is taken; each has nodes below all six parents. */
export async function sessionsThatEnd({ attempt, clients, isSnapshotBegun, isSnapshotDone }: Stage): Promise<void> {
  const { zoo, random } = attempt;
  const [alice, ...others] = clients as [ZooKeeper, ...ZooKeeper[]];
  const parents = [...EARLY, ...LATE];
  for (const [index, client] of others.entries()) {
    for (const parent of shuffled(random, parents)) {
      await zoo.settle(client.create(`${parent}/worker${index}`, '', { mode: CreateMode.ephemeral }));
    }
  }
  for (let i = 0; !isSnapshotBegun() && i < SNAP_COUNT; i++) await zoo.settle(alice.setData('/early0', ''));
  if (!isSnapshotBegun()) throw new Error('no snapshot was begun');
  for (const client of others) {
    await zoo.simulation.runFor(1 + random.integer(15));
    attempt.did('a client that has a node below each of the six closes its session');
    await zoo.settle(client.close());
  }
  await zoo.simulation.runUntil(isSnapshotDone);
}

const MOST_BURSTS = 400;

function compare(attempt: SimulatedAttempt, before: readonly ShownNode[], after: readonly ShownNode[]): void {
  const paths = (nodes: readonly ShownNode[]): string[] => nodes.map(({ path }) => path);
  attempt.equal(paths(after), paths(before), 'the paths after the restart');
  for (const [index, { path, stat, data }] of before.entries()) {
    const now = after[index] as ShownNode;
    const wrong = (Object.keys(stat) as (keyof Stat)[]).filter((name) => stat[name] !== now.stat[name]);
    const text = (numbers: Stat): string => wrong.map((name) => `${name} ${shownNumber(numbers[name])}`).join(', ');
    if (wrong.length > 0) {
      const why = wrong.includes('pzxid') ? ` (transaction ${transaction(attempt, stat.pzxid)})` : '';
      attempt.wrong(text(stat) + why, text(now.stat), `the Stat of ${path} after the restart`);
    }
    attempt.equal(now.data?.length, data?.length, `the data of ${path} after the restart`);
  }
}

/** What stands in the log: `0x4e was delete /late1/b`. */
function transaction({ zoo }: SimulatedAttempt, zxid: bigint): string {
  const { disk } = zoo.machine;
  for (const { path } of zoo.dataFiles()) {
    const bytes = parseLogName(path.slice(path.lastIndexOf('/') + 1)) ? disk.currentBytes(path) : null;
    if (bytes === null) continue;
    for (const { transaction: txn } of readTxnLog(bufferSource(path, bytes))) {
      if (txn.header.zxid !== zxid) continue;
      const { type, record } = txn.body;
      const what = record !== null && 'path' in record ? record.path : `of the session 0x${hex(txn.header.clientId)}`;
      return `0x${hex(zxid)} was ${opCodeName(type)} ${what}`;
    }
  }
  return `0x${hex(zxid)}`;
}
