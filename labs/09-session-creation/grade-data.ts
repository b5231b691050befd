/** The data directory of the simulated server: copied, put back, and written by another server. */
import type { Buffer } from 'node:buffer';
import { type SessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { TxnLog } from '#32-storage/txn-log.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

const DIRECTORY = '/data/version-2';

export type Data = ReadonlyMap<string, Buffer>;

/** All files, as they are now. */
export function dataOf({ zoo }: SimulatedAttempt): Data {
  const { disk } = zoo.machine.world;
  return new Map(disk.list(DIRECTORY).map((name) => [name, disk.readFile(`${DIRECTORY}/${name}`)]));
}

/** Starts the server again over other data. @returns those that were there */
export async function putData(attempt: SimulatedAttempt, data: Data, what: string): Promise<Data> {
  const { zoo } = attempt;
  await zoo.settle(zoo.stop());
  const before = dataOf(attempt);
  const { disk } = zoo.machine.world;
  for (const name of before.keys()) disk.remove(`${DIRECTORY}/${name}`);
  for (const [name, bytes] of data) {
    const file = disk.open(`${DIRECTORY}/${name}`, 'create');
    file.writeNow(bytes, 0);
    file.close();
  }
  attempt.did(what);
  await zoo.settle(zoo.restart());
  return before;
}

/** Starts the server again over data in which these sessions are open. */
export async function sessionsInData(attempt: SimulatedAttempt, ids: readonly SessionId[]): Promise<void> {
  const { zoo } = attempt;
  await zoo.settle(zoo.stop());
  const log = new TxnLog(zoo.machine.world.disk, DIRECTORY, { forceSync: true, preAllocSizeBytes: 1024 });
  for (const [index, clientId] of ids.entries()) {
    const header = { clientId, cxid: 0, zxid: zxid(BigInt(index + 1)), time: 1, type: OpCode.createSession };
    log.append({ header, body: { type: OpCode.createSession, record: { timeOut: 60_000 } }, digest: null });
  }
  log.commitNow();
  log.close();
  attempt.did(`the server is started on the data of an ensemble, with ${ids.length} sessions`);
  await zoo.settle(zoo.restart());
}
